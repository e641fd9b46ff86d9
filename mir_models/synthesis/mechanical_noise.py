"""Noises of a piano's mechanics: dampers that leave and touch the strings, keys that return."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mir_models.notes.annotations import Notes

N_BURSTS = 6
"""Different bursts of each kind in a performance."""


@dataclass(frozen=True)
class Burst:
    """A short noise.

    Attributes
    ----------
    level : float
        Its peak beside that of the loudest noise.
    decay : float
        Time constant in seconds.
    band : tuple of float
        Lowest and highest frequency in Hz.
    """

    level: float
    decay: float
    band: tuple[float, float]


PEDAL_DOWN = Burst(1.0, 0.08, (40.0, 500.0))
PEDAL_UP = Burst(0.8, 0.05, (60.0, 900.0))
KEY_UP = Burst(0.3, 0.015, (100.0, 3000.0))


def mechanical_noise(
    notes: Notes, pedal: NDArray[np.float64], n_samples: int, sr: float, rng: np.random.Generator
) -> NDArray[np.float32]:
    """The noises (n_samples,) of keys that return and of the pedal, the loudest of which have peaks of 1.

    Parameters
    ----------
    notes : Notes
        Keys pressed and released.
    pedal : (m, 2) float64
        Intervals in seconds with the pedal down.
    n_samples : int
    sr : float
        Sampling rate in Hz.
    rng : Generator
    """
    y = np.zeros(n_samples, dtype=np.float32)
    for kind, times in ((PEDAL_DOWN, pedal[:, 0]), (PEDAL_UP, pedal[:, 1]), (KEY_UP, notes.offset_times)):
        bursts = [_burst(kind, sr, rng) for _ in range(N_BURSTS)]
        gains, choices = rng.uniform(0.25, 1.0, len(times)), rng.integers(0, N_BURSTS, len(times))
        for start, gain, choice in zip(np.rint(times * sr).astype(np.int64), gains, choices, strict=True):
            part = y[start : start + len(bursts[choice])]
            part += np.float32(gain) * bursts[choice][: len(part)]
    return y


def _burst(kind: Burst, sr: float, rng: np.random.Generator) -> NDArray[np.float32]:
    """One noise of a kind."""
    from scipy import signal

    t = np.arange(round(7 * kind.decay * sr)) / sr
    noise = signal.sosfilt(signal.butter(1, kind.band, "bandpass", fs=sr, output="sos"), rng.normal(size=len(t)))
    shaped = noise * np.exp(-t / kind.decay) * -np.expm1(-t / 0.003)
    return (kind.level * shaped / np.abs(shaped).max()).astype(np.float32)
