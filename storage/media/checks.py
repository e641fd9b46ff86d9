"""Checks of decoded recordings: finite samples, their level, damage of the file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mir_models.errors import TrackError
from storage.media.decoding import track_error

SILENCE = 1e-4
"""Amplitude (−80 dBFS), without a constant offset, below which a recording counts as silent."""
LOUDEST = 100.0
"""Amplitude (+40 dBFS) above which samples are not in the scale whose full scale is 1."""
SHORTEST = 0.5
"""Seconds below which a recording is too short to analyse."""


class Levels:
    """Number of samples and levels of the blocks of a recording.

    Attributes
    ----------
    n_samples : int
    peak : float
        Largest amplitude of a channel.
    """

    def __init__(self) -> None:
        self.n_samples, self.peak = 0, 0.0
        self._lowest, self._highest = np.inf, -np.inf

    def push(self, block: NDArray[np.float32]) -> None:
        """Add the next block, (n_samples, n_channels)."""
        channels = np.ascontiguousarray(block.T)  # Along which NumPy is several times as fast.
        self.n_samples += len(block)
        self._lowest = np.minimum(self._lowest, channels.min(axis=1))
        self._highest = np.maximum(self._highest, channels.max(axis=1))
        self.peak = float(np.maximum(-self._lowest, self._highest).max())

    @property
    def amplitude(self) -> float:
        """Largest amplitude of a channel about the middle of its range: 0 for a constant."""
        return float(np.max(self._highest - self._lowest)) / 2 if self.n_samples else 0.0


def check_finite(path: Path, levels: Levels) -> None:
    """Raise TrackError where samples are NaN or infinite."""
    if not np.isfinite(levels.peak):
        raise track_error(path, "finite samples", "NaN or infinite samples", "export the recording again")


def check_length(path: Path, n_samples: int, sr: int) -> None:
    """Raise TrackError where a recording is too short to analyse."""
    if n_samples < SHORTEST * sr:
        received = f"{n_samples} sample{'s' * (n_samples != 1)} ({n_samples / sr:.3f} s)"
        raise track_error(path, f"at least {SHORTEST} s of audio", received, "remove it from the dataset")


def check_complete(path: Path, damage: str) -> None:
    """Raise TrackError where a file is damaged."""
    if damage:
        raise track_error(path, "a complete recording", damage, "copy it again from its source")


def faults(path: Path, levels: Levels) -> Iterator[TrackError]:
    """What is wrong with the level of a recording that was decoded to its end."""
    if levels.amplitude < SILENCE:
        received = f"silence (peak {levels.amplitude:.1e})"
        yield track_error(path, "an audible recording", received, "check how it was exported")
    if levels.peak > LOUDEST:
        received = f"a peak of {levels.peak:g}"
        remedy = "divide the samples by their full scale, such as 32768, and export them again"
        yield track_error(path, "samples whose full scale is 1", received, remedy)
