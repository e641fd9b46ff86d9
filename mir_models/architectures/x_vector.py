"""A network of convolutions over time whose last layer hears statistics: mean and deviation of every filter [1]_.

What tells artists apart is timbre and how it moves, wherever in the window it is: filters span all bands and a few
frames, the pools between them let later ones span more, and what they say over three seconds becomes its mean and its
deviation, order forgotten. The speaker's identity was first told so, from seconds of speech and with few recordings of
each; short windows and a vote over the track do as well for music [2]_. Examples are averaged with each other [3]_,
muted in parts [4]_, and of another level and colour, none of which makes an artist false.

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
from mir_models.training import fit
from mir_models.training.normalisation import Scale

NAME = "x_vector"
TASK = "artist_recognition"
FEATURE = "log_mel"
HEADS = ("class",)
VERSION = 1
WINDOW = Window(128, 64)
TRAINING = fit.Params(
    epochs=12, batch_size=32, learning_rate=3e-3, schedule="cosine", weight_decay=1e-3, ema=0.95, stop_patience=12
)
AUGMENTATION = spectrum.Params(softer=6.0, louder=6.0, colour=3.0, mask=0.5, mixup=0.5)
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

    width: int = 32
    first: int = 5
    kernel: int = 3
    dropout: float = 0.4


def build(params: Params, *, scale: Scale, n_frames: int, n_classes: int) -> Any:
    """The network as a `keras.Model` from (batch, n_frames, n_bins) to ``{"class": (batch, n_classes)}``."""
    import keras
    from keras import layers

    heard = keras.Input((n_frames, scale.n_bins), name="features")
    x = scale.layer()(heard)
    for number, times in enumerate(GROWTH):
        span = params.kernel if number else params.first
        x = layers.Conv1D(times * params.width, span, padding="same", use_bias=False)(x)
        x = layers.Activation("relu")(layers.BatchNormalization(momentum=0.9)(x))
        x = layers.MaxPooling1D(2)(x)
    x = layers.Dropout(params.dropout)(_statistics(x))
    said = layers.Dense(n_classes, activation="softmax", dtype="float32", name="class")(x)
    return keras.Model(heard, {"class": said}, name="x_vector")


def _statistics(x: Any) -> Any:
    """(batch, n_frames, n) to (batch, 2 n): mean and deviation over time."""
    from keras import ops

    # The root of nothing has no slope.
    deviation = ops.sqrt(ops.var(x, axis=1) + 1e-5)
    return ops.concatenate([ops.mean(x, axis=1), deviation], axis=-1)
