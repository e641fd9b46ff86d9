"""Activation maximisation: the input to which a filter answers most, by gradient ascent from a quiet spectrum [1]_.

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
    """How an input is found.

    Attributes
    ----------
    steps : int
        Of the ascent.
    rate : float
        Of Adam, in units of the feature.
    away : float
        Penalty per squared unit of distance from where it began: what does not help stays quiet.
    noise : float
        Deviation of the noise it begins with, in units of the feature.
    seed : int
    """

    steps: int = 60
    rate: float = 1.0
    away: float = 1e-3
    noise: float = 1.0
    seed: int = 0


def maximised(
    model: Any,
    layer: str,
    filters: NDArray[np.int64],
    level: NDArray[np.float64],
    params: Params = Params(),
) -> NDArray[np.float32]:
    """(n_filters, n_frames, n_bins) inputs to which filters of a layer answer most, on the mean over their places.

    Parameters
    ----------
    model : keras.Model
    layer : str
    filters : (n_filters,) int
    level : (n_bins,) float
        Where the ascent begins, e.g. the mean spectrum.
    params : Params
    """
    import keras

    from mir_models.interpretability.input_gradient import drawn_on

    _, n_frames, n_bins = model.input_shape
    rng = np.random.default_rng(params.seed)
    start = level + params.noise * rng.normal(size=(len(filters), n_frames, n_bins))
    chosen = np.eye(model.get_layer(layer).output.shape[-1], dtype=np.float32)[filters]

    def answer(said: Any) -> Any:
        pooled = keras.ops.mean(said, axis=tuple(range(1, said.ndim - 1))) if said.ndim > 2 else said
        return keras.ops.sum(keras.ops.multiply(pooled, chosen), axis=-1)

    part = keras.Model(model.input, model.get_layer(layer).output)
    return drawn_on(
        part, start.astype(np.float32), answer, keras.optimizers.Adam(params.rate), steps=params.steps, away=params.away
    )
