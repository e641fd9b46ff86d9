"""The cause of every error: each note that is missed, added or found at the wrong time has exactly one.

Note onset F1 is :math:`2 m / (r + e)` of `m` pairs of `r` notes of the labels and `e` that were found. What it lacks to
1 is :math:`(r + e - 2 m) / (r + e)`: **every note without a pair costs** :math:`1 / (r + e)`, so the shares of the
causes sum up to what is lost. A note that is found within 150 ms but not within 50 is an error of time, and costs both
its notes. The cause is the first of a list that holds; the lists go from the particular to the general.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from experiments.real_pianos.contexts import (
    PARTIALS,
    AddedContexts,
    NoteContexts,
    added_contexts,
    note_contexts,
)
from experiments.real_pianos.experiment import Transcribed
from experiments.real_pianos.lags import constant_lags, lags_by_velocity
from experiments.real_pianos.pairing import WIDE
from mir_models.evaluation.metrics.note_level import ONSET_TOLERANCE
from mir_models.notes.annotations import N_KEYS

Mask = NDArray[np.bool_]
EDGE = 0.3
"""Seconds from the start of an excerpt in which notes are found that began before it."""
RESTRUCK = 0.3
"""Seconds since the end of a note in which its key has not come to rest."""
QUICK = 0.15
"""Seconds between two strokes of a key."""
SHORT = 0.05
"""Seconds: two frames, below which no note is written."""
ECHO = 1.0
"""Seconds after the end of a note in which its key is found again."""
LOUDER = 20
"""Steps of velocity by which other notes are louder."""
SOFT, BASS, CHORD, OCTAVE = 40, 48, 5, 12
ANY = tuple(range(-N_KEYS, N_KEYS))

MISSED: dict[str, Callable[[NoteContexts], Mask]] = {
    "struck again within 0.15 s": lambda each: each.since_stroke < QUICK,
    "label shorter than 50 ms": lambda each: each.notes.offset_times - each.notes.onset_times < SHORT,
    "partial of a note as loud": lambda each: each.at_partial,
    "softer by 20 steps than others within 0.5 s, below C3": lambda each: (
        (each.loudest - each.notes.velocities >= LOUDER) & (each.notes.pitches < BASS)
    ),
    "softer by 20 steps than others within 0.5 s": lambda each: each.loudest - each.notes.velocities >= LOUDER,
    "velocity below 40": lambda each: each.notes.velocities < SOFT,
    "below C3": lambda each: each.notes.pitches < BASS,
    "in a chord of 5 notes or more": lambda each: each.chord >= CHORD,
    "none of these": lambda each: np.ones(len(each.notes), dtype=bool),
}
"""What may be why a note is missed: of contexts of the labels."""
ADDED: dict[str, Callable[[AddedContexts], Mask]] = {
    "at the start of the excerpt": lambda each: each.onsets < EDGE,
    "a second time within 150 ms": lambda each: _any(each, 0, np.abs(each.later) <= WIDE),
    "octave above a note struck with it": lambda each: _any(each, OCTAVE, each.together),
    "octave below a note struck with it": lambda each: _any(each, -OCTAVE, each.together),
    "other partial of a note struck with it": lambda each: _any(each, PARTIALS, each.together),
    "again while it sounds": lambda each: _any(each, 0, each.sounding),
    "again within 1 s of its end": lambda each: _any(each, 0, (each.after_end > 0) & (each.after_end <= ECHO)),
    "partial of a note that sounds": lambda each: _any(each, PARTIALS, each.sounding),
    "struck with another note": lambda each: _any(each, ANY, each.together),
    "none of these": lambda each: np.ones(len(each.onsets), dtype=bool),
}
"""What may be why a note is added: of contexts of the notes that were found."""


@dataclass(frozen=True)
class Late:
    """Notes found at the wrong time, each (n_late,).

    Attributes
    ----------
    contexts : NoteContexts
        Of all notes of the labels.
    rows : int64
        Index of these among the notes of the labels.
    lags : float64
        Seconds that they are found later.
    constant, by_velocity : float64
        The lags that are expected: see :mod:`experiments.real_pianos.lags`.
    """

    contexts: NoteContexts
    rows: NDArray[np.int64]
    lags: NDArray[np.float64]
    constant: NDArray[np.float64]
    by_velocity: NDArray[np.float64]


TIMES: dict[str, Callable[[Late], Mask]] = {
    "the lag of the recording": lambda each: np.abs(each.lags - each.constant) <= ONSET_TOLERANCE,
    "a key struck again within 0.3 s of its end": lambda each: each.contexts.since_release[each.rows] <= RESTRUCK,
    "the lag of notes of like velocity": lambda each: np.abs(each.lags - each.by_velocity) <= ONSET_TOLERANCE,
    "none of these": lambda each: np.ones(len(each.rows), dtype=bool),
}
"""What may be why a note is found at another time."""
CAUSES = {"time": tuple(TIMES), "missed": tuple(MISSED), "added": tuple(ADDED)}
"""By kind of error."""
N_UNPAIRED = {"time": 2, "missed": 1, "added": 1}
"""Notes without a pair that an error leaves, by kind."""


@dataclass(frozen=True)
class Errors:
    """The errors of a recording by cause.

    Attributes
    ----------
    counts : dict of str to dict of str to int
        By kind and cause of `CAUSES`.
    n_pairs : int
        Notes of the labels that are found within 50 ms.
    n_notes : int
        Notes of the labels and notes found.
    n_labels : dict of str to int
        Notes of the labels, found or not, to which each cause of `MISSED` would be given.
    """

    counts: dict[str, dict[str, int]]
    n_pairs: int
    n_notes: int
    n_labels: dict[str, int]

    def lost(self, kind: str, cause: str) -> float:
        """The F1 that errors of a cause cost, in [0, 1]."""
        return N_UNPAIRED[kind] * self.counts[kind][cause] / self.n_notes if self.n_notes else 0.0

    def lost_by(self, *kinds: str) -> float:
        """The F1 that errors of some kinds cost; of all kinds what it lacks to 1."""
        return sum(self.lost(kind, cause) for kind in kinds for cause in CAUSES[kind])


@cache
def errors(found: Transcribed) -> Errors:
    """The errors of a recording."""
    ref, est, pairs = found.ref, found.est, found.pairs
    contexts = note_contexts(ref, found.released)
    rows, columns = pairs.late.T
    lags = est.onset_times[columns] - ref.onset_times[rows]
    late = Late(contexts, rows, lags, constant_lags(ref, est, pairs)[rows], lags_by_velocity(ref, est, pairs)[rows])
    of_labels = first_true(MISSED, contexts)
    counts = {
        "time": _counts(TIMES, first_true(TIMES, late)),
        "missed": _counts(MISSED, of_labels[pairs.missed]),
        "added": _counts(ADDED, first_true(ADDED, added_contexts(est.where(pairs.added), ref))),
    }
    return Errors(counts, len(pairs.right), len(ref) + len(est), _counts(MISSED, of_labels))


def added_by_chance(found: Transcribed, *, n_draws: int = 20, seed: int = 0) -> dict[str, float]:
    """The F1 that each cause of `ADDED` would cost if the added notes had pitches drawn from all notes found."""
    ref, est, rng = found.ref, found.est, np.random.default_rng(seed)
    contexts = added_contexts(est.where(found.pairs.added), ref)
    cost = 1 / (n_draws * max(1, len(ref) + len(est)))
    lost = dict.fromkeys(ADDED, 0.0)
    for _ in range(n_draws if len(contexts.onsets) else 0):
        steps = rng.choice(est.pitches, len(contexts.onsets))[:, None] - ref.pitches
        for cause, n in _counts(ADDED, first_true(ADDED, replace(contexts, steps=steps))).items():
            lost[cause] += cost * n
    return lost


def first_true(causes: Mapping[str, Callable[[Any], Mask]], contexts: Any) -> NDArray[np.int64]:
    """(n,) the number of the first cause that holds; the last holds always."""
    return np.argmax(np.stack([holds(contexts) for holds in causes.values()]), axis=0)


def _counts(causes: Mapping[str, object], numbers: NDArray[np.int64]) -> dict[str, int]:
    return dict(zip(causes, np.bincount(numbers, minlength=len(causes)).tolist(), strict=True))


def _any(contexts: AddedContexts, steps: int | tuple[int, ...], pairs: Mask) -> Mask:
    """Whether any of the pairs is so many semitones apart."""
    found: Mask = np.any(np.isin(contexts.steps, steps) & pairs, axis=1)
    return found
