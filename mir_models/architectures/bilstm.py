"""A bidirectional LSTM over all 88 keys, with an onset head beside the frame head.

Every key is first filtered by the same small convolution over its own harmonics (as Bittner et al., "A lightweight
instrument-agnostic model for polyphonic note transcription", ICASSP 2022, stack them), so that what is learned in one
octave holds in the others. The input of the recurrence is all keys at once, in both directions; its logits are added to
those of the convolution.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mir_models.augmentation import spectrum
from mir_models.notes.annotations import N_KEYS
from mir_models.setting_types import Count, Rate, check_settings
from mir_models.training.normalisation import Scale
from mir_models.training.params import Params as TrainingParams
from mir_models.training.search_space import Floats, Integers, SearchSpace, of_training

NAME = "bilstm"
TASK = "piano_transcription"
FEATURE = "cqt"
HEADS = ("frame", "onset")
VERSION = 2
TRAINING = TrainingParams(epochs=16, batch_size=4, learning_rate=3e-3, stop_patience=6)
AUGMENTATION = spectrum.Params()
SEARCH_SPACE = SearchSpace(
    {
        **of_training(TRAINING.learning_rate, batch_sizes=(4, 8, 16)),
        "network.filters": Integers(6, 24),
        "network.width": Integers(64, 256, log=True),
        "network.units": Integers(48, 192, log=True),
        "network.dropout": Floats(0.0, 0.5),
    }
)

HARMONICS = (0, 12, 19, 24, 28, 31, -12)
"""Semitones from a key's fundamental to its harmonics 1 to 6 and to the octave below."""
RARE = -1.5
"""Initial bias of either logit: together, a key sounds with probability 0.05."""


@dataclass(frozen=True)
class Params:
    """Sizes and rates of the network.

    Attributes
    ----------
    filters : int
        Filters of the two convolutions over time and keys.
    kernel_size : int
        Frames that the first of them spans.
    width : int
        Of the dense layer between convolution and recurrence.
    units : int
        Width of the LSTM in each direction.
    dropout : float in [0, 1)
        Share of activations dropped before and after the recurrence.
    """

    filters: Count = 12
    kernel_size: Count = 5
    width: Count = 128
    units: Count = 96
    dropout: Rate = 0.2

    def __post_init__(self) -> None:
        check_settings(self)


def build(params: Params, *, scale: Scale) -> Any:
    """The network as a `keras.Model` from (batch, n_frames, 88) dB to frame and onset, each (batch, n_frames, 88)."""
    import keras
    from keras import layers

    features = keras.Input((None, scale.n_bins), name="features")
    x = _harmonics_of_keys(scale.layer()(features))
    x = layers.Conv2D(params.filters, (params.kernel_size, 3), padding="same", activation="relu")(x)
    x = layers.Conv2D(params.filters, (3, 3), padding="same", activation="relu")(x)
    y = layers.Reshape((-1, N_KEYS * params.filters))(x)
    y = layers.Dropout(params.dropout)(y)
    y = layers.Dense(params.width, activation="relu")(y)
    y = layers.Bidirectional(layers.LSTM(params.units, return_sequences=True))(y)
    y = layers.Dropout(params.dropout)(y)
    return keras.Model(features, {head: _head(x, y, head) for head in HEADS}, name="bilstm")


def _harmonics_of_keys(x: Any) -> Any:
    """(batch, n_frames, 88) to (batch, n_frames, 88, 7): the harmonics of every key, 0 beyond the keyboard."""
    from keras import layers, ops

    padded = ops.pad(x, [[0, 0], [0, 0], [0, 1]])
    return layers.Reshape((-1, N_KEYS, len(HARMONICS)))(ops.take(padded, _bins().tolist(), axis=-1))


def _bins() -> NDArray[np.int64]:
    """(88 * 7,) bin of every harmonic of every key; 88, the padding, where there is none."""
    bins = np.arange(N_KEYS)[:, None] + np.array(HARMONICS)
    return np.where((bins >= 0) & (bins < N_KEYS), bins, N_KEYS).reshape(-1)


def _head(x: Any, y: Any, name: str) -> Any:
    """(batch, n_frames, 88) in [0, 1]: the sigmoid of the summed logits of the convolution and of the recurrence."""
    from keras import initializers, layers

    rare = initializers.Constant(RARE)
    of_key = layers.Reshape((-1, N_KEYS))(layers.Conv2D(1, 1, bias_initializer=rare)(x))
    of_all = layers.Dense(N_KEYS, bias_initializer=rare)(y)
    return layers.Activation("sigmoid", dtype="float32", name=name)(layers.Add()([of_key, of_all]))
