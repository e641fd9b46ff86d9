"""The frame grid: conversion between seconds, frames and samples."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mir_models.errors import ParameterError


@dataclass(frozen=True)
class FrameGrid:
    """Frames of `hop_length` samples at `sr`; frame `n` is centred on `n * hop_length / sr` seconds.

    Attributes
    ----------
    sr : int > 0
        Sampling rate in Hz.
    hop_length : int > 0
        Samples between the centres of two frames.
    """

    sr: int
    hop_length: int

    def __post_init__(self) -> None:
        if self.sr <= 0 or self.hop_length <= 0:
            received = f"sr={self.sr}, hop_length={self.hop_length}"
            raise ParameterError("positive sr and hop_length", received=received, remedy="give them as whole numbers")

    @property
    def frame_rate(self) -> float:
        """Frames per second."""
        return self.sr / self.hop_length

    def frames(self, times: ArrayLike) -> NDArray[np.int64]:
        """Index of the frame whose centre is nearest to each time in seconds."""
        return np.floor(np.asarray(times, dtype=float) * self.sr / self.hop_length + 0.5).astype(np.int64)

    def times(self, frames: ArrayLike) -> NDArray[np.float64]:
        """Centre of each frame in seconds; fractional frames are allowed."""
        return np.asarray(frames, dtype=float) * self.hop_length / self.sr

    def samples(self, frames: ArrayLike) -> NDArray[np.int64]:
        """Sample at the centre of each frame."""
        return np.asarray(frames, dtype=np.int64) * self.hop_length

    def n_frames(self, n_samples: int) -> int:
        """Frames of a centred analysis of `n_samples` samples: ``1 + n_samples // hop_length``, as librosa counts."""
        return 1 + n_samples // self.hop_length
