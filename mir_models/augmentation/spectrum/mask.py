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


def mask_bands_and_frames(
    features: NDArray[np.float32], share: float, rng: np.random.Generator, *, silence: float
) -> None:
    """Set a band and a stretch of a share of the examples to `silence`, in place.

    Parameters
    ----------
    features : (n, n_frames, n_bins)
        Changed in place.
    share : float in [0, 1]
    rng : numpy.random.Generator
    silence : float
    """
    n, n_frames, n_bins = features.shape
    chosen = rng.random((n, 1)) < share
    bands = chosen & _parts(n, n_bins, max(1, round(WIDEST * n_bins)), rng)
    stretches = chosen & _parts(n, n_frames, LONGEST, rng)
    np.copyto(features, np.float32(silence), where=bands[:, None, :] | stretches[:, :, None])


def _parts(n: int, length: int, most: int, rng: np.random.Generator) -> NDArray[np.bool_]:
    """(n, length) True on a stretch of 0 to `most` places in each row."""
    extents = rng.integers(0, min(most, length) + 1, n)
    starts = rng.integers(0, length - extents + 1)
    places = np.arange(length)
    return (places >= starts[:, None]) & (places < (starts + extents)[:, None])
