"""Dense layers on one frame of a mel spectrogram: timbre without time, the first network of a tutorial [1]_.

Every frame is classified by itself, and the frames of a track vote. Changes from one frame to the next are not part of
its input; that of ``dense_context`` has a frame with its neighbours.

.. [1] K. Choi, G. Fazekas, K. Cho and M. Sandler, "A Tutorial on Deep Learning for Music Information Retrieval",
   arXiv:1709.04396, 2017.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from mir_models.augmentation import spectrum
from mir_models.examples.windows import Window
from mir_models.setting_types import Count, Rate, check_settings
from mir_models.training.normalisation import Scale
from mir_models.training.params import Params as TrainingParams
from mir_models.training.search_space import Floats, Integers, SearchSpace, of_training

NAME = "dense_frame"
TASK = "artist_recognition"
FEATURE = "log_mel"
HEADS = ("class",)
VERSION = 1
WINDOW = Window(1, 8, rest=False)
"""Every eighth frame: its neighbours are nearly the same."""
TRAINING = TrainingParams(epochs=30, batch_size=128, learning_rate=1e-3, stop_patience=10)
AUGMENTATION = spectrum.Params()
SEARCH_SPACE = SearchSpace(
    {
        **of_training(TRAINING.learning_rate, batch_sizes=(64, 128, 256)),
        "network.layers": Integers(1, 3),
        "network.units": Integers(64, 512, log=True),
        "network.dropout": Floats(0.0, 0.6),
    }
)


@dataclass(frozen=True)
class Params:
    """Sizes of the network.

    Attributes
    ----------
    layers, units : int
        Hidden layers, and the width of each.
    dropout : float in [0, 1)
        After every hidden layer.
    """

    layers: Count = 2
    units: Count = 256
    dropout: Rate = 0.3

    def __post_init__(self) -> None:
        check_settings(self)


def build(params: Params, *, scale: Scale, n_frames: int, n_classes: int) -> Any:
    """The network as a `keras.Model` from (batch, n_frames, n_bins) to ``{"class": (batch, n_classes)}``."""
    import keras
    from keras import layers

    features = keras.Input((n_frames, scale.n_bins), name="features")
    x = layers.Flatten()(scale.layer()(features))
    for _ in range(params.layers):
        x = layers.Dropout(params.dropout)(layers.Dense(params.units, activation="relu")(x))
    probabilities = layers.Dense(n_classes, activation="softmax", dtype="float32", name="class")(x)
    return keras.Model(features, {"class": probabilities}, name="dense")
