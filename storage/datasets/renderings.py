"""Renderings: MIDI performances of one's own, played here by SoundFonts or sampled pianos, with labels that are exact.

::

    root/**/x.mid                    or --option midi=FOLDER
    root/renderings/**/x~1.ogg       rendered on first use, or --option recordings=FOLDER
    root/renderings/**/x~1.mid       what was played: the labels

A piece can be played several times (``variants``): each time by the next of the instruments and, by options, in part,
transposed, at another tempo, or with other velocities. With ``velocities`` there is a recording of the single
notes of all keys for each instrument, which only trains. A recording has the digest of all that it was made of as
its comment: current recordings are kept, others are rendered again. A SoundFont is identified by its name and size,
a sampled piano by its table as well.

The piano is the first preset of a SoundFont. A sampled piano is a folder with a table of samples
(`storage.media.sampled_pianos`). All variants of a piece are one work.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace
from functools import partial
from pathlib import Path, PurePath
from typing import Any, TypeVar

from mir_models.errors import MirlitonError, ParameterError, TrackError
from mir_models.notes import renditions
from mir_models.option_ranges import check_amount
from mir_models.synthesis import performance, tuning
from storage import progress
from storage.corpora.files import MIDI_SUFFIXES, names_by_id, single_name, visible_files
from storage.corpora.listing import Listing, Promises, TrackFiles
from storage.corpora.recordings import SUFFIXES, midi_by_id, sentence
from storage.corpora.splits import split_by_hash
from storage.datasets import _takes
from storage.datasets._instruments import Instrument, forget_instruments, instruments
from storage.datasets._takes import Recipe, Take
from storage.media import sampled_pianos
from storage.workers.cores import available_cores
from storage.workers.processes import map_unordered

NAME = "renderings"
VERSION = 1
DESCRIPTION = "your own MIDI performances, rendered here by SoundFonts or sampled pianos, single notes on request"
LICENCE = "that of the MIDI files, and of the SoundFonts or samples where it requires more"
CITATION = "none: cite the sources of your MIDI files, SoundFonts and samples"
HOMEPAGE = "none: the recordings are made on your machine"
KINDS = ("notes", "instrument")
DOWNLOADS = ()
PROMISES = Promises(KINDS, labels_exact=True, official_splits=True)
SINGLE_NOTES = "single notes"
"""The work of the single notes."""
LONGEST_LEAD_IN = 600.0
"""Seconds."""
MOST_PROCESSES = 1024
CHUNK = 8
"""Recordings that a process is given at a time, at most."""

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
        Paths of ``.sf2`` files, with commas; empty, and no pianos: TimGM6mb, which comes with pretty_midi.
    pianos : str
        Folders of sampled pianos, with commas.
    tunings : int >= 1
        Of each sampled piano.
    detuning, stretch, unison : float
        How much its tunings differ; see `mir_models.synthesis.tuning.Params`.
    tuning, dynamics, scatter, voicing, release, long_release, bass_release, resonance, noise : float
        Of sampled pianos; see `mir_models.synthesis.performance.Params`.
    variants : int >= 1
        Recordings of each piece.
    seconds, transposition, velocity_curve, velocity_spread, softer, louder, tempo : float, int, float …
        See `mir_models.notes.renditions.Params`.
    velocities : str
        Of the single notes, with commas, e.g. ``40,75,110``; empty: no single notes.
    durations : str
        Of the single notes in seconds, with commas.
    lead_in : float
        Longest silence in seconds before a recording, which its labels do not know of: they have to be aligned then.
    format : {"ogg", "flac"}
        Of the recordings.
    processes : int >= 0
        That render; 0: one per core.
    validation_share, test_share : float in [0, 1)
        Shares of the pieces.
    seed : int
        Of the splits and of what is drawn.
    licence : str
        Of MIDI files and instruments together: goes to the model card.
    """

    midi: str = ""
    recordings: str = "renderings"
    soundfonts: str = ""
    pianos: str = ""
    tunings: int = 4
    detuning: float = 1.0
    stretch: float = 2.0
    unison: float = 0.5
    tuning: float = 5.0
    dynamics: float = 0.1
    scatter: float = 0.0
    voicing: float = 5.0
    release: float = 0.3
    long_release: float = 0.0
    bass_release: float = 0.0
    resonance: float = 0.05
    noise: float = 0.003
    variants: int = 1
    seconds: float = 0.0
    transposition: int = 0
    velocity_curve: float = 0.0
    velocity_spread: float = 0.0
    softer: float = 0.0
    louder: float = 0.0
    tempo: float = 0.0
    velocities: str = ""
    durations: str = "1.0"
    lead_in: float = 0.0
    format: str = "ogg"
    processes: int = 1
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
        check_amount("lead_in", self.lead_in, LONGEST_LEAD_IN)
        check_amount("processes", self.processes, MOST_PROCESSES, remedy="give 0 for one per core")
        if self.durations != Options.durations and not self.velocities:
            remedy = "give velocities of the single notes, e.g. --option velocities=40,75,110"
            raise ParameterError("option durations with option velocities", received="no velocities", remedy=remedy)
        if self.format not in _takes.FORMATS:
            expected = f"option format: one of {', '.join(_takes.FORMATS)}"
            raise ParameterError(expected, received=repr(self.format), remedy="choose one")
        _check_pianos(self)
        _recipe(self)  # Its parts refuse values that they cannot have.


OF_PIANOS = ("tunings", *(each.name for params in (performance.Params, tuning.Params) for each in fields(params)))
"""Options without effect on SoundFonts."""


def _check_pianos(options: Options) -> None:
    """Raise where options of sampled pianos cannot have an effect."""
    changed = [name for name in OF_PIANOS if getattr(options, name) != getattr(Options, name)]
    if changed and not options.pianos:
        received = f"{changed[0]}={getattr(options, changed[0])} and no pianos"
        remedy = "give the folders of sampled pianos with --option pianos=…, or leave the option out"
        raise ParameterError(f"option {changed[0]} with option pianos", received=received, remedy=remedy)
    if options.tunings < 1:
        raise ParameterError("option tunings >= 1", received=options.tunings, remedy="give 1 for one tuning")


def licence(options: Options) -> str:
    """The licence given as an option, else `LICENCE`."""
    return options.licence or LICENCE


def lead_in(id: str, options: Options) -> float:
    """The lag in seconds of the labels of the recording with this id."""
    return _takes.lead_in(id, _recipe(options))


def tracks(root: Path, options: Options) -> Listing:
    """All recordings, sorted by id; missing and outdated ones are rendered first.

    Returns
    -------
    Listing
        Ids are ``<piece>~<variant>`` and ``single notes~<instrument>``; in ``refused`` pieces that cannot be played.

    Raises
    ------
    MirlitonError
        When a folder or an instrument is none, when there is no MIDI file, or the renderer is not installed.
    """
    folder = root / options.recordings
    takes, refused = _all_takes(root, options)
    refused |= _record(takes, folder, options)
    listed = [_track(take, folder, options) for take in takes if take.id not in refused]
    notices = sentence(_recordings(root, options), "recording", "not used", "take the loader folder for recordings")
    in_order = sorted(listed, key=lambda track: track.id)
    promises = replace(PROMISES, labels_exact=not options.lead_in)
    return Listing(in_order, promises, refused=dict(sorted(refused.items())), notices=notices)


def _track(take: Take, folder: Path, options: Options) -> TrackFiles:
    audio, labels = _files(take, folder, options.format)
    return TrackFiles(take.id, audio, take.work, {"notes": labels}, take.split, {"instrument": take.instrument.name})


def _files(take: Take, folder: Path, suffix: str) -> tuple[Path, Path]:
    """Recording and MIDI file of a take."""
    return folder / f"{take.id}.{suffix}", folder / f"{take.id}.mid"


def _record(takes: Sequence[Take], folder: Path, options: Options) -> dict[str, str]:
    """Write what is missing or outdated of some takes; the reason by id of those that cannot be recorded."""
    recipe = _recipe(options)
    pending = [take for take in takes if not _takes.is_current(take, recipe, *_files(take, folder, options.format))]
    for piano in sorted({take.instrument.path for take in pending if take.instrument.is_sampled}):
        sampled_pianos.check_files(piano)  # Before hours of rendering, not when it is its turn.
    n_processes = min(options.processes or available_cores(), len(pending))
    refused = {}
    for done, (id, reason) in enumerate(_recorded(pending, recipe, folder, n_processes), start=1):
        progress.report("rendering", len(takes) - len(pending) + done, len(takes), id)
        if reason:
            refused[id] = reason
    return refused


Outcome = tuple[str, str]
"""Id of a take, and why it cannot be recorded; empty where it is."""


def _recorded(takes: Sequence[Take], recipe: Recipe, folder: Path, n_processes: int) -> Iterator[Outcome]:
    """Record takes one after the other, or some in each process; the instruments of the last ones are released."""
    if n_processes <= 1:
        try:
            yield from (_outcome(take, recipe, folder) for take in takes)
        finally:
            forget_instruments()
        return
    n = min(CHUNK, math.ceil(len(takes) / n_processes))
    chunks = [takes[first : first + n] for first in range(0, len(takes), n)]
    for outcomes in map_unordered(partial(_outcomes, recipe=recipe, folder=folder), chunks, n_processes):
        yield from outcomes


def _outcomes(takes: Sequence[Take], *, recipe: Recipe, folder: Path) -> list[Outcome]:
    return [_outcome(take, recipe, folder) for take in takes]


def _outcome(take: Take, recipe: Recipe, folder: Path) -> Outcome:
    """Record a take."""
    try:
        _takes.record(take, recipe, *_files(take, folder, recipe.format))
    except TrackError as error:
        return take.id, str(error)
    return take.id, ""


def _recipe(options: Options) -> Recipe:
    """What all takes have in common."""
    return Recipe(
        renditions.Params(**_shared(options, renditions.Params)),
        performance.Params(**_shared(options, performance.Params)),
        tuning.Params(**_shared(options, tuning.Params)),
        velocities=_velocities(options) if options.velocities else (),
        durations=_durations(options) if options.velocities else (),
        lead_in=float(options.lead_in),
        format=options.format,
        seed=options.seed,
    )


def _shared(options: Options, params: type[Any]) -> dict[str, Any]:
    """The options with the names of parameters; ``2`` is ``2.0`` where that is a float: digests are of their text."""
    names = [each.name for each in fields(params)]
    return {name: type(getattr(Options, name))(getattr(options, name)) for name in names}


def _all_takes(root: Path, options: Options) -> tuple[list[Take], dict[str, str]]:
    """The recordings to be rendered, by instrument, and the reason by piece of those with two MIDI files."""
    played, pieces = instruments(options.soundfonts, options.pianos), _pieces(root, options)
    takes: list[Take] = []
    refused = {}
    for piece, names in pieces.items():
        try:
            takes += _variants(piece, root / options.midi / single_name(names), played, options)
        except TrackError as error:
            refused[piece] = str(error)
    if options.velocities:
        takes += [Take(f"{SINGLE_NOTES}~{each.name}", SINGLE_NOTES, "train", None, each) for each in played]
    return sorted(takes, key=lambda take: (take.instrument.path, take.tuning, take.id)), refused


def _pieces(root: Path, options: Options) -> dict[str, list[str]]:
    """Names of the MIDI files by piece, without those that were rendered here."""
    folder = root / options.midi
    if not folder.is_dir():
        remedy = "give --root the folder of the MIDI files, or --option midi=FOLDER"
        raise MirlitonError("a folder of MIDI files", received=f"{folder}, which is none", remedy=remedy)
    if folder.resolve().is_relative_to((root / options.recordings).resolve()):
        remedy = "give another folder with --option recordings=FOLDER"
        expected = "recordings in a folder in which the MIDI files to render are not"
        raise ParameterError(expected, received=repr(options.recordings), remedy=remedy)
    found = midi_by_id(_names(root, options))
    if not found:
        remedy = f"put performances in it ({', '.join(MIDI_SUFFIXES)}), or correct the path"
        raise MirlitonError("MIDI files to render", received=f"none below {folder}", remedy=remedy)
    return found


def _names(root: Path, options: Options) -> list[str]:
    """Names of the files in the folder of the MIDI files, without renderings: these, and those of other datasets."""
    folder, ours = root / options.midi, (root / options.recordings).resolve()
    names = [name for name in visible_files(folder) if not (folder / name).resolve().is_relative_to(ours)]
    audio = [name for name in names if name.endswith(tuple(f".{each}" for each in _takes.FORMATS))]
    rendered = {PurePath(name).with_suffix("") for name in audio if _takes.is_rendering(folder / name)}
    return [name for name in names if PurePath(name).with_suffix("") not in rendered]


def _recordings(root: Path, options: Options) -> list[str]:
    """Names of the recordings among them."""
    return [name for each in names_by_id(_names(root, options), SUFFIXES).values() for name in each]


def _variants(piece: str, source: Path, played_by: list[Instrument], options: Options) -> Iterator[Take]:
    """The recordings of one piece, by one instrument after the other, from one that its name decides."""
    shares = {"validation": options.validation_share, "test": options.test_share}
    split, first = split_by_hash(piece, shares, seed=options.seed), zlib.crc32(piece.encode())
    for number in range(options.variants):
        played, instrument = divmod(first + number, len(played_by))
        yield Take(f"{piece}~{number + 1}", piece, split, source, played_by[instrument], played % options.tunings)


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
