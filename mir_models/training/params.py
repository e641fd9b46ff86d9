"""Parameters of training: optimizer, learning rate and its schedule, batches, precision, early stopping."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from msgspec import Meta

from mir_models.examples.shards import SHARD_FRAMES
from mir_models.setting_types import Amount, Count, Positive, Rate, WholeAmount, check_settings

VERSION = 4
"""Raised when the same settings give another training."""
OPTIMIZERS = {"adam": "Adam", "rmsprop": "RMSprop", "sgd": "SGD"}
"""Name of a setting to the class of `keras.optimizers`."""


@dataclass(frozen=True)
class Params:
    """How a network is trained.

    Attributes
    ----------
    epochs : int
        Maximum number of epochs.
    batch_size : int
        Segments in a batch.
    segment_frames : int
        Frames of a segment: 512 gives whole shards, 128 four segments of each (`mir_models.examples.segments`).
    optimizer : str
        ``"adam"``, ``"rmsprop"`` or ``"sgd"``.
    learning_rate : float
        At the beginning, or the highest of a cosine.
    schedule : str
        ``"plateau"``, or ``"cosine"``: up over the first twentieth of all steps, then down to nothing in half a cosine
        (I. Loshchilov, F. Hutter, "SGDR", ICLR 2017).
    weight_decay : float >= 0
        Decoupled from the gradient (I. Loshchilov, F. Hutter, "Decoupled Weight Decay Regularization", ICLR 2019).
    clipnorm : float
        Norm to which each gradient is clipped.
    ema : float in [0, 1)
        Momentum of the exponential moving average of the weights that is validated and kept; 0: the weights themselves.
    focal_gamma : float >= 0
        Of the focal loss; 0 is plain cross-entropy (`mir_models.training.losses`).
    precision : str
        ``"float32"``; on a GPU ``"mixed_bfloat16"`` or ``"mixed_float16"``.
    plateau_monitor : str
        The validation score that the plateau monitors: ``"val_loss"``, the lower the better, or one of which higher is
        better.
    plateau_delta : float >= 0
        What counts as better, at least.
    plateau_patience : int
        Epochs without a better score that are a plateau.
    plateau_factor : float in (0, 1)
        By which the learning rate is multiplied on a plateau.
    stop_patience : int
        Epochs without a better validation score after which training stops.
    seed : int
        Of the initial weights, dropout, the order of shards, their segments and augmentation.
    """

    epochs: Count = 40
    batch_size: Count = 16
    segment_frames: Annotated[int, Meta(ge=1, le=SHARD_FRAMES)] = SHARD_FRAMES
    optimizer: Literal["adam", "rmsprop", "sgd"] = "adam"
    learning_rate: Positive = 1e-3
    schedule: Literal["plateau", "cosine"] = "plateau"
    weight_decay: Amount = 0.0
    clipnorm: Positive = 1.0
    ema: Rate = 0.0
    focal_gamma: Amount = 0.0
    precision: Literal["float32", "mixed_bfloat16", "mixed_float16"] = "float32"
    plateau_monitor: str = "val_loss"
    plateau_delta: Amount = 1e-4
    plateau_patience: Count = 2
    plateau_factor: Annotated[float, Meta(gt=0, lt=1)] = 0.5
    stop_patience: Count = 8
    seed: WholeAmount = 0

    def __post_init__(self) -> None:
        check_settings(self)
