"""Lags of a recording: how much later than the labels its notes are found, as a constant and by velocity."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from experiments.real_pianos.pairing import Pairing
from mir_models.evaluation.metrics.note_level import note_scores
from mir_models.notes.annotations import Notes

N_NEIGHBOURS = 30
"""Notes of like velocity of which the median is taken."""


def constant_lags(ref: Notes, est: Notes, pairs: Pairing) -> NDArray[np.float64]:
    """(n_ref,) the median lag of the notes that are found, in seconds; 0 where there is none."""
    _, found = lags_found(ref, est, pairs)
    return np.full(len(ref), np.median(found) if len(found) else 0.0)


def f1_without_lag(ref: Notes, est: Notes, pairs: Pairing) -> float:
    """Note onset F1 once the constant lag is taken out of the notes found; others may then be late that were not."""
    if not len(ref):
        return 0.0
    moved = est.shifted(-float(constant_lags(ref, est, pairs)[0]))
    return note_scores(ref, moved)["onset"]["f1"]


def lags_by_velocity(ref: Notes, est: Notes, pairs: Pairing) -> NDArray[np.float64]:
    """(n_ref,) the median lag of the `N_NEIGHBOURS` notes found whose velocities are nearest, itself not among them.

    In seconds; 0 where no other note is found.
    """
    rows, found = lags_found(ref, est, pairs)
    apart = np.abs(ref.velocities[:, None] - ref.velocities[rows]).astype(np.float64)
    apart[rows, np.arange(len(rows))] = np.inf
    nearest = np.argsort(apart, axis=1, kind="stable")[:, : min(N_NEIGHBOURS, max(0, len(rows) - 1))]
    return np.median(found[nearest], axis=1) if nearest.size else np.zeros(len(ref))


def lags_found(ref: Notes, est: Notes, pairs: Pairing) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Index of the notes that are found, and the seconds that they are later, each (n_pairs,)."""
    rows, columns = pairs.found.T
    return rows, est.onset_times[columns] - ref.onset_times[rows]
