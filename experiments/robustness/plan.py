"""Frames, batches and thresholds of the experiment: every number of it, once."""

from __future__ import annotations

from dataclasses import dataclass

TRAINING_VERSION = 1
"""Raised when the same plan would give other weights."""
SCORES_VERSION = 3
"""Raised when the same weights would get other scores, for other reasons than their decoding."""


@dataclass(frozen=True)
class Plan:
    """What all rows share.

    Attributes
    ----------
    frames : int
        That a row is trained on: half an hour of the base on one core.
    segment_frames, batch_size : int
    ema : float
        Momentum of the moving average of the weights, a twentieth of the steps.
    learning_rate : float
    scale_tracks : int
        Tracks at most from which the normalisation of the input is estimated.
    seconds : float
        Beginning of a recording of MAPS that is used.
    thresholds : tuple of float
        Candidates of the onset threshold.
    """

    frames: int = 2_000_000
    segment_frames: int = 128
    batch_size: int = 8
    ema: float = 0.99
    learning_rate: float = 2e-3
    scale_tracks: int = 100
    seconds: float = 45.0
    thresholds: tuple[float, ...] = (0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.6, 0.7)
