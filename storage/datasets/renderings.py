"""Renderings: MIDI performances of one's own, played here by SoundFonts, with labels that are exact.

::

    root/**/x.mid                    or --option midi=FOLDER
    root/renderings/**/x~1.ogg       rendered on first use, or --option recordings=FOLDER
    root/renderings/**/x~1.mid       what was played: the labels

A piece can be played several times (``variants``): each time by the next of the SoundFonts and, where options say so,
in part, transposed, or on a keyboard that answers otherwise. With ``velocities`` there is a recording of the single
notes of all keys for each SoundFont, which only trains. A recording carries the digest of all that it was made of as
its comment: what is current is kept, and a change renders it anew. A SoundFont is known by its name and size.

The piano is the first preset of a SoundFont. All variants of a piece are one work.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mir_models.errors import MirlitonError, TrackError
from mir_models.notes import renditions
from mir_models.notes.annotations import Notes
from mir_models.resampling import resample
from storage import progress
from storage.corpora.files import MIDI_SUFFIXES, by_id, only, visible_files
from storage.corpora.listing import Listing, Promises, TrackFiles
from storage.corpora.splits import by_hash
from storage.datasets import _rendering
from storage.media import midi

NAME = "renderings"
VERSION = 1
DESCRIPTION = "your own MIDI performances, rendered here by SoundFonts, with the single notes of every key where asked"
LICENCE = "that of the MIDI files, and of the SoundFonts where it asks for more"
CITATION = "none: cite the sources of your MIDI files and SoundFonts"
HOMEPAGE = "none: the recordings are made on your machine"
KINDS = ("notes", "instrument")
DOWNLOADS = ()
PROMISES = Promises(KINDS, labels_exact=True, official_splits=True)

RENDERING = 1
"""Version of everything below that shapes the sound; another one renders the corpus anew."""
SR = 22050
"""Hz of the recordings."""
PEAK = 10 ** (-3 / 20)
"""Largest absolute sample: -3 dBFS."""
TAIL = 1.5
"""Seconds recorded after the last key and the pedal are up."""
GAP = 0.6
"""Seconds between two single notes."""
SINGLE_NOTES = "single notes"
"""The work of the single notes."""


@dataclass(frozen=True)
class Options:
    """What is played, by what, how, and how it is split.

    Attributes
    ----------
    midi : str
        Folder of the MIDI files, below the root or absolute; empty: the root.
    recordings : str
        Folder of the recordings, below the root or absolute.
    soundfonts : str
        Paths of ``.sf2`` files, with commas; empty: TimGM6mb, which comes with pretty_midi.
    variants : int >= 1
        Recordings of each piece.
    seconds, transposition, velocity_curve : float, int, float
        See `mir_models.notes.renditions.Params`.
    velocities : str
        Of the single notes, with commas, e.g. ``40,75,110``; empty: no single notes.
    durations : str
        Of the single notes in seconds, with commas.
    validation_share, test_share : float in [0, 1)
        Shares of the pieces.
    seed : int
        Of the splits and of what is drawn.
    licence : str
        Of MIDI files and SoundFonts together: goes to the model card.
    """

    midi: str = ""
    recordings: str = "renderings"
    soundfonts: str = ""
    variants: int = 1
    seconds: float = 0.0
    transposition: int = 0
    velocity_curve: float = 0.0
    velocities: str = ""
    durations: str = "1.0"
    validation_share: float = 0.12
    test_share: float = 0.12
    seed: int = 0
    licence: str = ""

    def __post_init__(self) -> None:
        shares = self.validation_share, self.test_share
        if min(shares) < 0 or not sum(shares) < 1 or self.variants < 1:
            received = f"{shares[0]}, {shares[1]} and {self.variants}"
            remedy = "something has to train, and every piece to be played"
            raise MirlitonError("shares in [0, 1) that leave some, variants >= 1", received=received, remedy=remedy)


@dataclass(frozen=True)
class _Take:
    """One recording that is to be there: its id, work and split, the MIDI file (None: single notes), the SoundFont."""

    id: str
    work: str
    split: str
    source: Path | None
    soundfont: Path


def licence(options: Options) -> str:
    """The licence that the user names, else whose it is."""
    return options.licence or LICENCE


def tracks(root: Path, options: Options) -> Listing:
    """All recordings, sorted by id; what is missing of them is rendered first.

    Returns
    -------
    Listing
        Ids are ``<piece>~<variant>`` and ``single notes~<SoundFont>``; in ``refused`` pieces that cannot be played.

    Raises
    ------
    MirlitonError
        When a folder or a SoundFont is none, when there is no MIDI file, or the renderer is not installed.
    """
    folder = root / options.recordings
    takes, refused = _takes(root, options)
    listed = []
    for done, take in enumerate(takes, start=1):
        audio, labels = folder / f"{take.id}.ogg", folder / f"{take.id}.mid"
        try:
            _record(take, audio, labels, options)
        except TrackError as error:
            refused[take.id] = str(error)
            continue
        progress.tell("rendering", done, len(takes), take.id)
        played_by = {"instrument": take.soundfont.stem}
        listed.append(TrackFiles(take.id, audio, take.work, {"notes": labels}, take.split, played_by))
    return Listing(sorted(listed, key=lambda track: track.id), PROMISES, refused=dict(sorted(refused.items())))


def _takes(root: Path, options: Options) -> tuple[list[_Take], dict[str, str]]:
    """The recordings that are to be there, by SoundFont, and the pieces of which there are two files."""
    soundfonts, pieces = _soundfonts(options), _pieces(root, options)
    takes: list[_Take] = []
    refused = {}
    for piece, names in pieces.items():
        try:
            takes += _variants(piece, root / options.midi / only(names), soundfonts, options)
        except TrackError as error:
            refused[piece] = str(error)
    if options.velocities:
        takes += [_Take(f"{SINGLE_NOTES}~{each.stem}", SINGLE_NOTES, "train", None, each) for each in soundfonts]
    return sorted(takes, key=lambda take: (take.soundfont, take.id)), refused


def _pieces(root: Path, options: Options) -> dict[str, list[str]]:
    """Names of the MIDI files by piece, without those that were rendered here."""
    folder = root / options.midi
    if not folder.is_dir():
        remedy = "give --root the folder of the MIDI files, or --option midi=FOLDER"
        raise MirlitonError("a folder of MIDI files", received=f"{folder}, which is none", remedy=remedy)
    ours = (root / options.recordings).resolve()
    names = [name for name in visible_files(folder) if not (folder / name).resolve().is_relative_to(ours)]
    found = by_id(names, MIDI_SUFFIXES)
    if not found:
        remedy = f"put performances in it ({', '.join(MIDI_SUFFIXES)}), or correct the path"
        raise MirlitonError("MIDI files to render", received=f"none below {folder}", remedy=remedy)
    return found


def _soundfonts(options: Options) -> list[Path]:
    """The SoundFonts, each of another name."""
    named = [Path(each.strip()).expanduser() for each in options.soundfonts.split(",") if each.strip()]
    found = named or [_rendering.default_soundfont()]
    for path in found:
        if not path.is_file():
            raise MirlitonError("a SoundFont (.sf2)", received=f"{path}, which is no file", remedy="correct the path")
    if len({path.stem for path in found}) < len(found):
        received = ", ".join(map(str, found))
        raise MirlitonError("SoundFonts of different names", received=received, remedy="rename one")
    return found


def _variants(piece: str, source: Path, soundfonts: list[Path], options: Options) -> Iterator[_Take]:
    """The recordings of one piece, by one SoundFont after the other, from one that its name decides."""
    shares = {"validation": options.validation_share, "test": options.test_share}
    split, first = by_hash(piece, shares, seed=options.seed), zlib.crc32(piece.encode())
    for number in range(options.variants):
        yield _Take(f"{piece}~{number + 1}", piece, split, source, soundfonts[(first + number) % len(soundfonts)])


def _record(take: _Take, audio: Path, labels: Path, options: Options) -> None:
    """The recording and the MIDI file of a take, unless they are there and current."""
    digest = _digest(take, options)
    if audio.is_file() and labels.is_file() and _rendering.comment_of(audio) == digest:
        return
    notes, pedal = _performance(take, options)
    if not len(notes):
        remedy = "transpose less, or remove the piece"
        raise TrackError("a rendition with notes on the keyboard", received=f"none of {take.id}", remedy=remedy)
    until = max(notes.duration, float(pedal.max(initial=0.0))) + TAIL
    y, sr = _rendering.play(_rendering.midi_file(notes, pedal, until=until), _bytes(take.soundfont))
    if not (loudest := float(np.abs(y).max(initial=0.0))):
        remedy = "leave the SoundFont out: it has no piano"
        raise TrackError("a SoundFont that is heard", received=f"silence from {take.soundfont.name}", remedy=remedy)
    heard = (resample(y, sr, SR) * (PEAK / loudest)).clip(-1.0, 1.0)
    audio.parent.mkdir(parents=True, exist_ok=True)
    _rendering.put(labels, _rendering.midi_file(notes, pedal))
    _rendering.put(audio, _rendering.ogg(heard, SR, name=take.id, title=take.work, comment=digest))


def _performance(take: _Take, options: Options) -> tuple[Notes, NDArray[np.float64]]:
    """What is played: notes as keys are pressed and released, and the pedal."""
    rng = np.random.default_rng([options.seed, zlib.crc32(take.id.encode())])
    if take.source is None:
        velocities, seconds = _numbers(options.velocities, int), _numbers(options.durations, float)
        return renditions.single_notes(velocities, seconds, gap=GAP, rng=rng), np.zeros((0, 2))
    written = midi.read(take.source)
    return renditions.rendition(written.notes, written.pedal, _rendition(options), rng)


def _rendition(options: Options) -> renditions.Params:
    return renditions.Params(**{each.name: getattr(options, each.name) for each in fields(renditions.Params)})


def _digest(take: _Take, options: Options) -> str:
    """Of all that a recording is made of."""
    source = hashlib.sha256(take.source.read_bytes()).hexdigest() if take.source else ""
    font = [take.soundfont.name, take.soundfont.stat().st_size]
    said: list[Any] = [_rendition(options)] if take.source else [options.velocities, options.durations]
    made_of = [RENDERING, renditions.VERSION, take.id, source, font, options.seed, *said]
    return hashlib.sha256(repr(made_of).encode()).hexdigest()


def _numbers(text: str, kind: type) -> tuple[Any, ...]:
    """Numbers with commas."""
    try:
        return tuple(kind(each) for each in text.split(","))
    except ValueError as error:
        remedy = "write them as 40,75,110"
        raise MirlitonError("numbers with commas between them", received=repr(text), remedy=remedy) from error


_READ: dict[Path, bytes] = {}


def _bytes(soundfont: Path) -> bytes:
    """The SoundFont; the last one that was read stays in memory."""
    if soundfont not in _READ:
        _READ.clear()
        _READ[soundfont] = soundfont.read_bytes()
    return _READ[soundfont]
