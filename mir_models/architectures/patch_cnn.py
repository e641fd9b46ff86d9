"""The artist network of a study of adversaries [1]_: half a second of mel spectrum, one convolution, one dense layer.

Fifteen filters of 9 by 9 over a patch of 40 frames and 64 bands, and a maximum over every field of 8 by 8 without
padding. With 20 artists there are 227,042 parameters. The class of a track is a vote of its patches. [1]_ shows that
inaudible changes of the input can make such a network predict any class.

.. [1] C. Kereliuk, B. L. Sturm and J. Larsen, "Deep Learning and Music Adversaries", IEEE TMM 17(11), 2015, and
   P. Hamel and D. Eck, "Learning Features from Music Audio with Deep Belief Networks", ISMIR 2010, for the task.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from mir_models.augmentation import spectrum
from mir_models.examples.windows import Window
from mir_models.setting_types import Amount, Count, check_settings
from mir_models.training.normalisation import Scale
from mir_models.training.params import Params as TrainingParams
from mir_models.training.search_space import Floats, Integers, SearchSpace, of_training

NAME = "patch_cnn"
TASK = "artist_recognition"
FEATURE = "mel_patch"
HEADS = ("class",)
VERSION = 1
WINDOW = Window(40, 40, rest=False)
TRAINING = TrainingParams(epochs=30, batch_size=80, optimizer="sgd", learning_rate=0.05, stop_patience=10)
AUGMENTATION = spectrum.Params()
SEARCH_SPACE = SearchSpace(
    {
        **of_training(TRAINING.learning_rate, batch_sizes=(40, 80, 160)),
        "network.filters": Integers(8, 32),
        "network.dense": Integers(128, 1024, log=True),
        "network.decay": Floats(1e-6, 1e-2, log=True),
    }
)


@dataclass(frozen=True)
class Params:
    """Sizes of the network.

    Attributes
    ----------
    filters, kernel, pool : int
        Filters, and the frames and bands that each spans and that one pool spans.
    dense : int
        Units of the layer after them.
    decay : float >= 0
        L2 penalty of the filters and of the output's kernel.
    """

    filters: Count = 15
    kernel: Count = 9
    pool: Count = 8
    dense: Count = 512
    decay: Amount = 1e-4

    def __post_init__(self) -> None:
        check_settings(self)


def build(params: Params, *, scale: Scale, n_frames: int, n_classes: int) -> Any:
    """The network as a `keras.Model` from (batch, n_frames, n_bins) to ``{"class": (batch, n_classes)}``."""
    import keras
    from keras import layers, regularizers

    decay = regularizers.L2(params.decay)
    features = keras.Input((n_frames, scale.n_bins), name="features")
    x = layers.Reshape((n_frames, scale.n_bins, 1))(scale.layer()(features))
    x = layers.Conv2D(params.filters, params.kernel, activation="relu", kernel_regularizer=decay)(x)
    x = layers.Flatten()(layers.MaxPooling2D(params.pool)(x))
    x = layers.Dense(params.dense, activation="relu")(x)
    last = layers.Dense(n_classes, activation="softmax", kernel_regularizer=decay, dtype="float32", name="class")
    return keras.Model(features, {"class": last(x)}, name="patch_cnn")
