"""Convolutions of a network: which there are, their filters, and what they answer to a clip."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def convolutions(model: Any) -> list[str]:
    """Names of the convolutional layers, from the input to the output."""
    from keras import layers

    return [each.name for each in model.layers if isinstance(each, layers.Conv1D | layers.Conv2D)]


def filters(model: Any) -> NDArray[np.float32]:
    """(n_filters, n_frames, n_bins) kernels of the first convolution, the only one that hears the spectrum itself."""
    import keras

    kernel = np.asarray(keras.ops.convert_to_numpy(model.get_layer(convolutions(model)[0]).kernel))
    return np.moveaxis(kernel.reshape(*kernel.shape[:2], -1), -1, 0)


def responses(model: Any, window: NDArray[np.float32]) -> dict[str, NDArray[np.float32]]:
    """(n_frames, n_filters) mean over frequency of what each convolution answers to one window (n_frames, n_bins)."""
    import keras

    names = convolutions(model)
    said = keras.Model(model.input, {name: model.get_layer(name).output for name in names}).predict_on_batch(
        window[None]
    )
    arrays = {name: np.asarray(said[name])[0] for name in names}
    return {name: each.mean(axis=1) if each.ndim == 3 else each for name, each in arrays.items()}


def strongest(model: Any, layer: str, windows: NDArray[np.float32], n: int) -> NDArray[np.int64]:
    """(n,) the filters of a layer whose mean answer differs most over windows: those that tell windows apart."""
    import keras

    part = keras.Model(model.input, model.get_layer(layer).output)
    said = np.asarray(part.predict_on_batch(windows))
    pooled = said.reshape(len(said), -1, said.shape[-1]).mean(axis=1)
    return np.argsort(-pooled.std(axis=0), kind="stable")[:n]
