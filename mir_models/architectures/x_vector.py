"""Convolutions over time and statistics pooling, the mean and deviation of every filter: an x-vector network [1]_.

Artists differ by timbre and how it changes, wherever in the window: filters span all bands and a few frames, the pools
between them let later ones span more, and their outputs over three seconds are reduced to mean and deviation. The
method is from speaker recognition, with seconds of speech and few recordings of each; short windows and a vote over the
track do as well for music [2]_. Examples are averaged with each other [3]_, masked in parts [4]_, and of another level
and colour, none of which makes an artist false.

.. [1] D. Snyder et al., "X-Vectors: Robust DNN Embeddings for Speaker Recognition", ICASSP 2018.
.. [2] M. Won, A. Ferraro, D. Bogdanov and X. Serra, "Evaluation of CNN-based Automatic Music Tagging Models", SMC 2020.
.. [3] H. Zhang et al., "mixup: Beyond Empirical Risk Minimization", ICLR 2018.
.. [4] D. Park et al., "SpecAugment", Interspeech 2019.
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

NAME = "x_vector"
TASK = "artist_recognition"
FEATURE = "log_mel"
HEADS = ("class",)
VERSION = 1
WINDOW = Window(128, 64)
TRAINING = TrainingParams(
    epochs=12, batch_size=32, learning_rate=3e-3, schedule="cosine", weight_decay=1e-3, ema=0.95, stop_patience=12
)
AUGMENTATION = spectrum.Params(softer=6.0, louder=6.0, colour=3.0, mask=0.5, mixup=0.5)
SEARCH_SPACE = SearchSpace(
    {
        **of_training(TRAINING.learning_rate, batch_sizes=(16, 32, 64)),
        "training.weight_decay": Floats(1e-5, 1e-1, log=True),
        "network.width": Integers(16, 64, step=8),
        "network.dropout": Floats(0.0, 0.6),
    }
)
GROWTH = (1, 2, 2, 2)
"""Filters of every block, in multiples of the width."""


@dataclass(frozen=True)
class Params:
    """Sizes of the network.

    Attributes
    ----------
    width : int
        Filters of the first block; the others have multiples, `GROWTH`.
    first, kernel : int
        Frames that a filter of the first block spans, and one of the others.
    dropout : float in [0, 1)
        Before the last layer.
    """

    width: Count = 32
    first: Count = 5
    kernel: Count = 3
    dropout: Rate = 0.4

    def __post_init__(self) -> None:
        check_settings(self)


def build(params: Params, *, scale: Scale, n_frames: int, n_classes: int) -> Any:
    """The network as a `keras.Model` from (batch, n_frames, n_bins) to ``{"class": (batch, n_classes)}``."""
    import keras
    from keras import layers

    features = keras.Input((n_frames, scale.n_bins), name="features")
    x = scale.layer()(features)
    for number, times in enumerate(GROWTH):
        span = params.kernel if number else params.first
        x = layers.Conv1D(times * params.width, span, padding="same", use_bias=False)(x)
        x = layers.Activation("relu")(layers.BatchNormalization(momentum=0.9)(x))
        x = layers.MaxPooling1D(2)(x)
    x = layers.Dropout(params.dropout)(_statistics(x))
    probabilities = layers.Dense(n_classes, activation="softmax", dtype="float32", name="class")(x)
    return keras.Model(features, {"class": probabilities}, name="x_vector")


def _statistics(x: Any) -> Any:
    """(batch, n_frames, n) to (batch, 2 n): mean and deviation over time."""
    from keras import ops

    # The square root has no finite gradient at 0.
    deviation = ops.sqrt(ops.var(x, axis=1) + 1e-5)
    return ops.concatenate([ops.mean(x, axis=1), deviation], axis=-1)
