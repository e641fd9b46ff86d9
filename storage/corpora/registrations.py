"""Registrations of datasets: which loader reads which folder with which options. A catalogue keeps them."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

from mir_models.errors import ParameterError
from mir_models.registry import Registry
from mir_models.similar_names import suggestion
from storage.corpora.listing import Listing
from storage.corpora.splits import RULES
from storage.datasets import DownloadsByOptions, LicenceByOptions, Loader, NoteReader
from storage.downloads.download import Remote
from storage.media import ffmpeg, midi
from storage.media.midi import Performance
from storage.records import Record

LOADERS: Registry[Loader] = Registry("storage.datasets", "dataset loader")
Option = str | int | float | bool
"""A value of a loader's option; text is parsed as the type of the option's default."""
AUTO = "auto"
"""The split rule that is ``official`` where the corpus splits itself, else ``work``."""
ON_REQUEST = "left out on request"
_BOOLEANS = dict.fromkeys(("1", "true", "yes"), True) | dict.fromkeys(("0", "false", "no"), False)
NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")


@dataclass(frozen=True)
class Registration(Record):
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

    STRICT: ClassVar = True

    name: str
    loader: str
    root: str
    options: Mapping[str, Option] = field(default_factory=dict)
    max_quarantined: float = 0.2
    split: str = AUTO
    split_seed: int = 0
    exclude: list[str] = field(default_factory=list)
    variants: int = 0
    augmentation: Mapping[str, object] = field(default_factory=dict)

    @property
    def module(self) -> Loader:
        """The loader."""
        return LOADERS.get(self.loader)

    def listing(self) -> Listing:
        """The tracks of the corpus, by the files that are on disk now, without those excluded.

        Tracks that cannot be decoded on this machine are `Listing.undecodable`.
        """
        listing = self.module.tracks(Path(self.root), self.parsed_options)
        listed = {track.id for track in listing.tracks} | listing.refused.keys()
        excluded = {id: ON_REQUEST for id in self.exclude if id in listed}
        kept = [track for track in listing.tracks if track.id not in excluded]
        refused = {id: reason for id, reason in listing.refused.items() if id not in excluded}
        dropped = listing.dropped | excluded
        found = dataclasses.replace(listing, tracks=kept, dropped=dropped, refused=refused)
        return found.decodable(with_ffmpeg=ffmpeg.is_installed())

    def rule(self, listing: Listing) -> str:
        """The split rule of the dataset."""
        by_corpus = "official" if listing.promises.official_splits else "work"
        return by_corpus if self.split == AUTO else self.split

    @property
    def licence(self) -> str:
        """The corpus' licence, which may depend on the loader's options."""
        loader = self.module
        return loader.licence(self.parsed_options) if isinstance(loader, LicenceByOptions) else loader.LICENCE

    @property
    def protocol(self) -> str:
        """Loader, options and split rule in one line, for model cards; of paths only the last part."""
        options = dataclasses.asdict(self.parsed_options).items()
        given = ", ".join(f"{name}={_without_folders(str(value))}" for name, value in options if value not in ("", ()))
        return f"loader {self.loader}{f' ({given})' if given else ''}; split {self.split}, seed {self.split_seed}"

    @property
    def parsed_options(self) -> Any:
        """The loader's ``Options``."""
        return loader_options(self.module, self.options)


def _without_folders(value: str) -> str:
    """A value with commas between its parts, of absolute paths among them only the last part."""
    return ",".join(Path(part).name if part.startswith(("/", "~")) else part for part in value.split(","))


def check(registration: Registration) -> None:
    """Check name, split rule, loader and options of a registration.

    Raises
    ------
    ParameterError
        When one of them is not allowed.
    """
    if not NAME.fullmatch(registration.name):
        remedy = "choose lower-case letters, digits, '-' and '_', beginning with a letter or digit, 63 at most"
        raise ParameterError("a dataset name", received=repr(registration.name), remedy=remedy)
    if registration.split not in (AUTO, *RULES):
        similar = suggestion(registration.split, (AUTO, *RULES))
        remedy = f"{similar}choose one of {', '.join((AUTO, *RULES))}"
        raise ParameterError("a split rule", received=repr(registration.split), remedy=remedy)
    loader_options(registration.module, registration.options)


def read_notes(path: Path, loader: str, options: Mapping[str, Option]) -> Performance:
    """Read the notes of a label file: by the loader's own ``read_notes`` where it has one, else as MIDI."""
    module = LOADERS.get(loader)
    if isinstance(module, NoteReader):
        return module.read_notes(path, loader_options(module, options))
    return midi.read(path)


def published_files(loader: Loader, options: Any) -> tuple[Remote, ...]:
    """The files of a loader's corpus that its owners publish; empty where the corpus is the user's own."""
    return loader.downloads(options) if isinstance(loader, DownloadsByOptions) else loader.DOWNLOADS


def loader_options(loader: Loader, options: Mapping[str, Option]) -> Any:
    """The loader's ``Options`` from plain values; text is parsed as the type of the option's default.

    Raises
    ------
    ParameterError
        When the loader has no such option, or a value is of another type or not allowed.
    """
    defaults: dict[str, Option] = dataclasses.asdict(loader.Options())
    unknown = sorted(set(options) - set(defaults))
    if unknown:
        remedy = f"{suggestion(unknown[0], defaults)}choose among {', '.join(sorted(defaults))}"
        remedy = remedy if defaults else "leave --option out: this loader has none"
        raise ParameterError(f"an option of loader {loader.NAME!r}", received=", ".join(unknown), remedy=remedy)
    return loader.Options(**{name: _parse_option(name, value, defaults[name]) for name, value in options.items()})


def _parse_option(name: str, value: Option, default: Option) -> Option:
    """A value of the default's type, parsed where it is text; whole numbers count as numbers."""
    kind = type(default)
    try:
        if isinstance(value, str) and kind is not str:
            return _BOOLEANS[value.lower()] if kind is bool else kind(value)
    except (ValueError, KeyError) as error:
        raise _wrong_option(name, value, default) from error
    if type(value) is kind or (type(value) is int and kind is float):
        return value
    raise _wrong_option(name, value, default)


def _wrong_option(name: str, value: Option, default: Option) -> ParameterError:
    remedies = {bool: "write true or false", str: "give text"}
    remedy = remedies.get(type(default), f"give a number such as {default}")
    return ParameterError(f"option {name} of type {type(default).__name__}", received=repr(value), remedy=remedy)
