"""Datasets of the library mirdata: their modules, and which audio, notes and classes their tracks have.

Nothing is listed by hand: the attributes of the track classes are read, so that a new dataset needs no line here.
"""

from __future__ import annotations

import importlib
import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from mir_models.errors import MirlitonError, ParameterError
from storage.corpora.label_kinds import CLASSES

LABELS = ("notes", *CLASSES)
CLASS_ATTRIBUTES = {
    "genre": ("genre", "genres", "style"),
    "artist": (
        "artist", "artists", "artist_id", "singer", "singer_id", "player_id", "drummer", "musician", "bandleader"
    ),
    "album": ("album", "album_id"),
    "composer": ("composer", "canonical_composer"),
    "instrument": ("instrument", "instrument_full"),
}  # fmt: skip
"""Attributes of mirdata's tracks by label kind, the first that a dataset has counts."""
AUDIO = re.compile(r"(audio|mix)(_\w+)?_path|audio_path_\w+")
USUAL_AUDIO = ("audio_path", "mix_path", "audio_mix_path")


@dataclass(frozen=True)
class Offer:
    """Audio, notes and classes that a track class of mirdata has.

    Attributes
    ----------
    audio : tuple of str
        Attributes with the path of a recording, the most usual first.
    notes : dict of str to str
        Attribute with the path of the label file by the property that reads the notes in it.
    classes : dict of str to str
        Attribute by label kind.
    """

    audio: tuple[str, ...]
    notes: dict[str, str]
    classes: dict[str, str]

    @property
    def kinds(self) -> tuple[str, ...]:
        """The label kinds; none without audio."""
        kinds = ("notes",) * bool(self.notes) + tuple(kind for kind in CLASSES if kind in self.classes)
        return kinds if self.audio else ()


def module_of(name: str) -> ModuleType:
    """The module of a dataset."""
    names = _library().list_datasets()
    if name not in names:
        raise _unknown(name, "the name of a dataset of mirdata")
    try:
        with quietly():
            return importlib.import_module(f"mirdata.datasets.{name}")
    except ImportError as error:
        remedy = f"pip install 'mirdata[{name}]'"
        received = str(error) or error.__context__  # Some modules of mirdata raise again, without a message.
        raise MirlitonError(f"the packages that mirdata's {name} needs", received=received, remedy=remedy) from error


def _library() -> Any:
    try:
        import mirdata
    except ImportError as error:
        remedy = "pip install 'mirliton[mirdata]'"
        raise MirlitonError("the package mirdata", received="none installed", remedy=remedy) from error
    return mirdata


@contextmanager
def quietly() -> Iterator[None]:
    """Silence logging and restore the root logger: mirdata configures it when imported, and logs to it."""
    root, disabled = logging.getLogger(), logging.root.manager.disable
    handlers, level = root.handlers[:], root.level
    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)
        logging.disable(disabled)


def _unknown(name: str, expected: str) -> ParameterError:
    """The error that names the datasets which have labels."""
    usable = []
    for each in _library().list_datasets():
        try:
            module = module_of(each)
        except MirlitonError:  # A dataset that needs one more package.
            continue
        for option, kind in (("", "Track"), (" with --option multitracks=true", "MultiTrack")):
            kinds = offer_of(getattr(module, kind)).kinds if hasattr(module, kind) else ()
            usable += [f"{each}{option} ({', '.join(kinds)})"] if kinds else []
    remedy = f"choose --option dataset=… among {'; '.join(usable)}"
    return ParameterError(expected, received=repr(name), remedy=remedy)


def track_class(dataset: str, *, multitracks: bool) -> Any:
    """The class of the tracks that are listed.

    Raises
    ------
    MirlitonError
        When there is none, or none with audio and labels.
    """
    class_name = "MultiTrack" if multitracks else "Track"
    kind = getattr(module_of(dataset), class_name, None)
    if kind is None or not offer_of(kind).kinds:
        expected = f"a dataset of mirdata whose {class_name} has audio and labels of {', '.join(LABELS)}"
        raise _unknown(dataset, expected)
    return kind


def offer_of(kind: type) -> Offer:
    """The `Offer` of a track class, by the names of its attributes and the types of its properties."""
    attributes = _attributes(kind)
    audio = sorted(filter(AUDIO.fullmatch, attributes), key=lambda name: (name not in USUAL_AUDIO, name))
    notes = {name: _paths(name, attributes) for name in sorted(attributes) if _is_notes(name, attributes[name])}
    classes = {
        kind: next(name for name in names if name in attributes)
        for kind, names in CLASS_ATTRIBUTES.items()
        if not attributes.keys().isdisjoint(names)
    }
    return Offer(tuple(audio), {name: min(paths) for name, paths in notes.items() if len(paths) == 1}, classes)


def _attributes(kind: type) -> dict[str, Any]:
    """The function behind each property of a class, and None for what its ``__init__`` sets, which has no entry."""
    found: dict[str, Any] = {}
    for each in reversed(kind.__mro__):
        code = getattr(vars(each).get("__init__"), "__code__", None)
        found |= dict.fromkeys(code.co_names if code else ())
        getters = {name: getattr(value, "func", getattr(value, "fget", None)) for name, value in vars(each).items()}
        found |= {name: getter for name, getter in getters.items() if getter}
    return {name: getter for name, getter in found.items() if not name.startswith("_")}


def _is_notes(name: str, getter: Any) -> bool:
    """Whether a property holds the notes of all instruments: by its type, or by its name if it states none."""
    if getter is None:
        return False
    stated = str(getter.__annotations__.get("return", "NoteData" if name.startswith("notes") else ""))
    return "NoteData" in stated and "Dict" not in stated


def _paths(name: str, attributes: dict[str, Any], above: tuple[str, ...] = ()) -> set[str]:
    """The attributes with a path that a property uses, itself or through other properties."""
    getter = attributes.get(name)
    if getter is None or name in above:
        return {name} if name.endswith("_path") and name in attributes else set()
    return set().union(*(_paths(each, attributes, (*above, name)) for each in getter.__code__.co_names))
