"""Scores over several seeds or folds: the mean, and a bootstrap interval over tracks and seeds, paired or not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

Measure = Callable[[Any, Any], float]
"""Reference and estimated classes, as indices, to a score; e.g. `mir_models.evaluation.metrics.classes.macro_f1`."""


def score_over_seeds(
    ref: NDArray[np.int64],
    est: NDArray[np.int64],
    measure: Measure,
    *,
    baseline: NDArray[np.int64] | None = None,
    n_resamples: int = 1000,
    level: float = 0.95,
    seed: int = 0,
) -> tuple[float, tuple[float, float]]:
    """Mean of a measure over seeds, and its percentile bootstrap interval when tracks and seeds are resampled.

    Parameters
    ----------
    ref : (n_tracks,) int
        Reference classes.
    est : (n_seeds, n_tracks) int
        Estimated classes by seed.
    measure : callable
    baseline : (n_seeds, n_tracks) int, optional
        Estimates of another system for the same tracks by the same seeds: mean and interval are then those of the
        difference, `est` less `baseline`, with the same draws on both sides (a paired bootstrap).
    n_resamples, level, seed
        Of the bootstrap.

    Returns
    -------
    mean, (low, high) : float
    """

    def mean_score(tracks: Any, seeds: Any) -> float:
        ref_drawn = ref[tracks]
        ours = [measure(ref_drawn, est[each][tracks]) for each in seeds]
        theirs = [0.0 if baseline is None else measure(ref_drawn, baseline[each][tracks]) for each in seeds]
        return float(np.mean(ours) - np.mean(theirs))

    rng, (n_seeds, n_tracks) = np.random.default_rng(seed), est.shape
    draws = [
        mean_score(rng.integers(n_tracks, size=n_tracks), rng.integers(n_seeds, size=n_seeds))
        for _ in range(n_resamples)
    ]
    low, high = np.quantile(draws, [(1 - level) / 2, (1 + level) / 2])
    return mean_score(np.arange(n_tracks), np.arange(n_seeds)), (float(low), float(high))
