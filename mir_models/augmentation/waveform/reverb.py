r"""Reverberation: exponentially decaying noise after the direct sound, as in a room.

The impulse response is 1 at time 0 and, after a gap as long as the first reflection takes, white Gaussian noise
times :math:`10^{-3 t / T_{60}}` [1]_: the diffuse field of a room whose reverberation falls by 60 dB in :math:`T_{60}`.
The direct sound stays where it is, so no onset moves; a note sounds longer after its offset than its label lasts, as it
does in a real room.

.. [1] J.-D. Polack, "Modifying chambers to play billiards: the foundations of reverberation theory", Acustica 76, 1992.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mir_models.augmentation._params import check_ranges
from mir_models.augmentation.levels import within_full_scale
from mir_models.augmentation.waveform._types import Audio, Augmented
from mir_models.notes.time_map import TimeMap

NAME = "reverb"
VERSION = 1
INVALIDATES = ()
LONGEST = 20.0
"""Seconds of a reverberation."""


@dataclass(frozen=True)
class Params:
    """Which rooms are drawn.

    Attributes
    ----------
    shortest, longest : float in (0, 20]
        Seconds in which the reverberation falls by 60 dB, drawn uniformly between them.
    nearest, farthest : float
        Energy of the direct sound to that of the reverberation in dB, drawn uniformly between them; the nearest
        is the higher.
    largest_gap : float
        Seconds after the direct sound at which the reverberation begins, drawn uniformly from 0 to this.
    """

    shortest: float = 0.2
    longest: float = 1.2
    nearest: float = 18.0
    farthest: float = 3.0
    largest_gap: float = 0.02

    def __post_init__(self) -> None:
        times = 0 < self.shortest <= self.longest <= LONGEST and self.largest_gap >= 0
        expected = f"0 < shortest <= longest <= {LONGEST:g}, farthest <= nearest, largest_gap >= 0"
        check_ranges(self, times and self.farthest <= self.nearest, expected)


def augment(y: Audio, sr: int, params: Params, rng: np.random.Generator) -> Augmented:
    """`y` in a drawn room; what sounds after its end is cut off. No time changes."""
    from scipy.signal import oaconvolve

    if not len(y):
        return y, TimeMap.shift(0.0)
    response = impulse_response(
        sr,
        seconds=rng.uniform(params.shortest, params.longest),
        direct=rng.uniform(params.farthest, params.nearest),
        gap=rng.uniform(0.0, params.largest_gap),
        rng=rng,
    )
    return within_full_scale(oaconvolve(y.astype(np.float64), response)[: len(y)]), TimeMap.shift(0.0)


def impulse_response(
    sr: int, *, seconds: float, direct: float, gap: float, rng: np.random.Generator
) -> NDArray[np.float64]:
    """(n_samples,) response of a room, 1 at sample 0.

    Parameters
    ----------
    sr : int
        Hz.
    seconds : float
        In which the reverberation falls by 60 dB; there the response ends.
    direct : float
        dB of the direct sound's energy over the reverberation's.
    gap : float
        Seconds before the reverberation begins.
    rng : Generator
    """
    times = np.arange(1, max(2, round(seconds * sr))) / sr
    tail = rng.standard_normal(len(times)) * 10 ** (-3 * times / seconds)
    tail *= 10 ** (-direct / 20) / np.sqrt(np.square(tail).sum())
    return np.concatenate([[1.0], np.zeros(round(gap * sr)), tail])
