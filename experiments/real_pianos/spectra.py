"""The mean spectrum of a recording, and a recording with the mean spectrum of another."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mir_models.augmentation.levels import power
from mir_models.augmentation.waveform.equaliser import minimum_phase

LOWEST_HZ = 40.0
N_OF_OCTAVE = 3
"""Bands of an octave."""
LARGEST_DB = 25.0
"""Gain of a band at most."""
N_FFT = 8192


def band_levels(y: NDArray[np.float32], sr: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(n_bands,) centres in Hz and mean levels in dB of a recording, in thirds of octaves up to half its rate."""
    from scipy.signal import welch

    frequencies, density = welch(y, sr, nperseg=min(N_FFT, len(y)))
    n_bands = int(N_OF_OCTAVE * np.log2(sr / 2 / LOWEST_HZ))
    centres = LOWEST_HZ * 2 ** (np.arange(n_bands) / N_OF_OCTAVE)
    edges = centres[:, None] * 2 ** (np.array([-0.5, 0.5]) / N_OF_OCTAVE)
    inside = (frequencies >= edges[:, :1]) & (frequencies < edges[:, 1:])
    means = inside @ density / np.maximum(1, inside.sum(axis=1))
    return centres, 10 * np.log10(np.maximum(means, np.finfo(float).tiny))


def equalised(y: NDArray[np.float32], like: NDArray[np.float32], sr: int) -> NDArray[np.float32]:
    """`y` with the mean spectrum of `like`, in thirds of octaves, and its own mean power."""
    from scipy.signal import oaconvolve

    centres, levels = band_levels(y, sr)
    gains = band_levels(like, sr)[1] - levels
    gains = np.clip(gains - np.median(gains), -LARGEST_DB, LARGEST_DB)
    filtered = oaconvolve(y.astype(np.float64), minimum_phase(sr, centres, gains))[: len(y)]
    return (filtered * np.sqrt(power(y) / max(power(filtered), np.finfo(float).tiny))).astype(np.float32)
