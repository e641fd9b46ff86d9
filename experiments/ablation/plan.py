"""Minutes of music, epochs and excerpts of the ablation: every number of the experiment, once."""

from __future__ import annotations

import math
from dataclasses import dataclass

from experiments.label_noise.plan import Plan as LabelNoise
from mir_models.errors import ParameterError
from mir_models.examples.shards import SHARD_FRAMES
from mir_models.features import cqt

VERSION = 2
"""Raised when the same plan would give other results."""


@dataclass(frozen=True)
class Plan:
    """What all rows share.

    Attributes
    ----------
    minutes : float
        Training music of the base.
    epochs : int
        Epochs of the base; other rows are trained on as many frames in as many parts, each followed by validation.
    ema : float
        Momentum of the moving average of weights, where the network is trained with one: 40 steps, the twentieth of
        the training that the 200 of the shipped network are of its own.
    segment_frames : int
        Of the base's examples. The shipped network has shorter ones, by the result of these rows.
    train_seconds, seconds : float
        Beginning of a recording that is used: for training, and for validation and test.
    n_validation, n_test : int
        Recordings at most.
    """

    minutes: float = 60.0
    epochs: int = 5
    ema: float = 0.975
    segment_frames: int = 256
    train_seconds: float = LabelNoise.train_seconds
    seconds: float = LabelNoise.seconds
    n_validation: int = LabelNoise.n_validation
    n_test: int = LabelNoise.n_test

    def __post_init__(self) -> None:
        if not (0 < self.minutes < math.inf and self.epochs >= 1):
            received, remedy = (
                f"{self.minutes} min, {self.epochs} epochs",
                "give more than 0 minutes and 1 epoch or more",
            )
            raise ParameterError("music to train on", received=received, remedy=remedy)

    @property
    def shards(self) -> int:
        """Shards of an epoch, an even number: segments of 1024 frames are two of them."""
        return 2 * max(1, round(60 * self.minutes * cqt.Params().grid.frame_rate / (2 * SHARD_FRAMES)))
