"""A seeded performer: renders a score in beats as key presses with expressive timing, dynamics and pedal.

Phrases are shaped in tempo and loudness as arches (Todd, "The dynamics of dynamics", JASA 1992), the melody leads
the other voices by some milliseconds (Goebl, "Melody lead in piano performance", JASA 2001), every key press
has its own jitter, and the pedal is changed just after the harmony (syncopated pedalling).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from mir_models.demo_music.score import Score, ScoreNote
from mir_models.notes.annotations import Notes

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Manner:
    """How a piece is played.

    Attributes
    ----------
    tempo : float
        Quarters per minute, before rubato.
    loudness : float
        MIDI velocity of a plain note in the middle of a phrase's arch.
    phrase_beats : float
        Quarters from one phrase to the next.
    pedal_beats : float
        Quarters between two changes of the sustain pedal; 0: no pedal.
    articulation : float
        Share of its length in the score that a key is held.
    rubato : float
        How much slower, as a share of the tempo, a phrase is at its ends than in its middle.
    jitter : float
        Standard deviation of a key press around its time, in seconds.
    melody_lead : float
        Seconds by which the highest note of a chord comes before the lowest.
    """

    tempo: float
    loudness: float = 68.0
    phrase_beats: float = 16.0
    pedal_beats: float = 0.0
    articulation: float = 0.92
    rubato: float = 0.12
    jitter: float = 0.008
    melody_lead: float = 0.018


@dataclass(frozen=True)
class Piece:
    """A composition: file `name`, `title`, `texture`, `split`, the `score` and the `manner` in which it is played."""

    name: str
    title: str
    texture: str
    split: str
    score: Score = field(repr=False)
    manner: Manner


@dataclass(frozen=True)
class Performance:
    """One work as it was played.

    Attributes
    ----------
    name : str
        File stem, e.g. ``"bach-prelude-bwv846"``.
    title, texture : str
        For display.
    split : {"train", "validation", "test"}
        The split of the corpus the work belongs to.
    notes : Notes
        Key presses and releases; the first press is at 0 s, and a key is released before it is pressed again.
    pedal : (m, 2) float64
        Intervals in seconds during which the sustain pedal is down, in order and apart.
    """

    name: str
    title: str
    texture: str
    split: str
    notes: Notes
    pedal: Floats


RELEASE_GAP = 0.02
"""Seconds for which a key is up before it is pressed again."""
PEDAL_LIFT = 0.09
"""Seconds for which the pedal is up at a change."""
_STEPS_PER_BEAT = 8


def perform(piece: Piece, *, seed: int) -> Performance:
    """The piece, played; the same piece and seed give the same performance."""
    rng = np.random.default_rng([seed, crc32(piece.name.encode())])
    score_notes = _one_per_key(piece.score)
    beats, seconds = _tempo_map(float(piece.score.beats), piece.manner, rng)
    onset_times = np.interp([float(note.beat) for note in score_notes], beats, seconds)
    onset_times += _asynchrony(score_notes, piece.manner, rng)
    start = onset_times.min()
    ends = np.interp([float(note.beat + note.length) for note in score_notes], beats, seconds)
    lengths = (ends - onset_times) * piece.manner.articulation * rng.normal(1.0, 0.04, len(score_notes))
    keys = np.array([note.pitch for note in score_notes])
    offset_times = _released(onset_times, onset_times + np.maximum(lengths, 0.05), keys)
    intervals = np.column_stack([onset_times, offset_times]) - start
    notes = Notes(intervals, keys, _velocities(score_notes, piece.manner, rng))
    pedal = _pedal(beats, seconds - start, piece.manner, rng)
    return Performance(piece.name, piece.title, piece.texture, piece.split, notes, pedal)


def _one_per_key(score: Score) -> list[ScoreNote]:
    """The notes by (beat, pitch); where two voices meet on one key, the longer note stands for both."""
    longest: dict[tuple[object, int], ScoreNote] = {}
    for note in sorted(score.notes, key=lambda note: (note.beat, note.pitch, note.length)):
        longest[note.beat, note.pitch] = note
    return list(longest.values())


def _arch(beats: Floats, phrase_beats: float) -> Floats:
    """0 at both ends of a phrase, 1 in its middle: a parabola."""
    return 1.0 - (2.0 * (beats / phrase_beats % 1.0) - 1.0) ** 2


def _tempo_map(n_beats: float, manner: Manner, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Beats and their times: phrase arches, a slow wander of about 2 %, and a broadening in the last four beats."""
    beats = np.arange(0, n_beats + 1, 1 / _STEPS_PER_BEAT)
    knots = np.arange(0, n_beats + 5, 4.0)
    wander = np.interp(beats, knots, rng.normal(0.0, 0.02, len(knots)))
    close = np.clip((beats - (n_beats - 4.0)) / 4.0, 0.0, 1.0) ** 2
    slowness = 1.0 + manner.rubato * (1.0 - _arch(beats, manner.phrase_beats)) + wander + 0.4 * close
    steps = slowness * 60.0 / manner.tempo / _STEPS_PER_BEAT
    return beats, np.concatenate([[0.0], np.cumsum(steps)[:-1]])


def _asynchrony(score_notes: list[ScoreNote], manner: Manner, rng: np.random.Generator) -> Floats:
    """Seconds by which each press misses its time: the melody's lead within its chord, and jitter up to 3 sigma."""
    jitter = np.clip(rng.normal(0.0, manner.jitter, len(score_notes)), -3 * manner.jitter, 3 * manner.jitter)
    return jitter - manner.melody_lead * _height(score_notes)


def _height(score_notes: list[ScoreNote]) -> Floats:
    """0 for the lowest note of a chord, 1 for its highest; 0 for a single note."""
    beats = np.array([float(note.beat) for note in score_notes])
    keys = np.array([note.pitch for note in score_notes], dtype=float)
    groups = np.unique(beats, return_inverse=True)[1]
    lowest, highest = np.full(groups.max() + 1, np.inf), np.full(groups.max() + 1, -np.inf)
    np.minimum.at(lowest, groups, keys)
    np.maximum.at(highest, groups, keys)
    return (keys - lowest[groups]) / np.maximum(highest - lowest, 1.0)[groups]


def _velocities(score_notes: list[ScoreNote], manner: Manner, rng: np.random.Generator) -> NDArray[np.int64]:
    """Loudness of the piece, shaped by the phrase, the voice, the metre and chance; 25 to 120."""
    beats = np.array([float(note.beat) for note in score_notes])
    weights = np.array([note.weight for note in score_notes])
    metre = np.where(beats % 1 == 0, 3.0, 0.0)
    shaped = manner.loudness + 16.0 * (_arch(beats, manner.phrase_beats) - 0.5) + weights + 6.0 * _height(score_notes)
    noisy = shaped + metre + rng.normal(0.0, 3.5, len(score_notes))
    return np.clip(np.rint(noisy), 25, 120).astype(np.int64)


def _released(onset_times: Floats, offset_times: Floats, keys: NDArray[np.int64]) -> Floats:
    """The offsets, with every key up `RELEASE_GAP` before its next press."""
    offset_times = offset_times.copy()
    for key in np.unique(keys):
        presses = np.flatnonzero(keys == key)
        presses = presses[np.argsort(onset_times[presses], kind="stable")]
        latest = onset_times[presses[1:]] - RELEASE_GAP
        offset_times[presses[:-1]] = np.minimum(offset_times[presses[:-1]], latest)
    return offset_times


def _pedal(beats: Floats, seconds: Floats, manner: Manner, rng: np.random.Generator) -> Floats:
    """(m, 2) pedal intervals: down `PEDAL_LIFT` after every change, up at the next one, with jitter."""
    if manner.pedal_beats == 0:
        return np.zeros((0, 2))
    changes = np.interp(np.arange(0, beats[-1], manner.pedal_beats), beats, seconds)
    changes = np.append(changes, seconds[-1])
    changes += np.clip(rng.normal(0.02, 0.01, len(changes)), 0.0, 0.04)
    intervals = np.column_stack([np.maximum(changes[:-1] + PEDAL_LIFT, 0.0), changes[1:]])
    return intervals[intervals[:, 1] > intervals[:, 0] + PEDAL_LIFT]
