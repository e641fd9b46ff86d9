r"""A piano tuned higher or lower: played faster or slower by resampling.

Every frequency is multiplied by :math:`r = 2^{c / 1200}` for :math:`c` cents, and every time divided by it. The labels
move with the sound and keep their pitches: the range stays within half a semitone.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mir_models.augmentation.waveform._level import within_full_scale
from mir_models.errors import MirlitonError
from mir_models.notes.time_map import TimeMap

NAME = "detuning"
VERSION = 1
FALSE = ()


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
        if not 0 <= self.largest < 50:
            remedy = "stay below half a semitone: beyond it another key sounds than the labels say"
            raise MirlitonError("detuning by 0 to 50 cents", received=self.largest, remedy=remedy)


def augment(
    y: NDArray[np.float32], sr: int, params: Params, rng: np.random.Generator
) -> tuple[NDArray[np.float32], TimeMap]:
    """`y` on a detuned piano.

    Parameters
    ----------
    y : (n_samples,) float32
    sr : int
        Hz.
    params : Params
    rng : Generator

    Returns
    -------
    y : (n_samples',) float32
        Shorter where it is higher.
    time_map : TimeMap
        A line through 0.
    """
    return detuned(y, sr, cents=rng.uniform(-params.largest, params.largest))


def detuned(y: NDArray[np.float32], sr: int, *, cents: float) -> tuple[NDArray[np.float32], TimeMap]:
    """`y` higher by `cents`, and the map of its times."""
    import soxr

    faster = 2 ** (cents / 1200)
    return within_full_scale(soxr.resample(y, sr * faster, sr, quality="HQ")), TimeMap.line(0.0, 1 / faster)
