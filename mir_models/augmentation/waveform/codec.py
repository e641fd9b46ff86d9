"""A lossy codec at a low rate: a band limit, and quantisation that a louder neighbour masks.

As MP3, AAC and Vorbis do, coefficients of a lapped cosine transform are quantised with a step per block and critical
band. The noise of the step is a drawn ratio below the masking threshold, which falls from every band by 10 dB per band
upwards and by 25 dB downwards [1]_. What is below half a step becomes silence: at low rates soft partials disappear.
Attacks are smeared within a block, as by those codecs. There is no file and no bit stream, so the sound is neither
delayed nor longer.

.. [1] T. Painter and A. Spanias, "Perceptual coding of digital audio", Proceedings of the IEEE 88(4), 2000.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mir_models.augmentation._params import check_ranges
from mir_models.augmentation.levels import within_full_scale
from mir_models.augmentation.waveform._mdct import inverse_mdct, mdct
from mir_models.augmentation.waveform._types import Audio, Augmented
from mir_models.notes.time_map import TimeMap

NAME = "codec"
VERSION = 1
INVALIDATES = ()
BLOCK_SECONDS = 0.0186
"""Between the blocks of MP3 at 44,100 Hz (13 ms) and at 22,050 Hz (26 ms)."""
UPWARDS, DOWNWARDS = 10.0, 25.0
"""dB by which the masking of a band falls per critical band."""
EDGES_HZ = np.array([
    0, 100, 200, 300, 400, 510, 630, 770, 920, 1080, 1270, 1480, 1720, 2000, 2320, 2700, 3150, 3700, 4400, 5300, 6400,
    7700, 9500, 12000, 15500,
])  # fmt: skip
"""Of the critical bands."""


@dataclass(frozen=True)
class Params:
    """How good codecs are.

    Attributes
    ----------
    lowest_limit, highest_limit : float > 0
        Hz above which there is nothing; the logarithm is drawn uniformly between them.
    lowest_ratio, highest_ratio : float
        dB of the masking threshold over the noise of quantisation, drawn uniformly between them.
    """

    lowest_limit: float = 5000.0
    highest_limit: float = 16000.0
    lowest_ratio: float = 6.0
    highest_ratio: float = 24.0

    def __post_init__(self) -> None:
        is_valid = 0 < self.lowest_limit <= self.highest_limit and self.lowest_ratio <= self.highest_ratio
        expected = "0 < lowest_limit <= highest_limit, lowest_ratio <= highest_ratio"
        check_ranges(self, is_valid, expected)


def augment(y: Audio, sr: int, params: Params, rng: np.random.Generator) -> Augmented:
    """`y` coded and decoded; no time changes."""
    limit = float(np.exp(rng.uniform(np.log(params.lowest_limit), np.log(params.highest_limit))))
    ratio = rng.uniform(params.lowest_ratio, params.highest_ratio)
    return within_full_scale(coded(y, sr, limit=limit, ratio=ratio)), TimeMap.shift(0.0)


def coded(y: Audio, sr: int, *, limit: float, ratio: float) -> Audio:
    """`y` without what is above `limit` in Hz, quantised `ratio` dB below its masking threshold."""
    size = 2 * max(8, round(BLOCK_SECONDS * sr / 2))
    coefficients = mdct(y, size)
    coefficients[:, round(limit / (sr / 2) * size) :] = 0.0
    edges = np.unique(np.round(EDGES_HZ / (sr / 2) * size).astype(int).clip(0, size - 1))
    steps = np.sqrt(12 * masking_thresholds(coefficients, edges) * 10 ** (-ratio / 10))
    steps = np.repeat(np.maximum(steps, np.float32(1e-9)), np.diff([*edges, size]), axis=1)
    return inverse_mdct(np.round(coefficients / steps) * steps, len(y))


def masking_thresholds(coefficients: NDArray[np.float32], edges: NDArray[np.int64]) -> NDArray[np.float32]:
    """(n_blocks, n_bands) mean power of a coefficient that a louder band, or its own, masks.

    Parameters
    ----------
    coefficients : (n_blocks, size) float32
    edges : (n_bands,) int
        First coefficient of every band.
    """
    n_each = np.diff([*edges, coefficients.shape[1]]).astype(np.float32)
    thresholds = (np.add.reduceat(np.square(coefficients), edges, axis=1) / n_each).astype(np.float32)
    for band in range(1, len(edges)):
        masked = thresholds[:, band - 1] * np.float32(10 ** (-UPWARDS / 10))
        np.maximum(thresholds[:, band], masked, out=thresholds[:, band])
    for band in range(len(edges) - 2, -1, -1):
        masked = thresholds[:, band + 1] * np.float32(10 ** (-DOWNWARDS / 10))
        np.maximum(thresholds[:, band], masked, out=thresholds[:, band])
    return thresholds
