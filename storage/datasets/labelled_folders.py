"""Folders named by what is in them: ``<genre>/<track>``, ``<artist>/<album>/<track>`` and the like.

Option ``levels`` gives the meaning of the folders, from the root down: names of `CLASSES`, ``work`` and ``split``.
Every recording lies exactly as deep as that, so that a root one folder too high is noticed and does not become a class;
only the discs of an album (``CD1``, ``Disc 2``) may be folders of their own below. MIDI files are not used: the
loader ``folder`` is for those, and ``table`` for both.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from mir_models.errors import MirlitonError, ParameterError, TrackError
from storage.corpora.files import parse_split, single_name
from storage.corpora.label_kinds import CLASSES
from storage.corpora.listing import Listing, Promises, TrackFiles
from storage.corpora.recordings import FolderFiles, recordings_below, sentence

NAME = "labelled_folders"
VERSION = 1
DESCRIPTION = "your own recordings in folders named by genre, by artist and album, or by other classes"
LICENCE = (
    "yours: the files stay where they are, and nothing is copied out of the folders but what is computed from them"
)
CITATION = "none: cite the sources of your own recordings"
HOMEPAGE = "none: the folders are on your own disk"
KINDS = CLASSES
DOWNLOADS = ()

LEVELS = (*CLASSES, "work", "split")

_DISC = re.compile(r"(?:cd|dis[ck])[ ._-]*\d+", re.IGNORECASE)


@dataclass(frozen=True)
class Options:
    """What the folders mean.

    Attributes
    ----------
    levels : str
        The meaning of each level of folders below the root, joined by ``/``: of `LEVELS`, e.g. ``"artist/album"``.
    licence : str
        Of the recordings: goes to the model card.
    """

    levels: str = "genre"
    licence: str = ""

    def __post_init__(self) -> None:
        levels = _levels(self)
        known, once = set(levels) <= set(LEVELS), len(set(levels)) == len(levels)
        if not (known and once and set(levels) & set(CLASSES)):
            remedy = f"join some of {', '.join(LEVELS)} by /, each once and at least one of the first {len(CLASSES)}"
            raise ParameterError("option levels: what the folders mean", received=repr(self.levels), remedy=remedy)


def licence(options: Options) -> str:
    """The licence given as an option, else `LICENCE`."""
    return options.licence or LICENCE


def tracks(root: Path, options: Options) -> Listing:
    """Every audio file below `root`, sorted by id, with the classes that its folders name.

    The id is the path below `root` without its extension. A work is named by its folder and the classes above it; where
    no level is ``work``, every track is one. Refused are files at a wrong depth, in a folder that names no split, two
    of one id, and names that are no UTF-8.

    Raises
    ------
    MirlitonError
        When `root` is no folder or has no audio below it, or every file is at a wrong depth.
    """
    files = recordings_below(root)
    audio = files.by_id
    levels = _levels(options)
    if all(_folders(id, levels) is None for id in audio):
        raise MirlitonError(f"{_layout(levels)} in {root}", received=f"e.g. {min(audio)}", remedy=_remedy(levels))
    listed, refused = [], {}
    for id in sorted(audio):
        try:
            listed.append(_track(id, root / single_name(audio[id]), levels))
        except TrackError as error:
            refused[id] = str(error)
    kinds = tuple(kind for kind in KINDS if kind in levels)
    promises = Promises(kinds, official_splits="split" in levels)
    return Listing(listed, promises, refused=refused, notices=(*files.notices, *_unused_midi(files)))


def _unused_midi(files: FolderFiles) -> tuple[str, ...]:
    names = [name for each in files.midi.values() for name in each]
    return sentence(names, "MIDI file", "not used", "take the loader folder for notes, or table for notes and classes")


def _track(id: str, audio: Path, levels: tuple[str, ...]) -> TrackFiles:
    folders = _folders(id, levels)
    if folders is None:
        raise TrackError(_layout(levels), received=id, remedy=_remedy(levels))
    classes = {level: folders[level] for level in levels if level in CLASSES}
    split = parse_split(folders["split"], where=f"as a folder of {id}") if "split" in folders else None
    return TrackFiles(id, audio, _work(folders) or id, split=split, classes=classes)


def _folders(id: str, levels: tuple[str, ...]) -> dict[str, str] | None:
    """The folder of each level; None at a wrong depth."""
    folders = id.split("/")[:-1]
    if len(folders) == len(levels) + 1 and _DISC.fullmatch(folders[-1]):
        folders.pop()
    return dict(zip(levels, folders, strict=True)) if len(folders) == len(levels) else None


def _work(folders: dict[str, str]) -> str:
    """The folders down to the work, but not the split, which two recordings of a work may not differ by unnoticed."""
    levels = list(folders)
    if "work" not in levels:
        return ""
    return "/".join(folders[level] for level in levels[: levels.index("work") + 1] if level != "split")


def _levels(options: Options) -> tuple[str, ...]:
    return tuple(level.strip() for level in options.levels.split("/"))


def _layout(levels: tuple[str, ...]) -> str:
    return "/".join(f"<{level}>" for level in levels) + "/<recording>"


def _remedy(levels: tuple[str, ...]) -> str:
    others = "genre" if levels != ("genre",) else "artist/album"
    return f"move it, correct --root, or give the meaning of the folders: --option levels={others}"
