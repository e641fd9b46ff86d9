"""Embeddings: the activations of a network's layers over a track, as one row of numbers for another task.

Activations are averaged over time and frequency, filter by filter, then over the windows of a track; their standard
deviation over windows is appended. By default all layers are concatenated: which one transfers best depends on the task
[1]_. The same network with random weights is the baseline to beat: the architecture alone gives useful features [2]_.

.. [1] K. Choi, G. Fazekas, M. Sandler and K. Cho, "Transfer Learning for Music Classification and Regression Tasks",
   ISMIR 2017.
.. [2] J. Pons and X. Serra, "Randomly Weighted CNNs for (Music) Audio Classification", ICASSP 2019.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from mir_models.errors import ParameterError
from mir_models.examples.windows import Window

ALL = "all"
"""All of `embedding_layers`, in the place of the name of one layer."""
BATCH_WINDOWS = 32

Array = NDArray[np.float32]


def embedding_layers(model: Any) -> list[str]:
    """Names of the layers that make an embedding, from the input to the output: those with weights, and activations.

    The outputs are not among them; an activation takes the place of the layer that it follows.
    """
    heads = {id(each) for each in model.outputs}
    return [each.name for each in model.layers if id(each.output) not in heads and _is_embedding(each)]


def _is_embedding(layer: Any) -> bool:
    """Whether a layer has weights, frozen or not, and no normalisation or activation of its own comes after it."""
    from keras import layers

    if isinstance(layer, layers.Activation):
        return True
    if isinstance(layer, layers.Normalization | layers.BatchNormalization) or getattr(layer, "use_bias", True) is False:
        return False
    return bool(layer.weights)


def embedder(model: Any, layer: str = ALL) -> Any:
    """A network from windows to embeddings.

    Parameters
    ----------
    model : keras.Model
        From (n_windows, n_frames, n_bins).
    layer : str
        Name of a layer, or `ALL` for all of `embedding_layers`.

    Returns
    -------
    keras.Model
        To (n_windows, n_numbers), means over time and frequency; compiled by XLA on JAX only.

    Raises
    ------
    ParameterError
        For a layer that the network does not have.
    """
    import keras

    names = embedding_layers(model)
    if layer != ALL and layer not in [each.name for each in model.layers]:
        remedy = f"choose {ALL} or one of {', '.join(names)}"
        raise ParameterError(f"a layer of {model.name}", received=repr(layer), remedy=remedy)
    outputs = [model.get_layer(name).output for name in (names if layer == ALL else [layer])]
    pooled = [keras.ops.mean(x, axis=tuple(range(1, x.ndim - 1))) if x.ndim > 2 else x for x in outputs]
    row = keras.ops.concatenate(pooled, axis=-1) if len(pooled) > 1 else pooled[0]
    network = keras.Model(model.input, row)
    network.jit_compile = keras.backend.backend() == "jax"
    return network


def with_random_weights(model: Any, seed: int) -> Any:
    """The same network with random weights; only the normalisation of its input is kept."""
    import keras

    keras.utils.set_random_seed(seed)
    return keras.models.clone_model(model)


def embed_track(network: Any, features: Array, window: Window, *, silence: float) -> NDArray[np.float64]:
    """(2 * n_numbers,) mean and standard deviation of embeddings over the windows of a track.

    Parameters
    ----------
    network : keras.Model
        From `embedder`.
    features : (n_frames, n_bins)
    window : Window
    silence : float
        Value of the features after the end of a track that is shorter than a window.
    """
    windows = window.cut(features, fill=silence)
    parts = [
        np.asarray(network.predict_on_batch(windows[first : first + BATCH_WINDOWS]))
        for first in range(0, len(windows), BATCH_WINDOWS)
    ]
    rows = np.concatenate(parts).astype(np.float64)
    return np.concatenate([rows.mean(axis=0), rows.std(axis=0)])
