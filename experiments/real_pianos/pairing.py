"""Pairs of notes of the labels and notes found: at the right time, else at the wrong one, else missed and added."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mir_models.evaluation.metrics.note_level import ONSET_TOLERANCE, matches
from mir_models.notes.annotations import Notes

WIDE = 0.15
"""Seconds between the onsets of a note and one that is found at the wrong time."""


@dataclass(frozen=True)
class Pairing:
    """The pairs of a recording.

    Attributes
    ----------
    right, late : (n_pairs, 2) int64
        Index of a note of the labels and of one that was found: within 50 ms, and of the others within 150 ms.
    missed, added : (n_ref,) and (n_est,) bool
        What is in no pair.
    """

    right: NDArray[np.int64]
    late: NDArray[np.int64]
    missed: NDArray[np.bool_]
    added: NDArray[np.bool_]

    @property
    def found(self) -> NDArray[np.int64]:
        """(n_pairs, 2) all pairs."""
        return np.concatenate([self.right, self.late])


def pairing(ref: Notes, est: Notes) -> Pairing:
    """Pair the notes of the labels with those that were found, each note in one pair at most."""
    right = matches(ref, est, onset_tolerance=ONSET_TOLERANCE)
    missed, added = _others(len(ref), right[:, 0]), _others(len(est), right[:, 1])
    again = matches(ref.where(missed), est.where(added), onset_tolerance=WIDE)
    late = np.column_stack([np.flatnonzero(missed)[again[:, 0]], np.flatnonzero(added)[again[:, 1]]])
    missed[late[:, 0]], added[late[:, 1]] = False, False
    return Pairing(right, late, missed, added)


def _others(n: int, rows: NDArray[np.int64]) -> NDArray[np.bool_]:
    others = np.ones(n, dtype=bool)
    others[rows] = False
    return others
