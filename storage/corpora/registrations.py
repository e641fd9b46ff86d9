"""The catalogue of registered datasets: which loader reads which folder, with which options."""

from __future__ import annotations

import dataclasses
import json
import os
import re
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

from mir_models.errors import MirlitonError
from mir_models.registry import Registry
from storage.corpora.listing import Listing
from storage.corpora.splits import RULES
from storage.media import midi
from storage.media.midi import Performance

LOADERS = Registry("storage.datasets", "dataset loader")
AUTO = "auto"
"""The split rule that is ``official`` where the corpus splits itself, else ``work``."""
ON_REQUEST = "left out on request"
_TRUTH = dict.fromkeys(("1", "true", "yes"), True) | dict.fromkeys(("0", "false", "no"), False)
NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")


@dataclass(frozen=True)
class Registration:
    """One registered dataset.

    Attributes
    ----------
    name : str
        Lower-case letters, digits, ``-`` and ``_``: it becomes a partition key and a folder.
    loader : str
        Name of a file in ``storage/datasets``.
    root : str
        Folder of the corpus.
    options : dict
        The loader's options.
    max_quarantined : float in [0, 1]
        Share of tracks in quarantine above which a stage fails.
    split : str
        One of `storage.corpora.splits.RULES`, or ``"auto"``: the corpus' own splits, else by work.
    split_seed : int
        Of the splits that the corpus does not make itself.
    exclude : list of str
        Ids of tracks that are left out on request.
    variants : int
        Augmented variants of every recording of the train split.
    augmentation : dict
        How variants are made, where it is not as by default: nested as ``mir_models.augmentation.variants.Params``.
    """

    name: str
    loader: str
    root: str
    options: dict[str, Any] = field(default_factory=dict)
    max_quarantined: float = 0.2
    split: str = AUTO
    split_seed: int = 0
    exclude: list[str] = field(default_factory=list)
    variants: int = 0
    augmentation: dict[str, Any] = field(default_factory=dict)

    @property
    def module(self) -> ModuleType:
        """The loader."""
        return LOADERS.get(self.loader)

    def listing(self) -> Listing:
        """The tracks of the corpus as they lie on disk now."""
        listing = self.module.tracks(Path(self.root), self.parsed_options)
        known = {track.id for track in listing.tracks} | listing.refused.keys()
        left = {id: ON_REQUEST for id in self.exclude if id in known}
        kept = [track for track in listing.tracks if track.id not in left]
        refused = {id: reason for id, reason in listing.refused.items() if id not in left}
        return dataclasses.replace(listing, tracks=kept, dropped=listing.dropped | left, refused=refused)

    def rule(self, listing: Listing) -> str:
        """The split rule of the dataset."""
        by_corpus = "official" if listing.promises.official_splits else "work"
        return by_corpus if self.split == AUTO else self.split

    @property
    def licence(self) -> str:
        """The corpus' licence, which may depend on the loader's options."""
        chosen = getattr(self.module, "licence", None)
        return chosen(self.parsed_options) if chosen else self.module.LICENCE

    @property
    def protocol(self) -> str:
        """How tracks are chosen and divided, in words; of paths only the last part."""
        options = dataclasses.asdict(self.parsed_options).items()
        said = ", ".join(f"{name}={_without_folders(str(value))}" for name, value in options if value not in ("", ()))
        return f"loader {self.loader}{f' ({said})' if said else ''}; split {self.split}, seed {self.split_seed}"

    @property
    def parsed_options(self) -> Any:
        """The loader's ``Options``."""
        return loader_options(self.module, self.options)


def _without_folders(words: str) -> str:
    """Words separated by commas, of absolute paths among them only the last part."""
    return ",".join(Path(word).name if word.startswith(("/", "~")) else word for word in words.split(","))


class Catalogue:
    """Registrations as JSON files of a folder."""

    def __init__(self, home: Path) -> None:
        self.folder = home / "datasets"

    def names(self) -> list[str]:
        """Names of all registered datasets, sorted."""
        return sorted(path.stem for path in self.folder.glob("*.json"))

    def get(self, name: str) -> Registration:
        """The dataset called `name`."""
        path = self.folder / f"{name}.json"
        if not NAME.fullmatch(name) or not path.exists():
            known = ", ".join(self.names()) or "none yet"
            remedy = f"mirliton add {name} --loader LOADER --root PATH (registered: {known})"
            raise MirlitonError("a registered dataset", received=repr(name), remedy=remedy)
        try:
            return Registration(**json.loads(path.read_text(encoding="utf-8")))
        except (ValueError, TypeError) as error:
            remedy = f"mirliton add {name} again, with its loader and root; nothing that is stored is lost"
            raise MirlitonError(f"a registration in {path}", received=error, remedy=remedy) from error

    def check(self, registration: Registration) -> None:
        """Refuse a registration whose name, loader or options cannot be."""
        if not NAME.fullmatch(registration.name):
            remedy = "choose lower-case letters, digits, '-' and '_', beginning with a letter or digit, 63 at most"
            raise MirlitonError("a dataset name", received=repr(registration.name), remedy=remedy)
        if registration.split not in (AUTO, *RULES):
            remedy = f"choose one of {', '.join((AUTO, *RULES))}"
            raise MirlitonError("a split rule", received=repr(registration.split), remedy=remedy)
        loader_options(registration.module, registration.options)

    def remove(self, name: str) -> None:
        """Forget a dataset; what is stored of it stays."""
        if name not in self.names():
            self.get(name)  # Says what is registered.
        (self.folder / f"{name}.json").unlink()

    def add(self, registration: Registration) -> None:
        """Register a dataset, or change its registration."""
        self.check(registration)
        self.folder.mkdir(parents=True, exist_ok=True)
        draft = self.folder / f".{registration.name}-{os.getpid()}"
        with draft.open("w", encoding="utf-8") as file:
            file.write(json.dumps(asdict(registration), indent=1))  # In ASCII: a root may be no UTF-8.
            file.flush()
            os.fsync(file.fileno())
        os.replace(draft, self.folder / f"{registration.name}.json")


def read_notes(path: Path, loader: str, options: dict[str, Any]) -> Performance:
    """The notes in a label file: by the loader's own ``read_notes`` where it has one, else as MIDI."""
    module = LOADERS.get(loader)
    own = getattr(module, "read_notes", None)
    return own(path, loader_options(module, options)) if own else midi.read(path)


def loader_options(loader: ModuleType, options: dict[str, Any]) -> Any:
    """The loader's ``Options`` from plain values; text is read as the type of the option's default."""
    fields = {each.name: each for each in dataclasses.fields(loader.Options)}
    unknown = sorted(set(options) - set(fields))
    if unknown:
        name = loader.__name__.rsplit(".", 1)[-1]
        remedy = f"choose among {', '.join(sorted(fields))}" if fields else "leave --option out: this loader has none"
        raise MirlitonError(f"an option of loader {name!r}", received=", ".join(unknown), remedy=remedy)
    return loader.Options(**{name: _typed(name, value, fields[name].default) for name, value in options.items()})


def _typed(name: str, value: Any, default: Any) -> Any:
    if not isinstance(value, str) or isinstance(default, str) or default is None:
        return value
    try:
        return _TRUTH[value.lower()] if isinstance(default, bool) else type(default)(value)
    except (ValueError, KeyError) as error:
        remedy = "write true or false" if isinstance(default, bool) else f"give a number such as {default}"
        raise MirlitonError(
            f"option {name} of type {type(default).__name__}", received=repr(value), remedy=remedy
        ) from error
