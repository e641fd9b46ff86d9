"""Scores of answers that were given several times, by other seeds or over other folds, with intervals over both."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

Measure = Callable[[Any, Any], float]
"""True and answered classes, as indices, to a score."""


def scored(
    wanted: NDArray[np.int64],
    answered: NDArray[np.int64],
    measure: Measure,
    *,
    less: NDArray[np.int64] | None = None,
    n_resamples: int = 1000,
    level: float = 0.95,
    seed: int = 0,
) -> tuple[float, tuple[float, float]]:
    """Mean of a measure over seeds, and the percentile interval when tracks and seeds are drawn again.

    Parameters
    ----------
    wanted : (n_tracks,) int
        True classes.
    answered : (n_seeds, n_tracks) int
    measure : callable
    less : (n_seeds, n_tracks) int, optional
        Other answers to the same tracks by the same seeds: the mean is then that of the differences, and every draw is
        the same for both sides (a paired bootstrap).
    n_resamples, level, seed
        Of the bootstrap.

    Returns
    -------
    mean, (low, high) : float
    """

    def of(tracks: Any, seeds: Any) -> float:
        truth = wanted[tracks]
        ours = [measure(truth, answered[each][tracks]) for each in seeds]
        theirs = [0.0 if less is None else measure(truth, less[each][tracks]) for each in seeds]
        return float(np.mean(ours) - np.mean(theirs))

    rng, (n_seeds, n_tracks) = np.random.default_rng(seed), answered.shape
    draws = [of(rng.integers(n_tracks, size=n_tracks), rng.integers(n_seeds, size=n_seeds)) for _ in range(n_resamples)]
    low, high = np.quantile(draws, [(1 - level) / 2, (1 + level) / 2])
    whole = of(np.arange(n_tracks), np.arange(n_seeds))
    return whole, (float(low), float(high))
