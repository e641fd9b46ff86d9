"""Onsets and frames by residual convolutions over time and keys, every key from its harmonics: `onsets_frames`, wider.

The heads, their conditioning and the stacking of harmonics are those of :mod:`mir_models.architectures.onsets_frames`.
What differs is made for recordings of real rooms, and for processors with matrix units: blocks of one convolution over
three frames and three keys at once with a residual [1]_ instead of two thinner ones, twice as many filters, and the
keys that share harmonics twice, before and after the widest step.

Weights are shared by all keys; what is of a register (decay, inharmonicity, loudness) is a bias of each key.

.. [1] K. He, X. Zhang, S. Ren, J. Sun, "Deep Residual Learning for Image Recognition", CVPR 2016.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from mir_models.architectures._harmonics import harmonics, head, relatives, semitones
from mir_models.augmentation import spectrum
from mir_models.setting_types import Count, check_settings
from mir_models.training.normalisation import Scale
from mir_models.training.params import Params as TrainingParams
from mir_models.training.search_space import Floats, Integers, SearchSpace, of_training

NAME = "harmonic_resnet"
TASK = "piano_transcription"
FEATURE = "cqt_36"
HEADS = ("frame", "onset_regressed", "offset", "velocity")
VERSION = 1
TRAINING = TrainingParams(
    epochs=20,
    batch_size=8,
    segment_frames=128,
    learning_rate=2e-3,
    schedule="cosine",
    weight_decay=1e-4,
    ema=0.999,
    stop_patience=20,
)
AUGMENTATION = spectrum.Params(
    transpose=4, detune=0.2, softer=12.0, louder=6.0, colour=3.0, noise=0.5, mask=0.0, mix=0.0
)
SEARCH_SPACE = SearchSpace(
    {
        **of_training(TRAINING.learning_rate),
        "training.weight_decay": Floats(1e-6, 1e-2, log=True),
        "network.stem": Integers(16, 48, step=16),
        "network.filters": Integers(32, 96, step=16),
        "network.relatives": Integers(16, 32, step=16),
        "network.frame_filters": Integers(16, 64, step=16),
    }
)

STEPS = (1, 2, 4, 8, 1)
"""Dilation in frames of the blocks that the heads of events share."""
RELATED = (1, 4)
"""Blocks that see the keys that share harmonics as well."""
VELOCITY_STEPS = (1, 2)
"""Dilation of the blocks of the velocity head only."""
FRAME_STEPS = (2, 4, 8, 16, 32)
"""The same of the frame head only."""
CONTEXT_FRAMES = 2 + sum(STEPS) + 1 + 2 + sum(FRAME_STEPS) + 1
"""Frames on either side that an activation depends on: 1.9 s at 43.07 frames per second."""


@dataclass(frozen=True)
class Params:
    """Sizes of the network; multiples of 16 are the fastest.

    Attributes
    ----------
    bins_per_semitone : int
        Of the feature, which begins at A0 (`mir_models.features.cqt.of_keys`).
    stem : int
        Filters over the bins of a semitone and its neighbours.
    filters : int
        Width of a key in the blocks of the events.
    relatives : int
        Width of each of the keys that share harmonics.
    velocity_filters, frame_filters : int
        Width of a key in the blocks of these heads.
    """

    bins_per_semitone: Count = 3
    stem: Count = 32
    filters: Count = 48
    relatives: Count = 16
    velocity_filters: Count = 16
    frame_filters: Count = 32

    def __post_init__(self) -> None:
        check_settings(self)


def build(params: Params, *, scale: Scale) -> Any:
    """The network as a `keras.Model` from (batch, n_frames, n_bins) dB to four heads of (batch, n_frames, 88)."""
    import keras
    from keras import layers, ops

    features = keras.Input((None, scale.n_bins), name="features")
    bins = scale.over_bins().layer()(features)
    stem = semitones(bins, params.bins_per_semitone, params.stem)
    x = _keys(stem, params.filters)
    for number, step in enumerate(STEPS):
        x = _block(x, step, relatives(x, params.relatives) if number in RELATED else None)
    loud = _keys(stem, params.velocity_filters)
    for step in VELOCITY_STEPS:
        loud = _block(loud, step)
    heads = {name: head(x, name, -3.0) for name in ("onset_regressed", "offset")}
    heads["velocity"] = head(loud, "velocity", 0.0)
    events = [ops.expand_dims(ops.stop_gradient(heads[name]), -1) for name in ("onset_regressed", "offset")]
    frame = head(_sustained(layers.Concatenate()([x, *events]), params.frame_filters), "frame", -2.0)
    return keras.Model(features, {"frame": frame, **heads}, name=NAME)


def _keys(x: Any, filters: int) -> Any:
    """(batch, n_frames, n_semitones, stem) to (batch, n_frames, 88, filters), from the harmonics of each key."""
    from keras import layers

    from mir_models.layers import Convolution, KeyBias

    return layers.Activation("relu")(KeyBias()(Convolution(filters, 1, use_bias=False)(harmonics(x))))


def _block(x: Any, step: int, more: Any = None) -> Any:
    """A residual block over `step` frames before and after and over neighbouring keys, of `x` and `more`."""
    from keras import layers

    from mir_models.layers import Convolution

    seen = x if more is None else layers.Concatenate()([x, more])
    y = Convolution(x.shape[-1], 3, dilation_rate=(step, 1), padding="same")(seen)
    return layers.Activation("relu")(layers.Add()([x, y]))


def _sustained(x: Any, filters: int) -> Any:
    """Dilated residual convolutions over 1.5 s to either side, which follow held notes."""
    from keras import layers

    from mir_models.layers import Convolution

    x = Convolution(filters, (5, 1), padding="same", activation="relu")(x)
    for step in FRAME_STEPS:
        y = Convolution(filters, (3, 1), dilation_rate=(step, 1), padding="same")(x)
        x = layers.Activation("relu")(layers.Add()([x, y]))
    return x
