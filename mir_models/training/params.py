"""Parameters of training: optimizer, learning rate and its schedule, batches, precision, early stopping."""

from __future__ import annotations

import math
from dataclasses import dataclass

from mir_models.errors import ParameterError
from mir_models.examples.shards import SHARD_FRAMES

VERSION = 4
"""Raised when the same settings give another training."""
OPTIMIZERS = {"adam": "Adam", "rmsprop": "RMSprop", "sgd": "SGD"}
"""Name of a setting to the class of `keras.optimizers`."""
SCHEDULES = ("plateau", "cosine")
PRECISIONS = ("float32", "mixed_bfloat16", "mixed_float16")


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
        Epochs without a better score after which the learning rate is multiplied by `plateau_factor`.
    plateau_factor : float in (0, 1)
    stop_patience : int
        Epochs without a better validation score after which training stops.
    seed : int
        Of the initial weights, dropout, the order of shards, their segments and augmentation.
    """

    epochs: int = 40
    batch_size: int = 16
    segment_frames: int = SHARD_FRAMES
    optimizer: str = "adam"
    learning_rate: float = 1e-3
    schedule: str = "plateau"
    weight_decay: float = 0.0
    clipnorm: float = 1.0
    ema: float = 0.0
    focal_gamma: float = 0.0
    precision: str = "float32"
    plateau_monitor: str = "val_loss"
    plateau_delta: float = 1e-4
    plateau_patience: int = 2
    plateau_factor: float = 0.5
    stop_patience: int = 8
    seed: int = 0

    def __post_init__(self) -> None:
        allowed = {
            **dict.fromkeys(("epochs", "batch_size", "plateau_patience", "stop_patience"), lambda n: n >= 1),
            **dict.fromkeys(("learning_rate", "clipnorm"), lambda x: 0 < x < math.inf),
            **dict.fromkeys(("weight_decay", "focal_gamma", "plateau_delta"), lambda x: 0 <= x < math.inf),
            "plateau_factor": lambda x: 0 < x < 1,
            "ema": lambda x: 0 <= x < 1,
            "segment_frames": lambda n: 1 <= n <= SHARD_FRAMES,
            "schedule": SCHEDULES.__contains__,
            "precision": PRECISIONS.__contains__,
            "optimizer": OPTIMIZERS.__contains__,
        }
        wrong = {name: getattr(self, name) for name, allows in allowed.items() if not allows(getattr(self, name))}
        if wrong:
            received = ", ".join(f"{name}={value}" for name, value in wrong.items())
            remedy = (
                "give counts of at least 1, positive rates, a plateau_factor below 1, an ema from 0 to below 1, "
                f"segments of 1 to {SHARD_FRAMES} frames, a schedule of {', '.join(SCHEDULES)}, a precision of "
                f"{', '.join(PRECISIONS)}, an optimizer of {', '.join(OPTIMIZERS)}"
            )
            raise ParameterError("settings a network can be trained with", received=received, remedy=remedy)
