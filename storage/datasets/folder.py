"""A folder of recordings, each with a MIDI file of the same name beside it."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from mir_models.errors import MirlitonError
from storage.corpus import Listing, Promises, TrackFiles

DESCRIPTION = "your own recordings: a folder of audio files, each with a .mid or .midi of the same name beside it"
LICENCE = "yours: the files stay where they are, and nothing is copied out of the folder but what is computed from it"
CITATION = "none: cite the sources of your own recordings and scores"
HOMEPAGE = "none: the folder is on your own disk"
PROMISES = Promises(kinds=("notes",), labels_exact=False, pedal="separate", official_splits=False)

SUFFIXES = (
    ".aif", ".aifc", ".aiff", ".au", ".caf", ".flac", ".mp3", ".oga", ".ogg", ".opus", ".rf64", ".snd", ".w64", ".wav",
)  # fmt: skip
"""Extensions of the formats that libsndfile reads; upper case counts as well."""
MIDI_SUFFIXES = (".mid", ".midi")


@dataclass(frozen=True)
class Options:
    """A folder has no options."""


def tracks(root: Path, options: Options) -> Listing:
    """Every audio file below `root`, sorted by id; hidden files and folders are skipped.

    The id is the path below `root` without its extension, with ``/``, in Unicode NFC, so that a name typed on one
    system is the same track on another. Every track is a work of its own. Audio without MIDI is listed without labels.
    Where two files of a kind would have the same id, neither is guessed: the id is dropped, with the reason.

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
    twins = {id: files for found in (midi, audio) for id, files in found.items() if id in audio and len(files) > 1}
    return Listing(
        tracks=[_track(id, audio[id][0], midi.get(id, [])) for id in sorted(audio) if id not in twins],
        dropped={id: _reason(root, twins[id]) for id in sorted(twins)},
    )


def _by_id(root: Path, suffixes: tuple[str, ...]) -> dict[str, list[Path]]:
    """The files with one of the suffixes by track id, each list sorted."""
    found: dict[str, list[Path]] = defaultdict(list)
    for path in sorted(_visible_files(root)):
        if path.suffix.lower() in suffixes:
            found[unicodedata.normalize("NFC", path.relative_to(root).with_suffix("").as_posix())].append(path)
    return dict(found)


def _visible_files(root: Path) -> Iterator[Path]:
    for path in root.rglob("*"):
        if path.is_file() and not any(part.startswith(".") for part in path.relative_to(root).parts):
            yield path


def _track(id: str, audio: Path, midi: list[Path]) -> TrackFiles:
    return TrackFiles(id, audio, work=id, labels={"notes": midi[0]} if midi else {})


def _reason(root: Path, files: list[Path]) -> str:
    names = " and ".join(path.relative_to(root).as_posix() for path in files)
    return f"{names} have the same name but for the extension: rename one, or keep only one of them in the folder"
