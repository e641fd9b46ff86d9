"""Labels disturbed in known ways: pure functions, in which every note keeps its identity.

Time maps lead from the disturbed label time to audio time, as the maps do that a method is to find. Label times never
lie before 0, since in a MIDI file they cannot.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from mir_models.notes.annotations import LOWEST_PITCH, N_KEYS, Notes
from mir_models.notes.time_map import TimeMap

LARGEST_LAG = 3.0
"""Seconds."""
TEMPO = (0.97, 1.03)
"""Smallest and largest ratio of audio time to label time."""
KNOT_SECONDS = 4.0
"""Between two tempi that are drawn for a warp."""
STEP = 0.1
"""Seconds of label time in which the tempo of a warp is constant."""
JUMP = 1e-3
"""Seconds of label time before a cut in which the truth jumps: a time map has no steps."""


@dataclass(frozen=True, eq=False)
class Labels:
    """Notes as a method receives them, and the truth about them.

    Attributes
    ----------
    notes : Notes
        In label time.
    onsets : (n,) float64
        Where each note begins in the recording, in seconds; NaN for a note that is not in it.
    truth : TimeMap or None
        From label time to audio time; None where there is none.
    """

    notes: Notes
    onsets: NDArray[np.float64]
    truth: TimeMap | None

    def where(self, keep: NDArray[np.bool_]) -> Labels:
        """The notes for which `keep`, a boolean (n,), is true."""
        return replace(self, notes=self.notes.where(keep), onsets=self.onsets[keep])


def exact(notes: Notes, *, duration: float) -> Labels:
    """Labels in audio time; what lies outside the `duration` seconds of the recording is not in it."""
    onsets = notes.onset_times
    inside = (onsets >= 0) & (onsets < duration)
    return Labels(notes, np.where(inside, onsets, np.nan), TimeMap.shift(0.0))


def offset(rng: np.random.Generator, notes: Notes) -> TimeMap:
    """A lag from -3 s to 3 s, or to the first onset where that is earlier."""
    return TimeMap.shift(_lag(rng, notes))


def tempo(rng: np.random.Generator, notes: Notes) -> TimeMap:
    """A lag, and a tempo ratio from 0.97 to 1.03."""
    return TimeMap.line(_lag(rng, notes), rng.uniform(*TEMPO))


def warp(rng: np.random.Generator, notes: Notes, *, share: float) -> TimeMap:
    """A lag, and a tempo ratio that wanders.

    At every 4 s of label time the ratio is drawn uniformly from ``1 - share`` to ``1 + share``; between them it is
    interpolated linearly, taken as constant over 0.1 s, and integrated.
    """
    lag = _lag(rng, notes)
    end = (notes.duration - lag) / (1 - share) + KNOT_SECONDS
    knots = np.arange(0.0, end + KNOT_SECONDS, KNOT_SECONDS)
    times = np.arange(0.0, end, STEP)
    ratios = np.interp(times[:-1] + STEP / 2, knots, rng.uniform(1 - share, 1 + share, len(knots)))
    return TimeMap(np.c_[times, lag + np.r_[0.0, np.cumsum(ratios * STEP)]])


def _lag(rng: np.random.Generator, notes: Notes) -> float:
    highest = min(LARGEST_LAG, float(notes.onset_times.min()))
    return float(rng.uniform(min(-LARGEST_LAG, highest - LARGEST_LAG), highest))


def retimed(labels: Labels, truth: TimeMap) -> Labels:
    """Exact labels, moved such that `truth` brings them back."""
    return replace(labels, notes=truth.inverse().moved(labels.notes), truth=truth)


def jittered(rng: np.random.Generator, labels: Labels, *, seconds: float) -> Labels:
    """Every note moved by its own uniform error of at most `seconds`; durations stay."""
    errors = rng.uniform(-seconds, seconds, len(labels.notes))
    intervals = labels.notes.intervals + errors[:, None]
    early = np.minimum(intervals[:, :1], 0.0)  # What would begin before 0 begins at 0.
    return _timed(labels, intervals - early)


def dropped(rng: np.random.Generator, labels: Labels, *, share: float) -> Labels:
    """A random `share` of the notes missing."""
    keep = np.ones(len(labels.notes), dtype=bool)
    keep[rng.choice(len(keep), round(share * len(keep)), replace=False)] = False
    return labels.where(keep)


def added(rng: np.random.Generator, labels: Labels, *, share: float) -> Labels:
    """A `share` more notes, at random times and on random keys within the ambitus, with durations of the others."""
    notes = labels.notes
    n = round(share * len(notes))
    onsets = rng.uniform(notes.onset_times.min(), notes.onset_times.max(), n)
    like = rng.integers(len(notes), size=n)
    durations = notes.offset_times[like] - notes.onset_times[like]
    pitches = rng.integers(notes.pitches.min(), notes.pitches.max() + 1, n)
    more = Notes(np.c_[onsets, onsets + durations], pitches, notes.velocities[like])
    return _joined(labels, more)


def transposed(labels: Labels, *, semitones: int) -> Labels:
    """Every note `semitones` higher; without those that leave the piano."""
    notes = labels.notes
    pitches = notes.pitches + semitones
    on_keys = (pitches >= LOWEST_PITCH) & (pitches < LOWEST_PITCH + N_KEYS)
    return replace(labels, notes=replace(notes, pitches=pitches)).where(on_keys)


def cut(rng: np.random.Generator, labels: Labels) -> Labels:
    """Without 20 to 30 % of the notes in the middle; the rest moves up, as where the recording has a repeat more."""
    onsets = labels.notes.onset_times
    first = rng.uniform(0.3, 0.45)
    start, stop = onsets[(len(onsets) * np.array([first, first + rng.uniform(0.2, 0.3)])).astype(int)]
    kept = labels.where((onsets < start) | (onsets >= stop))
    intervals = kept.notes.intervals
    moved = _timed(kept, intervals - np.where(intervals[:, :1] >= stop, stop - start, 0.0))
    return replace(moved, truth=_without(labels.truth, float(start), float(stop)))


def ended_early(labels: Labels, *, share: float) -> Labels:
    """The first `share` of the notes only: the recording goes on."""
    return labels.where(np.arange(len(labels.notes)) < round(share * len(labels.notes)))


def _without(truth: TimeMap | None, start: float, stop: float) -> TimeMap | None:
    """The truth of labels of which the time from `start` to `stop` was cut out."""
    if truth is None or stop <= start:
        return truth
    times = np.unique(np.r_[truth.knots[:, 0], start - 1, start - JUMP, stop, stop + 1])
    before, after = times[times <= start - JUMP], times[times >= stop]
    return TimeMap(np.c_[np.r_[before, after - (stop - start)], truth(np.r_[before, after])])


def _joined(labels: Labels, more: Notes) -> Labels:
    """`labels` and notes that are not in the recording."""
    both = (labels.notes, more)
    intervals = np.concatenate([notes.intervals for notes in both])
    pitches = np.concatenate([notes.pitches for notes in both])
    velocities = np.concatenate([notes.velocities for notes in both])
    onsets = np.r_[labels.onsets, np.full(len(more), np.nan)]
    order = _order(intervals, pitches)
    return replace(labels, notes=Notes(intervals, pitches, velocities), onsets=onsets[order])


def _timed(labels: Labels, intervals: NDArray[np.float64]) -> Labels:
    """`labels` with other times."""
    order = _order(intervals, labels.notes.pitches)
    return replace(labels, notes=replace(labels.notes, intervals=intervals), onsets=labels.onsets[order])


def _order(intervals: NDArray[np.float64], pitches: NDArray[np.int64]) -> NDArray[np.int64]:
    """The order into which `Notes` will bring its rows."""
    return np.lexsort((intervals[:, 1], pitches, intervals[:, 0]))
