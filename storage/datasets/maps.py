"""MAPS: piano recordings with exact labels, in the corpus' own layout.

Nine pianos: seven virtual ones and a Yamaha Disklavier, recorded close (ENSTDkCl) and in the room (ENSTDkAm). Each has
four sets, and every file name has its set, its content and its piano::

    <piano>/MUS/MAPS_MUS-alb_se3_AkPnBcht.wav                                        pieces
    <piano>/ISOL/NO/MAPS_ISOL_NO_F_S0_M23_AkPnBcht.wav                               NO, LG, ST, RE: notes
    <piano>/ISOL/CH/MAPS_ISOL_CH0.1_F_AkPnBcht.wav                                   CH, TR1, TR2: scales, trills
    <piano>/RAND/M21-108/I32-96/P2/MAPS_RAND_P2_M21-108_I32-96_S1_n40_AkPnBcht.wav   random chords of 2 to 7 notes
    <piano>/UCHO/I32-96/C0-5-9/MAPS_UCHO_C0-5-9_I32-96_S0_n13_AkPnBcht.wav           usual chords of 2 to 5 notes

(P, M, F: loudness; S1: with the sustain pedal; M23: MIDI number; I32-96: range of velocities). The audio may have been
transcoded (``.flac``, ``.ogg``, ``.mp3``). The corpus was distributed as archives ``MAPS_<piano>_<number>``, and as
``<piano>.zip`` with ENSTDkAm in two; the folders of the archives may stand above the pianos, since only file names
count. No source was found for the number of archives; the 31 that is quoted of MAPS are gigabytes.

Beside each recording lie ``.mid``, with the sustain pedal as control changes, and ``.txt``: a header and one line
``OnsetTime OffsetTime MidiPitch`` per note, tab separated, in seconds, the pedal contained in the offsets and no
velocity (here 64). A recording without the chosen one is listed without notes, and so goes to quarantine.

The class ``instrument`` is the piano, ``composer`` who composed a piece, where its name shows it
(:mod:`storage.datasets._maps_composers`).

Two splits of the pieces, both without a work on two sides. ``configuration_2`` (Sigtia, Benetos and Dixon, IEEE/ACM
TASLP 24(5), 2016; Hawthorne et al., ISMIR 2018) tests on both Disklavier sets and trains on the virtual pianos.
``leave_piano`` tests on one piano, where the Disklavier sets are not at hand. Both validate on a share of the works
that remain, chosen by a seeded hash of the work. Notes and chords only train, and only those of pianos that are not
tested on: a network trained on single notes of the test piano would be tested on another task.
"""

from __future__ import annotations

import math
import os
import re
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from mir_models.errors import MirlitonError, ParameterError, TrackError
from mir_models.notes.annotations import Notes
from storage.corpora.files import check_validation_share, visible_files
from storage.corpora.listing import Listing, Promises, TrackFiles
from storage.corpora.recordings import suffixes_after
from storage.corpora.splits import split_by_hash
from storage.datasets._maps_composers import composer
from storage.media import midi
from storage.media.midi import Performance

NAME = "maps"
VERSION = 1
DESCRIPTION = "MAPS: piano pieces, notes and chords on virtual pianos and a Disklavier, labels exact"
LICENCE = "CC BY-NC-SA 2.0 FR"
CITATION = (
    "V. Emiya, R. Badeau and B. David, Multipitch estimation of piano sounds using a new probabilistic "
    "spectral smoothness principle, IEEE TASLP 18(6), 2010"
)
HOMEPAGE = "https://adasp.telecom-paris.fr/resources/2010-07-08-maps-database/"
KINDS = ("notes", "instrument", "composer")
# Access is given on request at HOMEPAGE. The archives on a share of the first author's university have no names in
# their addresses and no checksums by their owners.
DOWNLOADS = ()
PROMISES = Promises(("notes", "instrument"), labels_exact=True, pedal="separate", official_splits=True)
PEDAL = {"mid": "separate", "txt": "applied"}
"""By extension of the labels, where the sustain pedal is."""
SUBSETS = ("MUS", "ISOL", "RAND", "UCHO")
SPLITS = ("auto", "configuration_2", "leave_piano")
DISKLAVIER = ("ENSTDkAm", "ENSTDkCl")
SUFFIXES = suffixes_after(".wav", ".flac", ".ogg", ".mp3")
"""Of a recording in several formats, the first is used."""
VELOCITY = 64
"""Of every note in a ``.txt``, which has none."""

_NAME = re.compile(r"MAPS_(?P<subset>MUS(?=-)|(?:ISOL|RAND|UCHO)(?=_)).(?P<content>.+)_(?P<piano>[^_]+)")


@dataclass(frozen=True)
class Options:
    """Which part of the corpus, which labels, and how it is split.

    Attributes
    ----------
    subsets : str
        ``MUS``, ``ISOL``, ``RAND``, ``UCHO``, several with commas, or ``all``.
    labels : {"mid", "txt"}
        Extension of the label files.
    split : {"auto", "configuration_2", "leave_piano"}
        ``auto``: the first of the two for which there are recordings to test on.
    test_piano : str
        The piano that ``leave_piano`` tests on.
    validation_share : float in [0, 1)
        Share of the remaining works that validate.
    seed : int
        Of the choice of validation works.
    """

    subsets: str = "MUS"
    labels: str = "mid"
    split: str = "auto"
    test_piano: str = "SptkBGAm"
    validation_share: float = 0.12
    seed: int = 0

    def __post_init__(self) -> None:
        known = {"labels": tuple(PEDAL), "split": SPLITS, "subsets": (*SUBSETS, "all")}
        given = [("labels", self.labels), ("split", self.split), *(("subsets", name) for name in _names(self.subsets))]
        for option, value in given:
            if value not in known[option]:
                remedy = f"choose among {', '.join(known[option])}"
                raise ParameterError(f"an option {option}", received=repr(value), remedy=remedy)
        check_validation_share(self.validation_share)


@dataclass(frozen=True)
class _Recording:
    """A recording by its file name: set, piano, and what is played."""

    subset: str
    piano: str
    work: str

    @property
    def id(self) -> str:
        return f"{self.piano}/{self.work}"


def tracks(root: Path, options: Options) -> Listing:
    """The recordings below `root` under a split.

    Returns
    -------
    Listing
        Ids are ``<piano>/<work>``, and of notes and chords ``<piano>/ISOL_NO_F_S0_M23``. In ``dropped`` are pieces on
        other pianos of works that are tested on, and the notes and chords of the pianos that are tested on; in
        ``refused`` recordings that exist twice.
    """
    subsets = SUBSETS if "all" in _names(options.subsets) else _names(options.subsets)
    audio, labels = _files(root, options.labels)
    chosen = {each: paths for each, paths in audio.items() if each.subset in subsets}
    tested = _tested_pianos(root, options, chosen)
    works = {each.work for each in audio if each.piano in tested}
    dropped = {each.id: reason for each in chosen if (reason := _why_dropped(each, tested, works))}
    kept = {each: paths for each, paths in chosen.items() if each.id not in dropped}
    refused = {each.id: reason for each, paths in kept.items() if (reason := _why_refused(root, paths))}
    usable = sorted((each for each in kept if each.id not in refused), key=lambda each: each.id)
    return Listing(
        [_track(each, *_best(root, kept[each], labels), tested, options) for each in usable],
        replace(PROMISES, pedal=PEDAL[options.labels]),
        dict(sorted(dropped.items())),
        dict(sorted(refused.items())),
    )


def read_notes(path: Path, options: Options) -> Performance:
    """The notes in a label file; of a ``.txt`` without pedal, and all of velocity 64.

    Raises
    ------
    TrackError
        When the file cannot be read, has no note, or a line that is none.
    """
    if path.suffix.lower() != ".txt":
        return midi.read(path)
    try:
        text = path.read_text(encoding="utf-8-sig", errors="replace")
    except OSError as error:
        raise TrackError("a readable label file", received=error, remedy="copy it again") from error
    lines = [(number, line) for number, line in enumerate(text.splitlines(), start=1) if line.strip()]
    header = bool(lines) and lines[0][1].startswith("OnsetTime")
    table = np.array([_note(path, number, line) for number, line in lines[header:]], dtype=np.float64)
    if not len(table):
        raise TrackError("a table with notes", received=f"no note in {path.name}", remedy="copy it again")
    notes = Notes(table[:, :2], table[:, 2].astype(np.int64), np.full(len(table), VELOCITY))
    return Performance(notes, np.zeros((0, 2)))


def _note(path: Path, number: int, line: str) -> tuple[float, float, float]:
    """Onset, offset and pitch in a line."""
    try:
        onset, offset, pitch = (float(field) for field in line.split("\t"))
    except ValueError:
        onset = offset = pitch = math.nan
    if not (math.isfinite(onset) and onset <= offset < math.inf and pitch in range(128)):
        remedy = "copy the file again, or correct the line"
        received = f"line {number} of {path.name}: {line[:80]!r}"
        raise TrackError("a line of onset, offset not before it, and MIDI pitch", received=received, remedy=remedy)
    return onset, offset, pitch


def _names(subsets: str) -> tuple[str, ...]:
    """The sets that an option names."""
    return tuple(name.strip() for name in subsets.split(","))


def _files(root: Path, labels: str) -> tuple[dict[_Recording, list[str]], dict[str, str]]:
    """The names of the audio files of every recording, and those of the label files by name without extension."""
    if not root.is_dir():
        remedy = "give --root the folder that holds the pianos' folders (AkPnBcht, …)"
        raise MirlitonError("the folder of the MAPS corpus", received=str(root), remedy=remedy)
    audio: dict[_Recording, list[str]] = {}
    scores: dict[str, str] = {}
    for path in visible_files(root):
        stem, suffix = os.path.splitext(path)
        if suffix.lower() in SUFFIXES and (name := _NAME.fullmatch(stem.rpartition("/")[2])):
            work = name["content"] if name["subset"] == "MUS" else f"{name['subset']}_{name['content']}"
            audio.setdefault(_Recording(name["subset"], name["piano"], work), []).append(path)
        elif suffix.lower() == f".{labels}":
            scores[stem] = path
    return audio, scores


def _tested_pianos(root: Path, options: Options, chosen: dict[_Recording, list[str]]) -> tuple[str, ...]:
    """The pianos that are tested on; each has recordings, and pieces where pieces are chosen."""
    pieces = {each.piano for each in chosen if each.subset == "MUS"}
    found = pieces or {each.piano for each in chosen}
    rule = options.split
    if rule == "auto":
        rule = "configuration_2" if found.issuperset(DISKLAVIER) else "leave_piano"
    tested = DISKLAVIER if rule == "configuration_2" else (options.test_piano,)
    for piano in tested:
        if piano not in found:
            names = ", ".join(sorted(found)) or "none"
            other = "split=leave_piano --option test_piano=…" if rule == "configuration_2" else "test_piano=…"
            remedy = f"choose --option {other} among the pianos found ({names}), or check --root"
            raise ParameterError(f"recordings of the piano {piano!r} in {root}", received="none", remedy=remedy)
    return tested


def _why_dropped(each: _Recording, tested: tuple[str, ...], works: set[str]) -> str | None:
    """Why the protocol leaves a recording out, or None."""
    if each.subset != "MUS":
        return "notes and chords only train, and its piano is tested on" if each.piano in tested else None
    if each.piano not in tested and each.work in works:
        return f"its work is tested on {' and '.join(tested)}"
    return None


def _why_refused(root: Path, paths: list[str]) -> str | None:
    """Why a recording cannot be used, or None."""
    if len({os.path.dirname(path) for path in paths}) == 1:
        return None
    received = " and ".join(str(root / path) for path in sorted(paths))
    return str(TrackError("each recording once", received=received, remedy="keep one of the folders below --root"))


def _best(root: Path, paths: list[str], labels: dict[str, str]) -> tuple[Path, dict[str, Path]]:
    """The recording in the first of the formats, and the labels of its name beside it."""
    path = min(paths, key=lambda path: (SUFFIXES.index(os.path.splitext(path)[1].lower()), path))
    score = labels.get(os.path.splitext(path)[0])
    return root / path, {"notes": root / score} if score else {}


def _track(
    each: _Recording, audio: Path, labels: dict[str, Path], tested: tuple[str, ...], options: Options
) -> TrackFiles:
    return TrackFiles(each.id, audio, each.work, labels, _split(each, tested, options), _classes(each))


def _classes(each: _Recording) -> dict[str, str]:
    """The piano, and the composer of a piece, where its name shows it."""
    by = composer(each.work) if each.subset == "MUS" else None
    return {"instrument": each.piano} | ({"composer": by} if by else {})


def _split(each: _Recording, tested: tuple[str, ...], options: Options) -> str:
    if each.subset != "MUS":
        return "train"
    rest = {"validation": options.validation_share}
    return "test" if each.piano in tested else split_by_hash(each.work, rest, seed=options.seed)
