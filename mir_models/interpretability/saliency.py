"""Saliency: the derivative of a class' probability by each cell of a spectrogram [1]_.

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

    from mir_models.interpretability.input_gradient import optimise_input

    def log_probability(outputs: Any) -> Any:
        return keras.ops.log(outputs["class"][:, number] + 1e-7)

    # One step of gradient ascent at the rate 1 is the gradient; it starts from 0, since float32 would round it away
    # beside large levels.
    return optimise_input(
        _from_zero(model, windows), np.zeros_like(windows), log_probability, keras.optimizers.SGD(1.0), steps=1
    )


def _from_zero(model: Any, windows: NDArray[np.float32]) -> Any:
    """The network as a function of what is added to `windows`."""
    import keras

    added = keras.Input(windows.shape[1:], batch_size=len(windows))
    return keras.Model(added, model(added + windows, training=False))
