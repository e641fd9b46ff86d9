"""Embedding: what a layer of a network says of a track, as one row of numbers, for another task to learn from.

Activations are averaged over time and frequency, filter by filter, then over the windows of a track, whose deviation
stands beside. By default all layers speak, one after the other: which one transfers best depends on the task [1]_. The
same network with weights that learnt nothing is the baseline to beat: its architecture alone tells a lot [2]_.

.. [1] K. Choi, G. Fazekas, M. Sandler and K. Cho, "Transfer Learning for Music Classification and Regression Tasks",
   ISMIR 2017.
.. [2] J. Pons and X. Serra, "Randomly Weighted CNNs for (Music) Audio Classification", ICASSP 2019.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from mir_models.errors import MirlitonError
from mir_models.examples.windows import Window

ALL = "all"
"""Instead of the name of a layer."""
BATCH_WINDOWS = 32

Array = NDArray[np.float32]


def speaking(model: Any) -> list[str]:
    """Names of the layers that can be listened to, from the input to the output: those with weights, and activations.

    The outputs themselves are not among them; an activation stands for the layer that it follows.
    """
    told = {id(each) for each in model.outputs}
    names = []
    for layer in model.layers:
        if id(layer.output) in told or not _is_learnt(layer):
            continue
        names.append(layer.name)
    return names


def _is_learnt(layer: Any) -> bool:
    """Whether a layer has weights, frozen or not, and no normalisation or activation of its own comes after it."""
    from keras import layers

    if isinstance(layer, layers.Activation):
        return True
    if isinstance(layer, layers.Normalization | layers.BatchNormalization) or getattr(layer, "use_bias", True) is False:
        return False
    return bool(layer.weights)


def embedder(model: Any, layer: str = ALL) -> Any:
    """A network from windows to (n_windows, n_numbers): averages of a layer, or of all that are `speaking`.

    Raises
    ------
    MirlitonError
        For a layer that the network does not have.
    """
    import keras

    names = speaking(model)
    if layer != ALL and layer not in [each.name for each in model.layers]:
        remedy = f"choose {ALL} or one of {', '.join(names)}"
        raise MirlitonError(f"a layer of {model.name}", received=repr(layer), remedy=remedy)
    outputs = [model.get_layer(name).output for name in (names if layer == ALL else [layer])]
    pooled = [keras.ops.mean(x, axis=tuple(range(1, x.ndim - 1))) if x.ndim > 2 else x for x in outputs]
    joined = keras.ops.concatenate(pooled, axis=-1) if len(pooled) > 1 else pooled[0]
    found = keras.Model(model.input, joined)
    found.jit_compile = keras.backend.backend() == "jax"
    return found


def unlearnt(model: Any, seed: int) -> Any:
    """The same network with new weights, of which nothing was learnt but the normalisation of its input."""
    import keras

    keras.utils.set_random_seed(seed)
    return keras.models.clone_model(model)


def of_track(network: Any, features: Array, window: Window, *, silence: float) -> NDArray[np.float64]:
    """(2 * n_numbers,) mean and deviation over the windows of a track, from its features (n_frames, n_bins)."""
    windows = window.cut(features, fill=silence)
    parts = [
        np.asarray(network.predict_on_batch(windows[first : first + BATCH_WINDOWS]))
        for first in range(0, len(windows), BATCH_WINDOWS)
    ]
    rows = np.concatenate(parts).astype(np.float64)
    return np.concatenate([rows.mean(axis=0), rows.std(axis=0)])
