r"""A recorder that turns loud passages down: a dynamic range compressor, and soft clipping.

Levels of blocks of milliseconds above a threshold are reduced by a ratio; the reduction follows them quickly upwards
and slowly downwards [1]_ (feed-forward, its smoothing in dB after the gain computer). The clipping is the hyperbolic
tangent, linear for soft sounds: what a recorder driven too far does. The peak is as high afterwards as before, so soft
passages are louder.

.. [1] D. Giannoulis, M. Massberg and J. D. Reiss, "Digital dynamic range compressor design: a tutorial and analysis",
   Journal of the Audio Engineering Society 60(6), 2012.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mir_models.augmentation._params import check_ranges
from mir_models.augmentation.levels import peak, within_full_scale
from mir_models.augmentation.waveform._types import Audio, Augmented
from mir_models.notes.time_map import TimeMap

NAME = "compression"
VERSION = 1
INVALIDATES = ()
BLOCK_SECONDS = 0.003
ATTACKS, RELEASES = (0.003, 0.03), (0.06, 0.6)
"""Seconds between which the time constants of the reduction are drawn, upwards and downwards."""


@dataclass(frozen=True)
class Params:
    """How much loud passages are reduced.

    Attributes
    ----------
    largest_depth : float >= 0
        dB of the threshold below the peak, drawn uniformly from 0 to this.
    least_ratio, most_ratio : float >= 1
        dB by which the level must rise for 1 dB more; the logarithm is drawn uniformly between them.
    largest_drive : float >= 0
        dB of the peak over the level at which the tangent bends, drawn uniformly from -20 to this.
    """

    largest_depth: float = 30.0
    least_ratio: float = 1.2
    most_ratio: float = 6.0
    largest_drive: float = 6.0

    def __post_init__(self) -> None:
        is_valid = self.largest_depth >= 0 and 1 <= self.least_ratio <= self.most_ratio and self.largest_drive >= -20
        expected = "largest_depth >= 0, 1 <= least_ratio <= most_ratio, largest_drive >= -20"
        check_ranges(self, is_valid, expected)


def augment(y: Audio, sr: int, params: Params, rng: np.random.Generator) -> Augmented:
    """`y` compressed, its peak as before; no time changes."""
    if not peak(y):
        return y, TimeMap.shift(0.0)
    ratio = float(np.exp(rng.uniform(np.log(params.least_ratio), np.log(params.most_ratio))))
    attack, release = (float(np.exp(rng.uniform(*np.log(each)))) for each in (ATTACKS, RELEASES))
    threshold = -rng.uniform(0.0, params.largest_depth)
    reduced = compress(y / np.float32(peak(y)), sr, threshold=threshold, ratio=ratio, attack=attack, release=release)
    clipped = soft_clip(reduced, drive=rng.uniform(-20.0, params.largest_drive))
    return within_full_scale(clipped * np.float32(peak(y) / peak(clipped))), TimeMap.shift(0.0)


def compress(y: Audio, sr: int, *, threshold: float, ratio: float, attack: float, release: float) -> Audio:
    """`y` with levels above `threshold` (dB of full scale) reduced to 1 dB per `ratio` dB.

    Parameters
    ----------
    y : (n_samples,) float32
    sr : int
        Hz.
    threshold, ratio : float
    attack, release : float
        Seconds in which the reduction comes within 1/e of a higher, of a lower level.
    """
    size = max(1, round(BLOCK_SECONDS * sr))
    blocks = np.pad(np.abs(y), (0, -len(y) % size)).reshape(-1, size)
    levels = 20 * np.log10(np.maximum(blocks.max(axis=1, initial=0.0), 1e-6))
    wished = (1 - 1 / ratio) * np.maximum(levels - threshold, 0.0)
    reductions = smoothed(wished, *(float(np.exp(-size / sr / seconds)) for seconds in (attack, release)))
    middles = (np.arange(len(blocks)) + 0.5) * size
    return y * np.interp(np.arange(len(y)), middles, 10 ** (-reductions / 20)).astype(np.float32)


def smoothed(values: NDArray[np.float64], rise: float, fall: float) -> NDArray[np.float64]:
    """`values` followed by a filter of one pole, which is `rise` where they are above it and else `fall`."""
    followed, state = [], 0.0
    for value in values.tolist():
        pole = rise if value > state else fall
        state = pole * state + (1 - pole) * value
        followed.append(state)
    return np.array(followed)


def soft_clip(y: Audio, *, drive: float) -> Audio:
    """`y` through a hyperbolic tangent; full scale is `drive` dB over where it bends."""
    gain = np.float32(10 ** (drive / 20))
    return np.tanh(gain * y) / np.tanh(gain)
