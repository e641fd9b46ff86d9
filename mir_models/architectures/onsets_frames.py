"""Onsets and frames by convolutions only: where notes begin and end, how loud they are, which keys sound.

Three heads share one stack of convolutions and condition each other as in Hawthorne et al. [1]_: the outputs of the
onset and offset heads are an input of the frame head, without a gradient back. The velocity head has a stack of its
own, as there: features of an onset are poor features of its loudness. The target of the onset head is the exact time
[2]_. Instead of recurrences there are dilated convolutions over time [3]_, so the receptive field is `CONTEXT_FRAMES`
on either side: a recording gives the same notes wherever its windows fall.

Weights are shared by all pitches. Three bins per semitone become one vector per semitone; a key's input is its own
harmonics, stacked as in [4]_, and the keys whose harmonic it could be, as in [5]_. Only a bias is separate for each
key.

.. [1] C. Hawthorne et al., "Onsets and Frames: Dual-Objective Piano Transcription", ISMIR 2018.
.. [2] Q. Kong et al., "High-Resolution Piano Transcription with Pedals by Regressing Onset and Offset Times",
   IEEE/ACM TASLP 29, 2021.
.. [3] F. Yu, V. Koltun, "Multi-Scale Context Aggregation by Dilated Convolutions", ICLR 2016.
.. [4] R. Bittner et al., "A Lightweight Instrument-Agnostic Model for Polyphonic Note Transcription and Multipitch
   Estimation", ICASSP 2022.
.. [5] W. Wei et al., "HPPNet: Modeling the Harmonic Structure and Pitch Invariance in Piano Transcription", ISMIR 2022.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from mir_models.architectures._harmonics import harmonics, head, relatives, semitones
from mir_models.augmentation import spectrum
from mir_models.notes.annotations import N_KEYS
from mir_models.setting_types import Count, check_settings
from mir_models.training.normalisation import Scale
from mir_models.training.params import Params as TrainingParams
from mir_models.training.search_space import Floats, Integers, SearchSpace, of_training

NAME = "onsets_frames"
TASK = "piano_transcription"
FEATURE = "cqt_36"
HEADS = ("frame", "onset_regressed", "offset", "velocity")
VERSION = 2
TRAINING = TrainingParams(
    epochs=6,
    batch_size=8,
    segment_frames=128,
    learning_rate=4e-3,
    schedule="cosine",
    weight_decay=1e-4,
    ema=0.995,
    stop_patience=8,
)
AUGMENTATION = spectrum.Params(
    transpose=4, detune=0.2, softer=6.0, louder=3.0, colour=3.0, noise=0.5, mask=0.0, mix=0.0
)
SEARCH_SPACE = SearchSpace(
    {
        **of_training(TRAINING.learning_rate),
        "training.weight_decay": Floats(1e-6, 1e-2, log=True),
        "network.stem": Integers(8, 32, step=8),
        "network.filters": Integers(16, 48, step=8),
        "network.relatives": Integers(4, 16, step=4),
        "network.frame_filters": Integers(8, 32, step=8),
    }
)

STEPS = (1, 2, 4, 8)
"""Dilation in frames of the convolutions over time that all heads share."""
VELOCITY_STEPS = (1, 2)
"""The same for those of the velocity head only."""
FRAME_STEPS = (2, 4, 8, 16, 32)
"""The same for those of the frame head only."""
CONTEXT_FRAMES = 2 + sum(STEPS) + 1 + 2 + sum(FRAME_STEPS) + 1
"""Frames on either side that an activation depends on: 1.9 s at 43.07 frames per second."""


@dataclass(frozen=True)
class Params:
    """Sizes of the network.

    Attributes
    ----------
    bins_per_semitone : int
        Of the feature, which begins at A0 (`mir_models.features.cqt.of_keys`).
    stem : int
        Filters over the bins of a semitone and its neighbours.
    filters : int
        Width of a key in the shared stack.
    relatives : int
        Width of the input of a key from its relatives.
    velocity_filters : int
        Width of a key in the stack of the velocity head.
    frame_filters : int
        Width of a key in the stack of the frame head.
    """

    bins_per_semitone: Count = 3
    stem: Count = 16
    filters: Count = 24
    relatives: Count = 8
    velocity_filters: Count = 16
    frame_filters: Count = 16

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
        x = _residual(x, step, _relatives(x, params) if number == 1 else None)
    loud = _keys(stem, params.velocity_filters)
    for step in VELOCITY_STEPS:
        loud = _residual(loud, step)
    heads = {name: head(x, name, -3.0) for name in ("onset_regressed", "offset")}
    heads["velocity"] = head(loud, "velocity", 0.0)
    events = [ops.expand_dims(ops.stop_gradient(heads[name]), -1) for name in ("onset_regressed", "offset")]
    frame = head(_sustained(layers.Concatenate()([x, *events]), params), "frame", -2.0)
    return keras.Model(features, {"frame": frame, **heads}, name="onsets_frames")


def _keys(x: Any, filters: int) -> Any:
    """(batch, n_frames, n_semitones, stem) to (batch, n_frames, 88, filters), from the harmonics of each key."""
    from keras import layers

    x = layers.EinsumDense("btkc,cd->btkd", output_shape=(None, N_KEYS, filters), bias_axes="kd")(harmonics(x))
    return layers.Activation("relu")(x)


def _residual(x: Any, step: int, more: Any = None) -> Any:
    """A residual block over `step` frames before and after and over neighbouring keys, plus `more`; shapes stay."""
    from keras import layers

    from mir_models.layers import Convolution

    filters = x.shape[-1]
    y = Convolution(filters, (3, 1), dilation_rate=(step, 1), padding="same", activation="relu")(x)
    y = Convolution(filters, (1, 3), padding="same")(y)
    parts = [x, y] if more is None else [x, y, more]
    return layers.Activation("relu")(layers.Add()(parts))


def _relatives(x: Any, params: Params) -> Any:
    """(batch, n_frames, 88, filters) from the keys that share harmonics with a key."""
    from mir_models.layers import Convolution

    return Convolution(params.filters, 1)(relatives(x, params.relatives))


def _sustained(x: Any, params: Params) -> Any:
    """Dilated residual convolutions over 1.5 s to either side, which follow held notes."""
    from keras import layers

    from mir_models.layers import Convolution

    x = Convolution(params.frame_filters, (5, 1), padding="same")(x)
    for step in FRAME_STEPS:
        y = layers.Activation("relu")(x)
        y = Convolution(params.frame_filters, (3, 1), dilation_rate=(step, 1), padding="same", activation="relu")(y)
        x = layers.Add()([x, Convolution(params.frame_filters, 1)(y)])
    return layers.Activation("relu")(x)
