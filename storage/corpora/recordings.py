"""Recordings and MIDI files below a folder of a user's own, and sentences on those that are not used.

Recordings in formats that only ffmpeg reads are listed whether it is installed or not. Of two recordings of one name
one in a usual format goes first: a file in a format that was not read before changes no track that was there.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from mir_models.errors import MirlitonError
from storage.corpora.files import AUDIO_SUFFIXES, MIDI_SUFFIXES, RARE_MIDI_SUFFIXES, names_by_id, nfc_name, walk
from storage.media import ffmpeg
from storage.media.decoding import CONTAINERS

RARE_SUFFIXES = (".bwf", ".mp2", ".mpga", ".sph", ".voc", ".wave", *ffmpeg.SUFFIXES)
"""Extensions of recordings that are left out beside one of the same name and a usual extension."""
USUAL_SUFFIXES = tuple(suffix for suffix in AUDIO_SUFFIXES if suffix not in RARE_SUFFIXES)
SUFFIXES = (*USUAL_SUFFIXES, *RARE_SUFFIXES)
N_NAMES = 3
"""Names in a sentence."""

_APPLE_DOUBLE = "._"
"""Begins the names of the files in which macOS keeps attributes of others, with the extension of those."""
_NO_CORPORA = frozenset({".git", ".svn", ".hg", ".dvc", ".snapshot", ".snapshots", ".zfs", ".stversions", ".Trashes"})
"""Hidden folders with copies, earlier versions or deleted files; those of Linux are called ``.Trash-1000``."""
_EXTENSION = re.compile(r"\.[A-Za-z][\w~-]{0,11}", re.ASCII)
_SIGNATURE = re.compile(
    rb"(RIFF|RF64)....(WAVE|AVI |RMID)|FORM....AIF[FC]|fLaC|OggS|ID3|\.snd|caff|MThd|\xff[\xf1-\xf3\xf9-\xfb]"
    rb"|....ftyp(M4|mp4|iso|qt|3g|dash|aax)|" + b"|".join(re.escape(first) for first in CONTAINERS if first != b"ftyp"),
    re.DOTALL,
)
"""First bytes of WAV, AVI, AIFF, FLAC, Ogg, MP3, AAC, AU, CAF, MIDI and MP4 files, and of the other `CONTAINERS`.

MP4 by its brand, since pictures are of the same format.
"""
_SIGNATURE_BYTES = 12


@dataclass(frozen=True)
class FolderFiles:
    """The recordings and MIDI files below a folder.

    Attributes
    ----------
    by_id : dict of str to list of str
        Names of the recordings by id, see `storage.corpora.files`.
    midi : dict of str to list of str
        Names of the MIDI files by id.
    notices : tuple of str
        Sentences on recordings that are not used.
    """

    by_id: dict[str, list[str]]
    midi: dict[str, list[str]]
    notices: tuple[str, ...]


def recordings_below(folder: Path) -> FolderFiles:
    """The recordings and MIDI files below a folder.

    Raises
    ------
    MirlitonError
        When the folder is none, cannot be listed, or has no recording below it.
    """
    names, hidden = walk(folder)
    usual, rare = (names_by_id(names, suffixes) for suffixes in (USUAL_SUFFIXES, RARE_SUFFIXES))
    notices = _notices(folder, [name for id in rare.keys() & usual.keys() for name in rare[id]], names, hidden)
    if not usual and not rare:
        remedy = f"put recordings in it ({', '.join(AUDIO_SUFFIXES)}; with ffmpeg .m4a and others), or correct the path"
        received = " ".join([f"none below {folder}", *(f"({notice})" for notice in notices)])
        raise MirlitonError("audio files in the folder", received=received, remedy=remedy)
    return FolderFiles(rare | usual, midi_by_id(names), notices)


def midi_by_id(names: Sequence[str]) -> dict[str, list[str]]:
    """The MIDI files among some names by id."""
    return names_by_id(names, RARE_MIDI_SUFFIXES) | names_by_id(names, MIDI_SUFFIXES)


def without_recording(midi: dict[str, list[str]], recordings: dict[str, list[str]]) -> tuple[str, ...]:
    """A sentence on the MIDI files of no recording; none where there is no such file."""
    left = [name for id in midi.keys() - recordings.keys() for name in midi[id]]
    return sentence(left, "MIDI file", "without a recording", "give both the same name")


def suffixes_after(*first: str) -> tuple[str, ...]:
    """The extensions of recordings, some of them first: of several files of one recording that order chooses."""
    return tuple(dict.fromkeys((*first, *SUFFIXES)))


def needs_ffmpeg(path: Path) -> bool:
    """Whether the format of a recording, by its extension, is one that only ffmpeg reads."""
    return path.suffix.lower() in ffmpeg.SUFFIXES


def other_formats(paths: Sequence[Path]) -> tuple[str, ...]:
    """A sentence on recordings that are left out because ffmpeg is not installed; none where there is no such file."""
    if not paths:
        return ()
    what = "1 file of another format" if len(paths) == 1 else f"{len(paths)} files of other formats"
    suffixes = ", ".join(sorted({path.suffix.lower() for path in paths}))
    remedy = "install ffmpeg, which reads them, or convert them"
    return (f"{what} left out: {suffixes}, such as {nfc_name(min(paths).name)}. Remedy: {remedy}.",)


def sentence(names: Sequence[str], kind: str, what: str, remedy: str) -> tuple[str, ...]:
    """A sentence that counts files, names the first few and has a remedy; none where there is no file."""
    if not names:
        return ()
    shown = ", ".join(map(nfc_name, sorted(names)[:N_NAMES])) + ", …" * (len(names) > N_NAMES)
    return (f"{len(names)} {kind}{'s' * (len(names) != 1)} {what}: {shown}. Remedy: {remedy}.",)


def _notices(folder: Path, twins: list[str], names: list[str], hidden: list[str]) -> tuple[str, ...]:
    unnamed = [name for name in names if _is_sound_without_extension(folder, name)]
    return (
        *sentence(twins, "recording", "left out beside another of the same name", "rename those that are not the same"),
        *sentence(list(_recordings_in(folder, hidden)), "hidden recording", "left out", "rename them, or move them"),
        *sentence(unnamed, "file", "of sound or MIDI left out, without an extension", "add it, e.g. .wav or .mid"),
    )


def _recordings_in(folder: Path, hidden: Sequence[str]) -> Iterator[str]:
    """Names of the recordings among hidden files, and in hidden folders; folders that cannot be read have none."""
    for name in hidden:
        last = name.rpartition("/")[2]
        if last in _NO_CORPORA or last.startswith((_APPLE_DOUBLE, ".Trash")):
            continue
        if (folder / name).is_file():
            yield from [name] if _is_recording(name) else []
        for above, _, files in os.walk(folder / name):
            below = os.path.relpath(above, folder).replace(os.sep, "/")
            yield from (f"{below}/{each}" for each in files if _is_recording(each))


def _is_recording(name: str) -> bool:
    apple_double = name.rpartition("/")[2].startswith(_APPLE_DOUBLE)
    return not apple_double and os.path.splitext(name)[1].lower() in SUFFIXES


def _is_sound_without_extension(folder: Path, name: str) -> bool:
    """Whether a file is sound or MIDI by its first bytes, and not by its name, which has no extension."""
    if _EXTENSION.fullmatch(os.path.splitext(name)[1]):
        return False
    try:
        with (folder / name).open("rb") as file:
            return bool(_SIGNATURE.match(file.read(_SIGNATURE_BYTES)))
    except OSError:  # A broken link, or a file of another user: none that anyone named as a recording.
        return False
