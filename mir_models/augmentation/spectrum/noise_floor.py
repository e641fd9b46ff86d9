"""Noise: the floor on which a recording stands."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

LOWEST, HIGHEST = -75.0, -35.0
"""Levels in dB between which a floor is drawn."""
FLICKER = 3.0
"""Standard deviation of the floor in dB from cell to cell."""


def raised(features: NDArray[np.float32], rng: Any) -> NDArray[np.float32]:
    """(n_frames, n_bins) dB on a noise floor of a drawn level: the louder of both is heard in each cell."""
    floor = rng.uniform(LOWEST, HIGHEST) + rng.normal(0, FLICKER, features.shape)
    return np.maximum(features, floor.astype(np.float32))
