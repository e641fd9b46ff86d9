"""Classical Piano MIDI Page (piano-midi.de): pieces sequenced by Bernd Krueger, with the recordings beside them.

``<composer>/<piece>.mid`` with ``<piece>.mp3``, ``.ogg`` or ``.wav`` beside it, or in parallel folders below one root
(``midi/chopin/chpn_op25_e1.mid`` and ``mp3/chopin/chpn_op25_e1.mp3``; ``mp3/chpn_op25_e1.mp3`` as well, where only one
composer has a piece of this name). Ids are ``<composer>/<piece>``, the composer as the folder is called (``albeniz``,
``bach``, ``beeth``, ``chopin``, …). The page has 25 composers and, by the collection of August 2021
(cheriell/ClassicalPianoMIDI-dataset), 331 pieces; it has grown, so that earlier papers count fewer.

Each piece is offered as ``<piece>.mid``, and as ``<piece>_format0.mid`` with all in one track: the same notes. The
first is taken where both are there.

The recordings are renderings of these performances, and by how much they lag is published nowhere: the labels have to
be aligned. The page makes no splits. Its licence is stated on http://www.piano-midi.de/copy.htm ("cc-by-sa Germany").
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from mir_models.errors import MirlitonError, TrackError
from storage.corpora.files import MIDI_SUFFIXES, nfc_name, visible_files
from storage.corpora.listing import Listing, Promises, TrackFiles
from storage.corpora.recordings import suffixes_after

NAME = "piano_midi_de"
VERSION = 1
DESCRIPTION = "Classical Piano MIDI Page: some 330 pieces of 25 composers, sequenced by Bernd Krueger, with recordings"
LICENCE = "CC BY-SA 3.0 DE"
CITATION = "B. Krueger, Classical Piano MIDI Page, http://www.piano-midi.de"
HOMEPAGE = "http://www.piano-midi.de"
KINDS = ("notes", "composer")
# The page offers single files and publishes no checksums.
DOWNLOADS = ()
PROMISES = Promises(KINDS)
SUFFIXES = suffixes_after(".wav", ".flac", ".ogg", ".mp3")
"""Of a piece in several formats, the first is used."""
FORMAT_0 = "_format0"
CONTAINERS = ("midi", "midis", "mp3", "ogg", "wav", "audio")
"""Folders that are no composer's; a piece right in one of them has no composer, unless its MIDI file has."""


@dataclass(frozen=True)
class Options:
    """The corpus has no options."""


def tracks(root: Path, options: Options) -> Listing:
    """The pieces below `root`, sorted by id, each a work of its own.

    Returns
    -------
    Listing
        In ``dropped`` are the ``_format0`` twins; in ``refused`` pieces without a recording, and those with two
        files of a kind. Recordings without MIDI are listed without notes.

    Raises
    ------
    MirlitonError
        When `root` is no folder, or has no recordings below it.
    """
    if not root.is_dir():
        remedy = "give --root the folder that holds the composers' folders"
        raise MirlitonError("the folder of the piano-midi.de corpus", received=f"{root}, which is none", remedy=remedy)
    (midi, scores), (audio, sounds) = (_without_twins(each) for each in _by_id(root, MIDI_SUFFIXES, SUFFIXES))
    if not audio:
        remedy = f"put the recordings ({', '.join(SUFFIXES[:4])}, …) beside the MIDI files"
        raise MirlitonError("recordings of piano-midi.de", received=f"none below {root}", remedy=remedy)
    audio = _with_composers(audio, midi)
    pieces = {id: (_best(audio.get(id, [])), midi.get(id, [])) for id in sorted(audio.keys() | midi.keys())}
    refused = {id: reason for id, files in pieces.items() if (reason := _why_refused(root, id, *files))}
    usable = [_track(id, *files) for id, files in pieces.items() if id not in refused]
    return Listing(usable, PROMISES, dict(sorted((scores | sounds).items())), refused)


def _by_id(root: Path, *kinds: tuple[str, ...]) -> list[dict[str, list[Path]]]:
    """For each of some kinds of files, by their suffixes, the files by composer and piece."""
    found: list[dict[str, list[Path]]] = [defaultdict(list) for _ in kinds]
    for name in map(PurePosixPath, visible_files(root)):
        composer = [part for part in name.parts[-2:-1] if part.lower() not in CONTAINERS]
        for suffixes, files in zip(kinds, found, strict=True):
            if name.suffix.lower() in suffixes:
                files[nfc_name("/".join([*composer, name.stem]))].append(root / name)
    return found


def _without_twins(found: dict[str, list[Path]]) -> tuple[dict[str, list[Path]], dict[str, str]]:
    """The files by the piece's own name, and the twins in format 0 that are left out, with the reason."""
    twins = {id: id.removesuffix(FORMAT_0) for id in found if id.endswith(FORMAT_0)}
    dropped = {id: f"format 0 of the same notes as {plain}" for id, plain in twins.items() if plain in found}
    return {twins.get(id, id): paths for id, paths in found.items() if id not in dropped}, dropped


def _with_composers(audio: dict[str, list[Path]], midi: dict[str, list[Path]]) -> dict[str, list[Path]]:
    """Recordings without a composer's folder get the id of the only MIDI file of their name."""
    named: dict[str, list[str]] = defaultdict(list)
    for id in midi:
        named[id.rpartition("/")[2]].append(id)
    merged: dict[str, list[Path]] = defaultdict(list)
    for id, paths in audio.items():
        merged[named[id][0] if "/" not in id and len(named[id]) == 1 else id] += paths
    return dict(merged)


def _best(audio: list[Path]) -> list[Path]:
    """The recordings in the first of the formats."""
    first = min((SUFFIXES.index(path.suffix.lower()) for path in audio), default=0)
    return [path for path in audio if path.suffix.lower() == SUFFIXES[first]]


def _why_refused(root: Path, id: str, audio: list[Path], midi: list[Path]) -> str | None:
    """Why the files of a piece cannot be used, or None."""
    if not audio:
        received = f"none beside {midi[0].relative_to(root)}"
        remedy = "fetch it from the page, or remove the MIDI file"
        return str(TrackError(f"a recording {id} ({', '.join(SUFFIXES[:4])}, …)", received=received, remedy=remedy))
    for files in (audio, midi):
        if len(files) > 1:
            received = " and ".join(str(path.relative_to(root)) for path in files)
            return str(TrackError("one file of a kind", received=received, remedy="keep only one of them"))
    return None


def _track(id: str, audio: list[Path], midi: list[Path]) -> TrackFiles:
    composer = id.rpartition("/")[0]
    labels = {"notes": midi[0]} if midi else {}
    return TrackFiles(id, audio[0], id, labels, classes={"composer": composer} if composer else {})
