"""Bootstrap: percentile confidence intervals over tracks [1]_.

.. [1] B. Efron and R. Tibshirani, "An Introduction to the Bootstrap", Chapman & Hall, 1993, chapter 13.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypedDict

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mir_models.evaluation.metrics.frame_level import scores

Interval = list[float] | None
"""[low, high], or None where it is not defined."""


class BootstrapParams(TypedDict, total=False):
    """Keyword arguments of `bootstrap.interval`."""

    n_resamples: int
    level: float
    seed: int


class BootstrapConvention(TypedDict):
    """How intervals were drawn: resampled ``over`` what, with which level, number of resamples and seed."""

    over: str
    level: float
    n_resamples: int
    seed: int


def interval(
    values: ArrayLike,
    statistic: Callable[[NDArray[Any]], Any] = np.mean,
    *,
    n_resamples: int = 1000,
    level: float = 0.95,
    seed: int = 0,
) -> tuple[float, float]:
    """Confidence interval of a statistic when the tracks are resampled with replacement.

    Parameters
    ----------
    values : (n_tracks,) or (n_tracks, k) array
        One score, or one row of counts, per track. Tracks are taken as independent: with
        several recordings of one work the interval is too narrow.
    statistic : callable
        From resampled rows, shaped like `values`, to a number; e.g. `pooled_f1` for counts.
    n_resamples : int >= 1
        Samples drawn.
    level : float in (0, 1)
        Part of the resampled statistics inside the interval; as much lies below as above.
    seed : int
        Seed of the draws.

    Returns
    -------
    low, high : float
        Both NaN with fewer than two tracks; `as_json` makes that None.
    """
    rows = np.asarray(values)
    if len(rows) < 2:
        return float("nan"), float("nan")
    rng = np.random.default_rng(seed)
    draws = (rng.integers(len(rows), size=len(rows)) for _ in range(n_resamples))
    statistics = [float(statistic(rows[draw])) for draw in draws]
    low, high = np.quantile(statistics, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def pooled_f1(rows: NDArray[np.int64]) -> float:
    """Micro F1 of rows (tp, fp, fn), one per track: the counts are summed before the ratio is taken."""
    return float(scores(*rows.sum(axis=0)).f1)


def as_json(bounds: tuple[float, float]) -> Interval:
    """The interval as JSON has it: [low, high], or None where it is not defined."""
    return None if np.isnan(bounds).any() else [float(bound) for bound in bounds]


def bootstrap_convention(n_resamples: int, level: float, seed: int) -> BootstrapConvention:
    """The convention of a bootstrap over tracks."""
    return BootstrapConvention(over="tracks", level=level, n_resamples=n_resamples, seed=seed)
