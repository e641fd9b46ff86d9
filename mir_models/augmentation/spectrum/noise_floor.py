"""Noise floor: a level below which a recording has only noise."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

LOWEST, HIGHEST = -75.0, -35.0
"""Levels in dB between which a floor is drawn."""
FLICKER = 3.0
"""Standard deviation of the floor in dB from cell to cell."""


def add_noise_floor(features: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float32]:
    """(n_frames, n_bins) dB with a noise floor of a drawn level: in each cell the larger of both."""
    floor = rng.uniform(LOWEST, HIGHEST) + rng.normal(0, FLICKER, features.shape)
    return np.maximum(features, floor.astype(np.float32))
