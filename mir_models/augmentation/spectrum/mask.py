"""Masks: a band of bins and a stretch of frames set to silence, as in SpecAugment [1]_.

.. [1] D. S. Park et al., "SpecAugment: A Simple Data Augmentation Method for Automatic Speech Recognition",
   Interspeech 2019.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

WIDEST = 0.12
"""Largest share of the bins in a band: an octave of 99 semitones."""
LONGEST = 6
"""Most frames of a stretch: 0.14 s, less than most notes, so that a note can be inferred from its context."""


def mask_band_and_frames(
    features: NDArray[np.float32], rng: np.random.Generator, *, silence: float
) -> NDArray[np.float32]:
    """(n_frames, n_bins) dB with a band and a stretch set to `silence`."""
    masked = features.copy()
    n_frames, n_bins = features.shape
    masked[:, _part(n_bins, max(1, round(WIDEST * n_bins)), rng)] = silence
    masked[_part(n_frames, LONGEST, rng)] = silence
    return masked


def _part(length: int, most: int, rng: np.random.Generator) -> slice:
    extent = int(rng.integers(0, min(most, length) + 1))
    start = int(rng.integers(0, length - extent + 1))
    return slice(start, start + extent)
