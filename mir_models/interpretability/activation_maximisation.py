"""Activation maximisation: the input that maximises the activation of a filter, by gradient ascent [1]_.

.. [1] D. Erhan, Y. Bengio, A. Courville and P. Vincent, "Visualizing Higher-Layer Features of a Deep Network",
   University of Montreal, Technical Report 1341, 2009.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Params:
    """Gradient ascent on an input.

    Attributes
    ----------
    steps : int
        Steps of the ascent.
    rate : float
        Learning rate of Adam, in units of the feature.
    away : float
        Penalty per squared unit of distance from the start, which keeps cells quiet that do not matter.
    noise : float
        Standard deviation of the noise added to the start, in units of the feature.
    seed : int
    """

    steps: int = 60
    rate: float = 1.0
    away: float = 1e-3
    noise: float = 1.0
    seed: int = 0


def maximise_activation(
    model: Any,
    layer: str,
    filters: NDArray[np.int64],
    level: NDArray[np.float64],
    params: Params = Params(),
) -> NDArray[np.float32]:
    """(n_filters, n_frames, n_bins) inputs that maximise the mean activation of filters over time and frequency.

    Parameters
    ----------
    model : keras.Model
    layer : str
        Name of a layer.
    filters : (n_filters,) int
        Indices of its filters.
    level : (n_bins,) float
        Start of the ascent in every frame, e.g. the mean spectrum.
    params : Params
    """
    import keras

    from mir_models.interpretability.input_gradient import optimise_input

    _, n_frames, n_bins = model.input_shape
    rng = np.random.default_rng(params.seed)
    start = level + params.noise * rng.normal(size=(len(filters), n_frames, n_bins))
    chosen = np.eye(model.get_layer(layer).output.shape[-1], dtype=np.float32)[filters]

    def objective(activation: Any) -> Any:
        axes = tuple(range(1, activation.ndim - 1))
        pooled = keras.ops.mean(activation, axis=axes) if axes else activation
        return keras.ops.sum(keras.ops.multiply(pooled, chosen), axis=-1)

    part = keras.Model(model.input, model.get_layer(layer).output)
    return optimise_input(
        part,
        start.astype(np.float32),
        objective,
        keras.optimizers.Adam(params.rate),
        steps=params.steps,
        away=params.away,
    )
