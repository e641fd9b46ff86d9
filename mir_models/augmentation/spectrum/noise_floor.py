"""Noise floor: a level below which a recording has only noise."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

LOWEST, HIGHEST = -75.0, -35.0
"""Levels in dB between which a floor is drawn."""
FLICKER = 3.0
"""Standard deviation of the floor in dB from cell to cell."""


def add_noise_floors(levels: NDArray[np.float32], share: float, rng: np.random.Generator) -> None:
    """Give a share of the examples a noise floor of a drawn level, in place: in each cell the larger of both.

    Parameters
    ----------
    levels : (n, n_frames, n_bins) dB
        Changed in place.
    share : float in [0, 1]
    rng : numpy.random.Generator
    """
    chosen = np.flatnonzero(rng.random(len(levels)) < share)
    floors = rng.uniform(LOWEST, HIGHEST, len(chosen))
    # One example at a time stays in the processor's cache; nearly all of the time is the drawing.
    cells = np.empty(levels.shape[1:], dtype=np.float32)
    for row, floor in zip(chosen, floors, strict=True):
        rng.standard_normal(out=cells, dtype=np.float32)
        cells *= np.float32(FLICKER)
        cells += np.float32(floor)
        np.maximum(levels[row], cells, out=levels[row])
