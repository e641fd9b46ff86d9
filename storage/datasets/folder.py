"""A folder of recordings, each with a MIDI file of the same name beside it."""

from __future__ import annotations

import os
import unicodedata
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from mir_models.errors import MirlitonError, TrackError
from storage.corpus import Listing, Promises, TrackFiles

DESCRIPTION = "your own recordings: a folder of audio files, each with a .mid or .midi of the same name beside it"
LICENCE = "yours: the files stay where they are, and nothing is copied out of the folder but what is computed from it"
CITATION = "none: cite the sources of your own recordings and scores"
HOMEPAGE = "none: the folder is on your own disk"
KINDS = ("notes",)
DOWNLOADS = ()
PROMISES = Promises(KINDS)

SUFFIXES = (
    ".aif", ".aifc", ".aiff", ".au", ".caf", ".flac", ".mp3", ".oga", ".ogg", ".opus", ".rf64", ".snd", ".w64", ".wav",
)  # fmt: skip
"""Extensions of the formats that libsndfile reads; upper case counts as well."""
MIDI_SUFFIXES = (".mid", ".midi")


@dataclass(frozen=True)
class Options:
    """A folder has no options."""


def tracks(root: Path, options: Options) -> Listing:
    r"""Every audio file below `root`, sorted by id; hidden files and folders are skipped.

    The id is the path below `root` without its extension, with ``/``, in Unicode NFC, so that a name typed on one
    system is the same track on another. Every track is a work of its own. Audio without MIDI is listed without labels.
    Where two files of a kind would have the same id, neither is guessed: the id is refused, with the reason. So is a
    name that is no UTF-8, whose id is spelt with ``\x``.

    Raises
    ------
    MirlitonError
        When `root` is no folder or has no audio below it.
    """
    if not root.is_dir():
        raise MirlitonError("a folder of recordings", received=f"{root}, which is none", remedy="correct the path")
    audio, midi = _by_id(root, SUFFIXES), _by_id(root, MIDI_SUFFIXES)
    if not audio:
        remedy = f"put recordings in it ({', '.join(SUFFIXES)}), each with a .mid of the same name beside it"
        raise MirlitonError("audio files in the folder", received=f"none below {root}", remedy=remedy)
    refused = {id: reason for id in sorted(audio) if (reason := _reason(root, audio[id], midi.get(id, [])))}
    return Listing(
        [_track(id, audio[id][0], midi.get(id, [])) for id in sorted(audio) if id not in refused],
        PROMISES,
        refused=refused,
    )


def _by_id(root: Path, suffixes: tuple[str, ...]) -> dict[str, list[Path]]:
    """The files with one of the suffixes by track id, each list sorted."""
    found: dict[str, list[Path]] = defaultdict(list)
    for path in sorted(_visible_files(root)):
        if path.suffix.lower() in suffixes:
            found[_readable(path.relative_to(root).with_suffix(""))].append(path)
    return dict(found)


def _readable(path: Path) -> str:
    r"""The path in Unicode NFC, each byte that is no UTF-8 as ``\xff``."""
    return unicodedata.normalize("NFC", os.fsencode(path.as_posix()).decode("utf-8", "backslashreplace"))


def _visible_files(root: Path) -> Iterator[Path]:
    for path in root.rglob("*"):
        if path.is_file() and not any(part.startswith(".") for part in path.relative_to(root).parts):
            yield path


def _track(id: str, audio: Path, midi: list[Path]) -> TrackFiles:
    return TrackFiles(id, audio, work=id, labels={"notes": midi[0]} if midi else {})


def _reason(root: Path, audio: list[Path], midi: list[Path]) -> str | None:
    """Why the files of an id cannot be used, or None."""
    for files in (audio, midi):
        if len(files) > 1:
            names = " and ".join(_readable(path.relative_to(root)) for path in files)
            remedy = "rename one, or keep only one of them in the folder"
            return str(TrackError("names that differ by more than the extension", received=names, remedy=remedy))
    name = audio[0].relative_to(root)
    if _readable(name) != unicodedata.normalize("NFC", name.as_posix()):
        return str(TrackError("a file name in UTF-8", received=_readable(name), remedy="rename it"))
    return None
