"""Convolutions of a network: their names, the kernels of the first one, and their responses to a window."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def convolutions(model: Any) -> list[str]:
    """Names of the convolutional layers, from the input to the output."""
    from keras import layers

    return [each.name for each in model.layers if isinstance(each, layers.Conv1D | layers.Conv2D)]


def filters(model: Any) -> NDArray[np.float32]:
    """(n_filters, n_frames, n_bins) kernels of the first convolution, the only one whose input is the spectrum."""
    import keras

    kernel = np.asarray(keras.ops.convert_to_numpy(model.get_layer(convolutions(model)[0]).kernel))
    return np.moveaxis(kernel.reshape(*kernel.shape[:2], -1), -1, 0)


def responses(model: Any, window: NDArray[np.float32]) -> dict[str, NDArray[np.float32]]:
    """Responses to one window (n_frames, n_bins): by name of convolution (n_frames, n_filters), mean over frequency."""
    import keras

    names = convolutions(model)
    network = keras.Model(model.input, {name: model.get_layer(name).output for name in names})
    outputs = network.predict_on_batch(window[None])
    arrays = {name: np.asarray(outputs[name])[0] for name in names}
    return {name: each.mean(axis=1) if each.ndim == 3 else each for name, each in arrays.items()}


def most_variable_filters(model: Any, layer: str, windows: NDArray[np.float32], n: int) -> NDArray[np.int64]:
    """(n,) filters of a layer whose mean response varies most over windows, those of the largest deviation first."""
    import keras

    part = keras.Model(model.input, model.get_layer(layer).output)
    outputs = np.asarray(part.predict_on_batch(windows))
    pooled = outputs.reshape(len(outputs), -1, outputs.shape[-1]).mean(axis=1)
    return np.argsort(-pooled.std(axis=0), kind="stable")[:n]
