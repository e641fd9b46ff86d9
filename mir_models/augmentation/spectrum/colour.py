"""Level and spectral colour: another distance, room or microphone, as a gain and a smooth curve over the bins."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

POINTS = 6
"""Points between which the curve is straight: 1.6 octaves apart over the piano's compass and a little more."""


def colour_levels(
    features: NDArray[np.float32], rng: np.random.Generator, *, deviation: float, low: float, high: float
) -> NDArray[np.float32]:
    """Decibels plus a gain drawn from [low, high) and a curve through points of the given standard deviation.

    Parameters
    ----------
    features : (n_frames, n_bins) dB
    rng : numpy.random.Generator
    deviation, low, high : float
        In dB.
    """
    n_bins = features.shape[1]
    points = rng.normal(0, deviation, POINTS)
    curve = np.interp(np.linspace(0, POINTS - 1, n_bins), np.arange(POINTS), points) + rng.uniform(low, high)
    return features + curve.astype(np.float32)
