"""Recordings disturbed in known ways: the time of every onset stays."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

RT60 = 1.0
"""Seconds in which the reverberation falls by 60 dB."""


def with_noise(rng: np.random.Generator, y: NDArray[np.float32], *, snr: float) -> NDArray[np.float32]:
    """White noise, `snr` dB below the mean power of the whole recording."""
    power = np.mean(np.square(y, dtype=np.float64)) / 10 ** (snr / 10)
    return (y + np.sqrt(power) * rng.standard_normal(len(y))).astype(np.float32)


def with_reverb(rng: np.random.Generator, y: NDArray[np.float32], *, sr: int) -> NDArray[np.float32]:
    """Convolved with a direct sound at time 0 and exponentially decaying white noise of the same energy (RT60 1 s)."""
    from scipy.signal import fftconvolve

    times = np.arange(1, round(RT60 * sr)) / sr
    tail = rng.standard_normal(len(times)) * 10 ** (-3 * times / RT60)
    response = np.r_[1.0, tail / np.sqrt(np.square(tail).sum())]
    return fftconvolve(y, response)[: len(y)].astype(np.float32)
