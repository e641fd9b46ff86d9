"""Dense layers on a frame and its neighbours, four on either side: 0.2 s of a mel spectrogram.

The second network of the tutorial that :mod:`mir_models.architectures.dense_frame` cites, with nine frames as input.
Its weights are separate for each frame at which a sound may begin; a convolution shares them.
"""

from __future__ import annotations

from mir_models.architectures.dense_frame import SEARCH_SPACE, Params, build
from mir_models.augmentation import spectrum
from mir_models.examples.windows import Window
from mir_models.training.params import Params as TrainingParams

NAME = "dense_context"
TASK = "artist_recognition"
FEATURE = "log_mel"
HEADS = ("class",)
VERSION = 1
WINDOW = Window(9, 8, rest=False)
TRAINING = TrainingParams(epochs=30, batch_size=128, learning_rate=1e-3, stop_patience=10)
AUGMENTATION = spectrum.Params()

__all__ = [
    "AUGMENTATION",
    "FEATURE",
    "HEADS",
    "NAME",
    "SEARCH_SPACE",
    "TASK",
    "TRAINING",
    "VERSION",
    "WINDOW",
    "Params",
    "build",
]
