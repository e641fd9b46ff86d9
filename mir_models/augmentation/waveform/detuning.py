r"""A piano tuned higher or lower: played faster or slower by resampling.

Every frequency is multiplied by :math:`r = 2^{c / 1200}` for :math:`c` cents, and every time divided by it. The labels
move with the sound and keep their pitches: the range stays within half a semitone.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mir_models.augmentation._params import check_param
from mir_models.augmentation.levels import within_full_scale
from mir_models.augmentation.waveform._types import Audio, Augmented
from mir_models.notes.time_map import TimeMap

NAME = "detuning"
VERSION = 1
INVALIDATES = ()


@dataclass(frozen=True)
class Params:
    """How far a piano is out of tune.

    Attributes
    ----------
    largest : float in [0, 50)
        Cents, drawn uniformly from minus to plus this.
    """

    largest: float = 20.0

    def __post_init__(self) -> None:
        remedy = "stay below half a semitone: beyond it the labels are of other keys than those that sound"
        check_param(0 <= self.largest < 50, "detuning by 0 to 50 cents", received=self.largest, remedy=remedy)


def augment(y: Audio, sr: int, params: Params, rng: np.random.Generator) -> Augmented:
    """`y` on a detuned piano: shorter where it is higher; the time map is a line through 0."""
    return detune(y, sr, cents=rng.uniform(-params.largest, params.largest))


def detune(y: Audio, sr: int, *, cents: float) -> Augmented:
    """`y` higher by `cents`, and the map of its times."""
    import soxr

    faster = 2 ** (cents / 1200)
    return within_full_scale(soxr.resample(y, sr * faster, sr, quality="HQ")), TimeMap.line(0.0, 1 / faster)
