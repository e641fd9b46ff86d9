"""Masks: a band of bins and a stretch of frames that cannot be heard [1]_.

.. [1] D. S. Park et al., "SpecAugment: A Simple Data Augmentation Method for Automatic Speech Recognition",
   Interspeech 2019.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

WIDEST = 0.12
"""Share of the bins that are muted at most: an octave of 99 semitones."""
LONGEST = 6
"""Frames that are muted at most: 0.14 s, less than most notes, so that a note can be told from what is around."""


def masked(features: NDArray[np.float32], rng: Any, *, silence: float) -> NDArray[np.float32]:
    """(n_frames, n_bins) dB with a band and a stretch set to `silence`."""
    muted = features.copy()
    n_frames, n_bins = features.shape
    muted[:, _part(n_bins, max(1, round(WIDEST * n_bins)), rng)] = silence
    muted[_part(n_frames, LONGEST, rng)] = silence
    return muted


def _part(length: int, most: int, rng: Any) -> slice:
    extent = int(rng.integers(0, min(most, length) + 1))
    start = int(rng.integers(0, length - extent + 1))
    return slice(start, start + extent)
