"""Saliency: how the probability of a class changes with every cell of a spectrogram [1]_.

.. [1] K. Simonyan, A. Vedaldi and A. Zisserman, "Deep Inside Convolutional Networks: Visualising Image Classification
   Models and Saliency Maps", ICLR workshop 2014.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def saliency(model: Any, windows: NDArray[np.float32], number: int) -> NDArray[np.float32]:
    """(n_windows, n_frames, n_bins) derivative of the logarithm of a class' probability, per unit of the feature.

    Parameters
    ----------
    model : keras.Model
    windows : (n_windows, n_frames, n_bins)
    number : int
        Index of the class.
    """
    import keras

    from mir_models.interpretability.input_gradient import drawn_on

    def answer(said: Any) -> Any:
        return keras.ops.log(said["class"][:, number] + 1e-7)

    # One step of plain ascent at the rate 1 is the gradient; larger levels would round it away, so it starts from 0.
    moved = drawn_on(_from_zero(model, windows), np.zeros_like(windows), answer, keras.optimizers.SGD(1.0), steps=1)
    return moved


def _from_zero(model: Any, windows: NDArray[np.float32]) -> Any:
    """The network of what is added to `windows`."""
    import keras

    added = keras.Input(windows.shape[1:], batch_size=len(windows))
    return keras.Model(added, model(added + windows, training=False))
