"""Level and spectral colour: another distance, room or microphone, as a gain and a smooth curve over the bins."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

POINTS = 6
"""Points between which the curve is straight: 1.6 octaves apart over the piano's compass and a little more."""


def colour_levels(
    levels: NDArray[np.float32], rng: np.random.Generator, *, deviation: float, low: float, high: float
) -> None:
    """Add to each example, in place, a gain from [low, high) and a curve through points of that standard deviation.

    Parameters
    ----------
    levels : (n, n_frames, n_bins) dB
        Changed in place.
    rng : numpy.random.Generator
    deviation, low, high : float
        In dB.
    """
    n, _, n_bins = levels.shape
    curves = rng.normal(0, deviation, (n, POINTS)) @ _straight_lines(n_bins) + rng.uniform(low, high, (n, 1))
    levels += curves.astype(np.float32)[:, None]


@cache
def _straight_lines(n_bins: int) -> NDArray[np.float64]:
    """(POINTS, n_bins) share of each point in each bin: linear interpolation as a product of matrices."""
    bins = np.linspace(0, POINTS - 1, n_bins)
    return np.stack([np.interp(bins, np.arange(POINTS), point) for point in np.eye(POINTS)])
