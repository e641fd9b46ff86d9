"""A residual network on short chunks of a mel spectrogram: three seconds at a time, and a vote.

Blocks of two convolutions with a way around them [1]_, each on half as many frames and bands as the one before; what is
left is averaged and its strongest is kept, over time and frequency. Short chunks beat longer inputs in the comparison
of [2]_, whose network this is with a quarter of the filters: small enough for two cores and for an hour of music.

.. [1] K. He et al., "Deep Residual Learning for Image Recognition", CVPR 2016.
.. [2] M. Won, A. Ferraro, D. Bogdanov and X. Serra, "Evaluation of CNN-based Automatic Music Tagging Models", SMC 2020.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from mir_models import spectral_augmentation, training
from mir_models.normalisation import Scale
from mir_models.windows import Window

TASK = "artist_recognition"
FEATURE = "log_mel"
HEADS = ("class",)
VERSION = 1
WINDOW = Window(128, 64)
TRAINING = training.Params(
    epochs=40, batch_size=32, learning_rate=2e-3, schedule="cosine", weight_decay=1e-3, ema=0.99, stop_patience=40
)
AUGMENTATION = spectral_augmentation.Params(softer=6.0, louder=6.0, colour=3.0, mask=0.5, mixup=0.5)
GROWTH = (1, 2, 3, 4, 6)
"""Filters of every block, in multiples of the width."""


@dataclass(frozen=True)
class Params:
    """Sizes of the network.

    Attributes
    ----------
    width : int
        Filters of the first block; the others have multiples, `GROWTH`.
    dropout : float in [0, 1)
        Before the last layer.
    """

    width: int = 16
    dropout: float = 0.4


def build(params: Params, *, scale: Scale, n_frames: int, n_classes: int) -> Any:
    """The network as a `keras.Model` from (batch, n_frames, n_bins) to ``{"class": (batch, n_classes)}``."""
    import keras
    from keras import layers

    heard = keras.Input((n_frames, scale.n_bins), name="features")
    x = layers.Reshape((n_frames, scale.n_bins, 1))(scale.layer()(heard))
    for times in GROWTH:
        x = layers.MaxPooling2D(2)(_block(x, times * params.width))
    x = layers.Concatenate()([layers.GlobalAveragePooling2D()(x), layers.GlobalMaxPooling2D()(x)])
    x = layers.Dropout(params.dropout)(x)
    said = layers.Dense(n_classes, activation="softmax", dtype="float32", name="class")(x)
    return keras.Model(heard, {"class": said}, name="short_chunk")


def _block(x: Any, filters: int) -> Any:
    """Two convolutions of 3 by 3, and the way around them."""
    from keras import layers

    y = layers.Conv2D(filters, 3, padding="same", use_bias=False)(x)
    y = layers.Activation("relu")(layers.BatchNormalization(momentum=0.9)(y))
    y = layers.BatchNormalization(momentum=0.9)(layers.Conv2D(filters, 3, padding="same", use_bias=False)(y))
    around = layers.Conv2D(filters, 1, use_bias=False)(x)
    return layers.Activation("relu")(layers.Add()([around, y]))
