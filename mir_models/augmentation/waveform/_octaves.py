"""Octave bands, and curves over them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

LOWEST_HZ = 31.25
"""Centre of the first octave."""


def octave_centres(sr: int) -> NDArray[np.float64]:
    """(n_octaves,) centres in Hz, from `LOWEST_HZ` to the first at half the sampling rate or above."""
    return LOWEST_HZ * 2 ** np.arange(np.ceil(np.log2(sr / 2 / LOWEST_HZ)) + 1)


def octave_weights(frequencies: NDArray[np.float64], centres: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n_octaves, n_frequencies) share of every octave in a frequency in Hz: hats over its logarithm, of sum 1."""
    places = np.log2(np.clip(frequencies, centres[0], centres[-1]) / centres[0])
    return np.maximum(0.0, 1.0 - np.abs(places - np.arange(len(centres))[:, None]))
