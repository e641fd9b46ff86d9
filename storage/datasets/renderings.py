"""Renderings: MIDI performances of one's own, played here by SoundFonts, with labels that are exact.

::

    root/**/x.mid                    or --option midi=FOLDER
    root/renderings/**/x~1.ogg       rendered on first use, or --option recordings=FOLDER
    root/renderings/**/x~1.mid       what was played: the labels

A piece can be played several times (``variants``): each time by the next of the SoundFonts and, by options, in part,
transposed, or with another velocity curve. With ``velocities`` there is a recording of the single
notes of all keys for each SoundFont, which only trains. A recording has the digest of all that it was made of as
its comment: current recordings are kept, others are rendered again. A SoundFont is identified by its name and size.

The piano is the first preset of a SoundFont. All variants of a piece are one work.
"""

from __future__ import annotations

import hashlib
import math
import os
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from mir_models.errors import MirlitonError, ParameterError, TrackError
from mir_models.notes import renditions
from mir_models.notes.annotations import Notes
from mir_models.resampling import resample
from storage import progress
from storage.corpora.files import MIDI_SUFFIXES, names_by_id, single_name, visible_files
from storage.corpora.listing import Listing, Promises, TrackFiles
from storage.corpora.recordings import SUFFIXES, midi_by_id, sentence
from storage.corpora.splits import split_by_hash
from storage.datasets import _rendering
from storage.media import midi
from storage.objects.atomic import write_atomic

NAME = "renderings"
VERSION = 1
DESCRIPTION = "your own MIDI performances, rendered here by SoundFonts, with the single notes of every key on request"
LICENCE = "that of the MIDI files, and of the SoundFonts where it requires more"
CITATION = "none: cite the sources of your MIDI files and SoundFonts"
HOMEPAGE = "none: the recordings are made on your machine"
KINDS = ("notes", "instrument")
DOWNLOADS = ()
PROMISES = Promises(KINDS, labels_exact=True, official_splits=True)

RENDERING = 1
"""Version of everything below that shapes the sound; with another one the corpus is rendered again."""
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

LONGEST_NAME = 255
"""Bytes that most file systems take of a file's name."""
_DIGEST = re.compile("[0-9a-f]{64}")

Number = TypeVar("Number", int, float)


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
            remedy = "leave a share for train, and render every piece at least once"
            raise ParameterError("shares in [0, 1) that leave some, variants >= 1", received=received, remedy=remedy)
        for name in ("seconds", "transposition", "velocity_curve"):
            if not getattr(self, name) >= 0:
                received, remedy = getattr(self, name), "give 0 to leave it out"
                raise ParameterError(f"option {name} >= 0", received=received, remedy=remedy)
        if self.velocities:
            _velocities(self)
            _durations(self)


@dataclass(frozen=True)
class _Take:
    """One recording to be rendered: its id, work and split, the MIDI file (None: single notes), the SoundFont."""

    id: str
    work: str
    split: str
    source: Path | None
    soundfont: Path


def licence(options: Options) -> str:
    """The licence given as an option, else `LICENCE`."""
    return options.licence or LICENCE


def tracks(root: Path, options: Options) -> Listing:
    """All recordings, sorted by id; missing and outdated ones are rendered first.

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
        progress.report("rendering", done, len(takes), take.id)
        played_by = {"instrument": take.soundfont.stem}
        listed.append(TrackFiles(take.id, audio, take.work, {"notes": labels}, take.split, played_by))
    notices = sentence(_recordings(root, options), "recording", "not used", "take the loader folder for recordings")
    in_order = sorted(listed, key=lambda track: track.id)
    return Listing(in_order, PROMISES, refused=dict(sorted(refused.items())), notices=notices)


def _takes(root: Path, options: Options) -> tuple[list[_Take], dict[str, str]]:
    """The recordings to be rendered, by SoundFont, and the reason by piece of those with two MIDI files."""
    soundfonts, pieces = _soundfonts(options), _pieces(root, options)
    takes: list[_Take] = []
    refused = {}
    for piece, names in pieces.items():
        try:
            takes += _variants(piece, root / options.midi / single_name(names), soundfonts, options)
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
    found = midi_by_id(_names(root, options))
    if not found:
        remedy = f"put performances in it ({', '.join(MIDI_SUFFIXES)}), or correct the path"
        raise MirlitonError("MIDI files to render", received=f"none below {folder}", remedy=remedy)
    return found


def _names(root: Path, options: Options) -> list[str]:
    """Names of the files in the folder of the MIDI files, without those that were rendered here."""
    folder, ours = root / options.midi, (root / options.recordings).resolve()
    return [name for name in visible_files(folder) if not (folder / name).resolve().is_relative_to(ours)]


def _recordings(root: Path, options: Options) -> list[str]:
    """Names of the recordings among them."""
    return [name for each in names_by_id(_names(root, options), SUFFIXES).values() for name in each]


def _soundfonts(options: Options) -> list[Path]:
    """The SoundFonts, each of another name."""
    named = [Path(each.strip()).expanduser() for each in options.soundfonts.split(",") if each.strip()]
    found = named or [_rendering.default_soundfont()]
    for path in found:
        if not path.is_file():
            raise ParameterError("a SoundFont (.sf2)", received=f"{path}, which is no file", remedy="correct the path")
    if len({path.stem for path in found}) < len(found):
        received = ", ".join(map(str, found))
        raise ParameterError("SoundFonts of different names", received=received, remedy="rename one")
    return found


def _variants(piece: str, source: Path, soundfonts: list[Path], options: Options) -> Iterator[_Take]:
    """The recordings of one piece, by one SoundFont after the other, from one that its name decides."""
    shares = {"validation": options.validation_share, "test": options.test_share}
    split, first = split_by_hash(piece, shares, seed=options.seed), zlib.crc32(piece.encode())
    for number in range(options.variants):
        yield _Take(f"{piece}~{number + 1}", piece, split, source, soundfonts[(first + number) % len(soundfonts)])


def _record(take: _Take, audio: Path, labels: Path, options: Options) -> None:
    """Write recording and MIDI file of a take, unless current ones exist."""
    digest = _digest(take, options)
    _check_ours(audio, labels)
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
        raise TrackError("a SoundFont that sounds", received=f"silence from {take.soundfont.name}", remedy=remedy)
    normalized = (resample(y, sr, SR) * (PEAK / loudest)).clip(-1.0, 1.0)
    content = _rendering.encode_reproducible_ogg(normalized, SR, name=take.id, title=take.work, comment=digest)
    labels.unlink(missing_ok=True)  # Of other options: beside a recording with the new digest they would be current.
    write_atomic(audio, content, durable=True)  # First: it tells that both are rendered here.
    write_atomic(labels, _rendering.midi_file(notes, pedal), durable=True)


def _check_ours(audio: Path, labels: Path) -> None:
    """Raise where the name of a rendition is too long, or that of a file that was not rendered here."""
    if (n_bytes := len(os.fsencode(audio.name))) > LONGEST_NAME:
        expected = f"a piece whose renditions have names of {LONGEST_NAME} bytes at most"
        raise TrackError(expected, received=f"{n_bytes} in {audio.name}", remedy="rename the MIDI file")
    if audio.is_file() and _DIGEST.fullmatch(_rendering.comment_of(audio) or ""):
        return
    for path in (audio, labels):
        if os.path.lexists(path):
            remedy = "move the file away, or give another folder with --option recordings=FOLDER"
            raise TrackError("a name that no other file has", received=f"{path}, not rendered here", remedy=remedy)


def _performance(take: _Take, options: Options) -> tuple[Notes, NDArray[np.float64]]:
    """Notes (as keys are pressed and released) and pedal intervals of a take."""
    rng = np.random.default_rng([options.seed, zlib.crc32(take.id.encode())])
    if take.source is None:
        notes = renditions.single_notes(_velocities(options), _durations(options), gap=GAP, rng=rng)
        return notes, np.zeros((0, 2))
    written = midi.read(take.source)
    return renditions.rendition(written.notes, written.pedal, _rendition(options), rng)


def _rendition(options: Options) -> renditions.Params:
    return renditions.Params(**{each.name: getattr(options, each.name) for each in fields(renditions.Params)})


def _digest(take: _Take, options: Options) -> str:
    """A digest of all that a recording is made of."""
    source = hashlib.sha256(take.source.read_bytes()).hexdigest() if take.source else ""
    font = [take.soundfont.name, take.soundfont.stat().st_size]
    how: list[Any] = [_rendition(options)] if take.source else [options.velocities, options.durations]
    made_of = [RENDERING, renditions.VERSION, take.id, source, font, options.seed, *how]
    return hashlib.sha256(repr(made_of).encode()).hexdigest()


def _velocities(options: Options) -> tuple[int, ...]:
    """The velocities of the single notes."""
    numbers = _parse_numbers(options.velocities, int)
    if not numbers or not all(1 <= each <= 127 for each in numbers):
        expected, remedy = "option velocities: whole numbers from 1 to 127, with commas", "write them as 40,75,110"
        raise ParameterError(expected, received=repr(options.velocities), remedy=remedy)
    return numbers


def _durations(options: Options) -> tuple[float, ...]:
    """The durations of the single notes in seconds."""
    numbers = _parse_numbers(options.durations, float)
    if not numbers or not all(0 < each < math.inf for each in numbers):
        expected, remedy = "option durations: seconds above 0, with commas", "write them as 0.5,1.0"
        raise ParameterError(expected, received=repr(options.durations), remedy=remedy)
    return numbers


def _parse_numbers(text: str, kind: type[Number]) -> tuple[Number, ...]:
    """Numbers with commas between them; none where the text is something else."""
    try:
        return tuple(kind(each) for each in text.split(","))
    except ValueError:
        return ()


_CACHE: dict[Path, bytes] = {}


def _bytes(soundfont: Path) -> bytes:
    """The bytes of a SoundFont; those of the last one are cached."""
    if soundfont not in _CACHE:
        _CACHE.clear()
        _CACHE[soundfont] = soundfont.read_bytes()
    return _CACHE[soundfont]
