"""Agreement of a stretch of a recording with the notes that lie there, as they are and transposed.

It is Pearson's correlation, over all frames and keys, of the rises measured in the 88 keys with those expected of the
notes: at each onset one of its key and weaker ones of its harmonics. Both are taken less their means per key *within
the stretch*. By the means of a whole track a soft passage after loud ones, or the pause after the last chord, would
differ from its notes mostly by being soft; keys that are repeated quickly would even disagree.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from mir_models.notes.annotations import N_KEYS

HARMONICS = {0: 1.0, 12: 0.7, 19: 0.5, 24: 0.4, 28: 0.3, 31: 0.3}
"""Semitones above the key in which an onset raises the level as well, and by which share."""
NEIGHBOUR = 0.7
"""Rise expected in the frame before and after an onset, as a share of the onset's."""


def agreement_by_transposition(
    rises: NDArray[np.float32], frames: NDArray[np.int64], keys: NDArray[np.int64], transpositions: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Agreement of a stretch with its notes when these are transposed.

    Parameters
    ----------
    rises : (n_frames, 88) float32
        Measured in each key.
    frames, keys : (n_notes,) int64
        Frame of each onset, counted from the first of the stretch, and its key from 0 to 87; onsets elsewhere do not
        count, but for those one frame before or after it.
    transpositions : (n_transpositions,) int64
        In semitones, by which the notes are moved.

    Returns
    -------
    (n_transpositions,) float64
        In [-1, 1]; 0 where no rise is expected, or none is measured. What a transposition moves beyond the keyboard
        does not count.
    """
    measured = rises - rises.mean(axis=0, dtype=np.float64)
    expected = expected_rises(frames, keys, len(rises))
    expected -= expected.mean(axis=0)
    products = expected.T @ measured
    found = np.array([np.trace(products, offset=each) for each in transpositions])
    energies = np.square(measured).sum() * _energies_on_keys(np.square(expected).sum(axis=0), transpositions)
    norms = np.sqrt(np.maximum(energies, np.finfo(np.float64).tiny))
    return np.where(energies > 0, found / norms, 0.0)


def agreement_with_means_of_track(
    deviations: NDArray[np.floating[Any]], frames: NDArray[np.int64], keys: NDArray[np.int64]
) -> float:
    """Agreement of a stretch with its notes where the rises are taken less their means per key over the whole track.

    It falls where a stretch is soft beside the track, but of maps that lie some milliseconds apart it tells the right
    one more clearly than the correlation by the stretch's own means.

    Parameters
    ----------
    deviations : (n_frames, 88)
        Measured rises less their means.
    frames, keys : (n_notes,) int64
        As of `agreement_by_transposition`.
    """
    expected = expected_rises(frames, keys, len(deviations))[:, :N_KEYS]
    norm = float(np.sqrt(np.square(expected).sum() * np.square(deviations, dtype=np.float64).sum()))
    return float(np.vdot(expected, deviations)) / norm if norm > 0 else 0.0


def expected_rises(frames: NDArray[np.int64], keys: NDArray[np.int64], n_frames: int) -> NDArray[np.float64]:
    """Rises (n_frames, 88 + highest of `HARMONICS`) expected of notes: their harmonics go beyond the keyboard."""
    near = (frames >= -1) & (frames <= n_frames)
    onsets = np.zeros((n_frames + 2, N_KEYS))
    np.add.at(onsets, (frames[near] + 1, keys[near]), 1.0)
    onsets = onsets[1:-1] + NEIGHBOUR * (onsets[:-2] + onsets[2:])
    expected = np.zeros((n_frames, N_KEYS + max(HARMONICS)))
    for harmonic, weight in HARMONICS.items():
        expected[:, harmonic : harmonic + N_KEYS] += weight * onsets
    return expected


def _energies_on_keys(energies: NDArray[np.float64], transpositions: NDArray[np.int64]) -> NDArray[np.float64]:
    """What of energies (n,) by key, from the lowest on, is on the keyboard after each transposition."""
    running = np.concatenate([[0.0], np.cumsum(energies)])
    first, last = np.clip(-transpositions, 0, len(energies)), np.clip(N_KEYS - transpositions, 0, len(energies))
    return np.asarray(running[last] - running[first])
