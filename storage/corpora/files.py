r"""Files of a user's own corpus: finding audio and MIDI files, ids from file names, names of splits, checks of options.

Names are paths relative to a folder, with ``/``, spelt as on disk. Ids are such names in Unicode NFC, so that a name
typed on one system is the same track on another; a byte that is no UTF-8 is spelt ``\xff`` in them.
"""

from __future__ import annotations

import os
import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

from mir_models.errors import MirlitonError, ParameterError, TrackError

AUDIO_SUFFIXES = (
    ".aif", ".aifc", ".aiff", ".au", ".bwf", ".caf", ".flac", ".mp2", ".mp3", ".mpga", ".oga", ".ogg", ".opus", ".rf64",
    ".snd", ".sph", ".voc", ".w64", ".wav", ".wave",
)  # fmt: skip
"""Extensions of the formats that libsndfile reads; upper case counts as well."""
MIDI_SUFFIXES = (".mid", ".midi")
RARE_MIDI_SUFFIXES = (".kar", ".rmi", ".smf")
"""Extensions of MIDI files that are left out beside one of the same name and a usual extension."""
SYSTEM_FOLDERS = frozenset({"__MACOSX", "@eaDir", "$RECYCLE.BIN"})
"""Folders of macOS archives, Synology disks and Windows: skipped like hidden ones."""
SPLIT_WORDS = {
    **dict.fromkeys(("train", "training"), "train"),
    **dict.fromkeys(("validation", "valid", "val", "dev"), "validation"),
    **dict.fromkeys(("test", "testing", "eval"), "test"),
}
"""Split by its names in lower case."""
PEDALS = ("applied", "separate")


def visible_files(folder: Path) -> list[str]:
    """Names of all files below a folder, sorted; names that begin with a dot and `SYSTEM_FOLDERS` are skipped.

    Links to folders are followed, but not to a folder that they lie in: its files are listed where it lies. A broken
    link counts as a file, so that opening it raises.

    Raises
    ------
    MirlitonError
        When `folder` or one below it is none, or cannot be listed.
    """
    return walk(folder)[0]


def walk(folder: Path) -> tuple[list[str], list[str]]:
    """The `visible_files`, and the names of files and folders that begin with a dot, sorted.

    Raises
    ------
    MirlitonError
        As `visible_files`.
    """
    if not folder.is_dir():
        raise MirlitonError("a folder of recordings", received=f"{folder}, which is none", remedy="correct the path")
    try:
        names, hidden = _names(str(folder))
    except OSError as error:
        remedy = "let it be read, or move it out of the corpus"
        raise MirlitonError(f"folders below {folder} that can be listed", received=error, remedy=remedy) from error
    return sorted(names), sorted(hidden)


def _names(root: str) -> tuple[list[str], list[str]]:
    names, hidden, stack = [], [], [(root, "", frozenset[tuple[int, int]]())]
    while stack:
        folder, prefix, above = stack.pop()
        status = os.stat(folder)
        if (here := (status.st_dev, status.st_ino)) in above:
            continue
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.name in SYSTEM_FOLDERS:
                    continue
                if entry.name.startswith("."):
                    hidden.append(prefix + entry.name)
                elif entry.is_dir():
                    stack.append((entry.path, f"{prefix}{entry.name}/", above | {here}))
                elif entry.is_file() or entry.is_symlink():
                    names.append(prefix + entry.name)
    return names, hidden


def names_by_id(names: Iterable[str], suffixes: tuple[str, ...]) -> dict[str, list[str]]:
    """The names with one of the suffixes, in either case, by id: the name without its extension."""
    found: dict[str, list[str]] = defaultdict(list)
    for name in names:
        stem, suffix = os.path.splitext(name)
        if suffix.lower() in suffixes:
            found[nfc_name(stem)].append(name)
    return dict(found)


def nfc_name(name: str) -> str:
    r"""The name in Unicode NFC, each byte that is no UTF-8 as ``\xff``."""
    if name.isascii():
        return name
    return unicodedata.normalize("NFC", os.fsencode(name).decode("utf-8", "backslashreplace"))


def single_name(names: list[str]) -> str:
    """The only name in a list of the files of one id.

    Raises
    ------
    TrackError
        When there are several, or the name is no UTF-8.
    """
    if len(names) > 1:
        received = " and ".join(map(nfc_name, names))
        remedy = "rename one, or keep only one of them in the folder"
        raise TrackError("names that differ by more than the extension", received=received, remedy=remedy)
    if nfc_name(names[0]) != unicodedata.normalize("NFC", names[0]):
        raise TrackError("a file name in UTF-8", received=nfc_name(names[0]), remedy="rename it")
    return names[0]


class FilesByName:
    """Files looked up by paths as people type them, in either Unicode form; every folder is listed once."""

    def __init__(self) -> None:
        self._listed: dict[str, dict[str, str] | None] = {}

    def find(self, path: str) -> str | None:
        """The path as it is spelt on disk, of a file or a folder; None where there is none."""
        folder, name = os.path.split(path)
        if name in ("", ".", ".."):
            return path if os.path.exists(path) else None
        names = self._names_in(folder) or {}
        return names.get(name, names.get(unicodedata.normalize("NFC", name)))

    def _names_in(self, folder: str) -> dict[str, str] | None:
        """The paths in a folder by name, as spelt and in NFC; None where it cannot be listed."""
        if folder not in self._listed:
            listed = _scanned(folder)
            if listed is None and os.path.dirname(folder) != folder and (spelt := self.find(folder)):
                listed = _scanned(spelt)
            self._listed[folder] = listed
        return self._listed[folder]


def _scanned(folder: str) -> dict[str, str] | None:
    try:
        with os.scandir(folder or ".") as entries:
            names = [entry.name for entry in entries]
    except (OSError, ValueError):  # ValueError: a zero byte
        return None
    spelt = {name: os.path.join(folder, name) for name in names}
    return {unicodedata.normalize("NFC", name): path for name, path in spelt.items()} | spelt


def parse_split(word: str, *, where: str) -> str:
    """The split (``train``, ``validation`` or ``test``) that a word means, in either case; `where` is for the message.

    Raises
    ------
    TrackError
        When the word is none of `SPLIT_WORDS`.
    """
    split = SPLIT_WORDS.get(word.strip().lower())
    if split is None:
        remedy = f"write one of {', '.join(SPLIT_WORDS)}"
        raise TrackError(f"the name of a split {where}", received=repr(word), remedy=remedy)
    return split


def check_pedal(pedal: str) -> None:
    """Check the option `pedal`.

    Raises
    ------
    ParameterError
        When it is none of `PEDALS`.
    """
    if pedal not in PEDALS:
        remedy = "give applied (the offsets contain the sustain pedal) or separate (they are when keys are released)"
        raise ParameterError("option pedal: applied or separate", received=repr(pedal), remedy=remedy)


def check_validation_share(share: float) -> None:
    """Check the option `validation_share`.

    Raises
    ------
    ParameterError
        When it is no number in [0, 1): at least one work has to be in train.
    """
    if not 0 <= share < 1:
        remedy = "give a share of the works such as 0.12, or 0 for none"
        raise ParameterError("option validation_share: a number in [0, 1)", received=share, remedy=remedy)
