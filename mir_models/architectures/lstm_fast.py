"""The seed network at the speed of cuDNN: the same functions, regularised so that the fused kernel can compute them.

The network of :mod:`mir_models.architectures.lstm`, parameter by parameter, but for its recurrent dropout: instead of
activations in every step, weights of the recurrent kernel are dropped once per batch
(:class:`mir_models.layers.WeightDroppedLSTM`), and the inputs as a layer of their own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from mir_models.augmentation import spectrum
from mir_models.notes.annotations import N_KEYS
from mir_models.setting_types import Count, Rate, check_settings
from mir_models.training.normalisation import Scale
from mir_models.training.params import Params as TrainingParams
from mir_models.training.search_space import Floats, Integers, SearchSpace, of_training

NAME = "lstm_fast"
TASK = "piano_transcription"
FEATURE = "cqt_84"
HEADS = ("frame",)
VERSION = 1
TRAINING = TrainingParams(epochs=40, batch_size=16, learning_rate=1e-3)
AUGMENTATION = spectrum.Params()
SEARCH_SPACE = SearchSpace(
    {
        **of_training(TRAINING.learning_rate, batch_sizes=(8, 16, 32)),
        "network.units": Integers(32, 256),
        "network.dropout": Floats(0.0, 0.5),
        "network.weight_dropout": Floats(0.0, 0.5),
    },
    first={"network.units": 115},
)
"""The first trial is that of `lstm`."""


@dataclass(frozen=True)
class Params:
    """Sizes and rates of the network.

    Attributes
    ----------
    units : int
        Width of the LSTM and of the dense layer after it.
    dropout : float in [0, 1)
        Share of inputs dropped in training.
    weight_dropout : float in [0, 1)
        Share of the recurrent kernel's weights dropped for a batch.
    """

    units: Count = 120
    dropout: Rate = 0.2
    weight_dropout: Rate = 0.2

    def __post_init__(self) -> None:
        check_settings(self)


def build(params: Params, *, scale: Scale) -> Any:
    """The network as a `keras.Model` from (batch, n_frames, n_bins) dB to ``{"frame": (batch, n_frames, 88)}``."""
    import keras
    from keras import layers

    from mir_models.layers import WeightDroppedLSTM

    features = keras.Input((None, scale.n_bins), name="features")
    x = layers.Dropout(params.dropout)(scale.layer()(features))
    x = WeightDroppedLSTM(params.units, weight_drop=params.weight_dropout, return_sequences=True)(x)
    x = layers.Dense(params.units, activation="relu")(x)
    frame = layers.Dense(N_KEYS, activation="sigmoid", dtype="float32", name="frame")(x)
    return keras.Model(features, {"frame": frame}, name="lstm_fast")
