"""Recorded louder or softer: the peak of the recording at a drawn level.

Who records turns the gain up or down for the whole recording, so the level of its peak says nothing about how hard the
keys were struck; only levels within a recording do.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mir_models.augmentation._params import check_ranges
from mir_models.augmentation.levels import peak, within_full_scale
from mir_models.augmentation.waveform._types import Audio, Augmented
from mir_models.notes.time_map import TimeMap

NAME = "gain"
VERSION = 1
INVALIDATES = ()
LOWEST = -60.0
"""dB of a peak; softer recordings are mostly rounding in the 16 bits of a variant."""


@dataclass(frozen=True)
class Params:
    """How loud recordings are.

    Attributes
    ----------
    lowest_peak, highest_peak : float in [-60, 0]
        Of the largest absolute value, in dB of full scale, drawn uniformly between them.
    """

    lowest_peak: float = -30.0
    highest_peak: float = 0.0

    def __post_init__(self) -> None:
        is_valid = LOWEST <= self.lowest_peak <= self.highest_peak <= 0
        check_ranges(self, is_valid, f"{LOWEST:g} dB <= lowest_peak <= highest_peak <= 0 dB")


def augment(y: Audio, sr: int, params: Params, rng: np.random.Generator) -> Augmented:
    """`y` with its peak at a drawn level; no time changes, and silence stays silent."""
    target = 10 ** (rng.uniform(params.lowest_peak, params.highest_peak) / 20)
    return within_full_scale(y * np.float32(target / (peak(y) or 1.0))), TimeMap.shift(0.0)
