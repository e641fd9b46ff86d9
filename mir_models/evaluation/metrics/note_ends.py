"""Ends of notes: of those found by their onsets, what of their length was found, by how long they are.

A long note whose end is off by a second has the same F1 with offsets as one whose end is off by a tenth of that; here
the share of its length counts. An end is right within the tolerance of the note scores
(:mod:`mir_models.evaluation.metrics.note_level`).
"""

from __future__ import annotations

from typing import TypedDict

import numpy as np
from numpy.typing import NDArray

from mir_models.evaluation.metrics.note_level import MIN_DURATION, OFFSET_MIN_TOLERANCE, OFFSET_RATIO, matches
from mir_models.notes.annotations import Notes

DURATIONS = (0.0, 0.125, 0.25, 0.5, 1.0, 2.0, 4.0)
"""Seconds at which the classes of true durations begin; the last is open."""
EARLY, RIGHT, LATE = -1, 0, 1
"""Kinds of ends, as `end_kinds` gives them."""


class DurationEnds(TypedDict):
    """Ends of the notes whose true duration is within ``shortest`` and ``longest`` seconds (None: any).

    ``n`` of them were found, of which so many end too ``early``, ``right`` and too ``late``; ``found_share`` is the
    part of their true length that was found, all together.
    """

    shortest: float
    longest: float | None
    n: int
    early: int
    right: int
    late: int
    found_share: float | None


class NoteEnds(TypedDict):
    """Ends of all notes that were found by their onsets, and by their true duration."""

    n: int
    early: int
    right: int
    late: int
    found_share: float | None
    by_duration: list[DurationEnds]


def end_kinds(ref: NDArray[np.float64], est: NDArray[np.float64]) -> NDArray[np.int64]:
    """(n,) `EARLY`, `RIGHT` or `LATE`: how the estimated ends lie to the true ones.

    Parameters
    ----------
    ref, est : (n, 2) array
        Onset and offset of each pair of notes in seconds.
    """
    tolerance = np.maximum(OFFSET_RATIO * (ref[:, 1] - ref[:, 0]), OFFSET_MIN_TOLERANCE)
    late = np.round(est[:, 1] - ref[:, 1], 4)  # As mir_eval rounds, so that an end at the tolerance is right in both.
    return np.where(late > tolerance, LATE, np.where(late < -tolerance, EARLY, RIGHT))


def end_counts(ref: Notes, est: Notes) -> NDArray[np.float64]:
    """(7, 5) by class of `DURATIONS`: number of early, right, late ends, seconds found, and true seconds.

    Parameters
    ----------
    ref, est : Notes
        Reference and estimate of one track.
    """
    of_ref, of_est = matches(ref, est).T
    true, found = ref.intervals[of_ref], est.intervals[of_est]
    lengths = np.maximum(true[:, 1] - true[:, 0], MIN_DURATION)
    shared = np.minimum(true[:, 1], found[:, 1]) - np.maximum(true[:, 0], found[:, 0])
    kinds = end_kinds(true, found)
    values = np.column_stack([*(kinds == kind for kind in (EARLY, RIGHT, LATE)), np.clip(shared, 0, lengths), lengths])
    counts = np.zeros((len(DURATIONS), values.shape[1]))
    np.add.at(counts, np.searchsorted(DURATIONS, lengths, side="right") - 1, values)
    return counts


def summary(counts: NDArray[np.float64]) -> NoteEnds:
    """Ends from the sum of `end_counts` over tracks."""
    limits = zip(DURATIONS, (*DURATIONS[1:], None), strict=True)
    rows = [
        DurationEnds(shortest=shortest, longest=longest, **_ends(row))
        for (shortest, longest), row in zip(limits, counts, strict=True)
    ]
    return NoteEnds(**_ends(counts.sum(axis=0)), by_duration=rows)


class _Ends(TypedDict):
    n: int
    early: int
    right: int
    late: int
    found_share: float | None


def _ends(row: NDArray[np.float64]) -> _Ends:
    early, right, late = (int(value) for value in row[:3])
    share = float(row[3] / row[4]) if row[4] else None
    return _Ends(n=early + right + late, early=early, right=right, late=late, found_share=share)
