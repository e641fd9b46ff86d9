"""The recurrent genre network of 2018: convolutions over time, an LSTM, a dense layer.

As the notebooks of the article [1]_ build it, which differ from its text: convolutions without padding, and batch
normalisation before the activation. Every filter spans all mel bands. Of 640 frames the three pools leave 318, 157 and
76; with 128 bands and 8 genres the network has 133,520 parameters.

.. [1] P. Dwivedi, "Using CNNs and RNNs for Music Genre Recognition", 2018; after K. Choi et al., "Convolutional
   Recurrent Neural Networks for Music Classification", ICASSP 2017.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from mir_models.augmentation import spectrum
from mir_models.examples.windows import Window
from mir_models.setting_types import Amount, Count, Rate, check_settings
from mir_models.training.normalisation import Scale
from mir_models.training.params import Params as TrainingParams
from mir_models.training.search_space import Floats, Integers, SearchSpace, of_training

NAME = "crnn"
TASK = "genre_recognition"
FEATURE = "log_mel_1024_ln"
HEADS = ("class",)
VERSION = 1
WINDOW = Window(512, 256)
"""The input of the reference is one window of 640 frames, the beginning of its clip."""
TRAINING = TrainingParams(
    epochs=70,
    batch_size=32,
    learning_rate=1e-3,
    plateau_monitor="val_accuracy",
    plateau_delta=0.01,
    plateau_patience=10,
    stop_patience=70,
)
AUGMENTATION = spectrum.Params()
SEARCH_SPACE = SearchSpace(
    {
        **of_training(TRAINING.learning_rate, batch_sizes=(16, 32, 64)),
        "network.filters": Integers(24, 96, step=8),
        "network.units": Integers(48, 192, log=True),
        "network.dropout": Floats(0.1, 0.6),
        "network.decay": Floats(1e-5, 1e-2, log=True),
    }
)


@dataclass(frozen=True)
class Params:
    """Sizes of the network.

    Attributes
    ----------
    blocks, filters, kernel : int
        Convolutions, filters of each and frames that a filter spans.
    units, dense : int
        Of the LSTM and of the layer after it.
    dropout : float in [0, 1)
        After every block, the LSTM and the dense layer.
    decay : float >= 0
        L2 penalty of kernels.
    """

    blocks: Count = 3
    filters: Count = 56
    kernel: Count = 5
    units: Count = 96
    dense: Count = 64
    dropout: Rate = 0.4
    decay: Amount = 0.001

    def __post_init__(self) -> None:
        check_settings(self)


def build(params: Params, *, scale: Scale, n_frames: int, n_classes: int) -> Any:
    """The network as a `keras.Model` from (batch, n_frames, n_bins) to ``{"class": (batch, n_classes)}``."""
    import keras
    from keras import layers, regularizers

    features = keras.Input((n_frames, scale.n_bins), name="features")
    x = scale.layer()(features)
    for _ in range(params.blocks):
        x = layers.Conv1D(params.filters, params.kernel, kernel_regularizer=regularizers.L2(params.decay))(x)
        x = layers.Activation("relu")(layers.BatchNormalization(momentum=0.9)(x))
        x = layers.Dropout(params.dropout)(layers.MaxPooling1D(2)(x))
    x = layers.Dropout(params.dropout)(layers.LSTM(params.units)(x))
    x = layers.Dense(params.dense, kernel_regularizer=regularizers.L2(params.decay))(x)
    x = layers.Dropout(params.dropout)(x)
    probabilities = layers.Dense(n_classes, activation="softmax", dtype="float32", name="class")(x)
    return keras.Model(features, {"class": probabilities}, name="crnn")
