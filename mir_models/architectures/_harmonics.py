"""What transcribers by harmonics share: semitones, the harmonics and relatives of a key, heads over the keys."""

from __future__ import annotations

from typing import Any

from mir_models.notes.annotations import N_KEYS

HARMONICS = (-12, 0, 12, 19, 24, 28, 31, 34)
"""Semitones from a key's fundamental to the octave below and to its harmonics 1 to 7."""
RELATIVES = (-24, -19, -12, 12, 19, 24)
"""Semitones to the keys of whose harmonics a key could be one, and to those that could be a harmonic of it."""


def semitones(x: Any, bins_per_semitone: int, filters: int) -> Any:
    """(batch, n_frames, n_bins) to (batch, n_frames, n_semitones, filters): three semitones and five frames at once."""
    from keras import layers

    from mir_models.layers import Convolution

    n = bins_per_semitone
    x = layers.Reshape((-1, x.shape[-1], 1))(x)
    x = layers.ZeroPadding2D((2, n))(x)
    return Convolution(filters, (5, 3 * n), strides=(1, n), activation="relu")(x)


def harmonics(x: Any) -> Any:
    """(batch, n_frames, n_semitones, n) to (batch, n_frames, 88, 8 * n): the harmonics of each key side by side."""
    from keras import layers

    above = HARMONICS[-1] + N_KEYS - x.shape[2]
    x = layers.ZeroPadding2D(((0, 0), (-HARMONICS[0], max(0, above))))(x)
    return layers.Concatenate()([_from(x, harmonic - HARMONICS[0]) for harmonic in HARMONICS])


def relatives(x: Any, filters: int) -> Any:
    """(batch, n_frames, 88, n) to (batch, n_frames, 88, 6 * filters): the keys that share harmonics with each key."""
    from keras import layers

    from mir_models.layers import Convolution

    x = Convolution(filters, 1, activation="relu")(x)
    x = layers.ZeroPadding2D((0, RELATIVES[-1]))(x)
    return layers.Concatenate()([_from(x, relative - RELATIVES[0]) for relative in RELATIVES])


def head(x: Any, name: str, prior: float) -> Any:
    """(batch, n_frames, 88) in [0, 1]; `prior` is the logit before training."""
    from keras import initializers, layers

    from mir_models.layers import Convolution

    bias = initializers.Constant(prior)
    x = Convolution(1, (3, 1), padding="same", bias_initializer=bias)(x)
    return layers.Activation("sigmoid", dtype="float32", name=name)(layers.Reshape((-1, N_KEYS))(x))


def _from(x: Any, first: int) -> Any:
    """88 neighbouring keys, from `first` on."""
    return x[:, :, first : first + N_KEYS]
