"""The seed network: a long short-term memory that transcribes piano from 84 constant-Q bins.

LSTM(120) with dropout on input and recurrence, a dense layer of 120 and one of 88 per frame: 123,568 parameters.
The original wrapped its dense layers in ``TimeDistributed``, which Keras 3 unrolls over the 512 frames; a ``Dense`` on
the last axis is the same function. Its recurrent dropout rules out cuDNN's kernel.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from mir_models.augmentation import spectrum
from mir_models.setting_types import Count, Rate, check_settings
from mir_models.training.normalisation import Scale
from mir_models.training.params import Params as TrainingParams
from mir_models.training.search_space import Floats, Integers, SearchSpace, of_training

NAME = "lstm"
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
        "network.recurrent_dropout": Floats(0.0, 0.5),
    },
    first={"network.units": 115},
)
"""The first trial has the seed's width of a hidden layer: two thirds of inputs and outputs together, 2/3 (84 + 88)."""


@dataclass(frozen=True)
class Params:
    """Sizes and rates of the network.

    Attributes
    ----------
    units : int
        Width of the LSTM and of the dense layer after it.
    dropout, recurrent_dropout : float in [0, 1)
        Share of inputs and of recurrent connections dropped in training.
    """

    units: Count = 120
    dropout: Rate = 0.2
    recurrent_dropout: Rate = 0.2

    def __post_init__(self) -> None:
        check_settings(self)


def build(params: Params, *, scale: Scale) -> Any:
    """The network as a `keras.Model` from (batch, n_frames, n_bins) dB to ``{"frame": (batch, n_frames, 88)}``."""
    import keras
    from keras import layers

    features = keras.Input((None, scale.n_bins), name="features")
    x = scale.layer()(features)
    x = layers.LSTM(
        params.units, dropout=params.dropout, recurrent_dropout=params.recurrent_dropout, return_sequences=True
    )(x)
    x = layers.Dense(params.units, activation="relu")(x)
    frame = layers.Dense(88, activation="sigmoid", dtype="float32", name="frame")(x)
    return keras.Model(features, {"frame": frame}, name="lstm")
