"""The better default: a bidirectional LSTM over all 88 keys, with an onset head beside the frame head.

A convolution over time hears attacks, the recurrence runs both ways, and the frame head sees what the onset head says
(the conditioning of Hawthorne et al., "Onsets and Frames", ISMIR 2018, in a small network).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from mir_models import training
from mir_models.normalisation import Scale

TASK = "piano_transcription"
FEATURE = "cqt"
HEADS = ("frame", "onset")
VERSION = 1
TRAINING = training.Params(epochs=40, batch_size=8, learning_rate=2e-3)


@dataclass(frozen=True)
class Params:
    """Sizes and rates of the network.

    Attributes
    ----------
    filters : int
        Filters of the convolution over time.
    kernel_size : int
        Frames that the convolution spans.
    units : int
        Width of the LSTM in each direction.
    dropout : float in [0, 1)
        Share of activations dropped before and after the recurrence.
    """

    filters: int = 128
    kernel_size: int = 5
    units: int = 96
    dropout: float = 0.2


def build(params: Params, *, scale: Scale) -> Any:
    """The network as a `keras.Model` from (batch, n_frames, n_bins) dB to frame and onset, each (…, n_frames, 88)."""
    import keras
    from keras import layers

    heard = keras.Input((None, scale.n_bins), name="features")
    x = scale.layer()(heard)
    x = layers.Conv1D(params.filters, params.kernel_size, padding="same", activation="relu")(x)
    x = layers.Dropout(params.dropout)(x)
    x = layers.Bidirectional(layers.LSTM(params.units, return_sequences=True))(x)
    x = layers.Dropout(params.dropout)(x)
    onset = layers.Dense(88, activation="sigmoid", name="onset")(x)
    frame = layers.Dense(88, activation="sigmoid", name="frame")(layers.Concatenate()([x, onset]))
    return keras.Model(heard, {"frame": frame, "onset": onset}, name="bilstm")
