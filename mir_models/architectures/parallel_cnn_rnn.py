"""The parallel genre network of 2018: convolutions beside a recurrence over the same spectrogram.

Five blocks of convolutions over time, each of one mel band, and pools cover the whole spectrogram; beside them a
bidirectional GRU runs over the same spectrogram, pooled. Both outputs, concatenated, are 384 numbers. With 640 frames
of 128 bands, the pools leave 319 x 64, 158 x 32, 78 x 16, 19 x 4 and 4 x 1, and with 8 genres there are 85,544
parameters, as in the notebooks of P. Dwivedi, "Using CNNs and RNNs for Music Genre Recognition", 2018, after L. Feng et
al., "Music genre classification with paralleling recurrent convolutional neural network", arXiv:1712.08370.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from mir_models.augmentation import spectrum
from mir_models.examples.windows import Window
from mir_models.setting_types import Count, check_settings
from mir_models.training.normalisation import Scale
from mir_models.training.params import Params as TrainingParams
from mir_models.training.search_space import Integers, SearchSpace, of_training

NAME = "parallel_cnn_rnn"
TASK = "genre_recognition"
FEATURE = "log_mel_1024_ln"
HEADS = ("class",)
VERSION = 1
WINDOW = Window(512, 256)
"""The input of the reference is one window of 640 frames, the beginning of its clip."""
TRAINING = TrainingParams(
    epochs=50,
    batch_size=64,
    optimizer="rmsprop",
    learning_rate=5e-4,
    plateau_monitor="val_accuracy",
    plateau_delta=0.01,
    plateau_patience=10,
    stop_patience=50,
)
AUGMENTATION = spectrum.Params()
SEARCH_SPACE = SearchSpace(
    {
        **of_training(TRAINING.learning_rate, batch_sizes=(32, 64)),
        "network.units": Integers(32, 128, log=True),
    }
)
BLOCKS = ((16, 2), (32, 2), (64, 2), (64, 4), (64, 4))
"""Filters, and the pool over frames and bands, of every block."""
RECURRENT_POOL = (4, 2)
"""The pool over frames and bands before the recurrence."""


@dataclass(frozen=True)
class Params:
    """Sizes of the network.

    Attributes
    ----------
    units : int
        Of the GRU in each direction.
    """

    units: Count = 64

    def __post_init__(self) -> None:
        check_settings(self)


def build(params: Params, *, scale: Scale, n_frames: int, n_classes: int) -> Any:
    """The network as a `keras.Model` from (batch, n_frames, n_bins) to ``{"class": (batch, n_classes)}``."""
    import keras
    from keras import layers

    features = keras.Input((n_frames, scale.n_bins), name="features")
    spectrogram = layers.Reshape((n_frames, scale.n_bins, 1))(scale.layer()(features))
    x = spectrogram
    for filters, pool in BLOCKS:
        x = layers.MaxPooling2D(pool)(layers.Conv2D(filters, (3, 1), activation="relu")(x))
    pooled = layers.MaxPooling2D(RECURRENT_POOL)(spectrogram)
    pooled = layers.Reshape((pooled.shape[1], pooled.shape[2]))(pooled)
    recurrent = layers.Bidirectional(layers.GRU(params.units))(pooled)
    x = layers.Concatenate()([layers.Flatten()(x), recurrent])
    probabilities = layers.Dense(n_classes, activation="softmax", dtype="float32", name="class")(x)
    return keras.Model(features, {"class": probabilities}, name="parallel_cnn_rnn")
