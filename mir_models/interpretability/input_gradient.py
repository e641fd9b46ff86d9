"""Gradient ascent on the input of a frozen network: the input is the only trainable variable."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]
Objective = Callable[[Any], Any]
"""Outputs of a network, (n, ...) tensors, to (n,) tensors to be maximised."""


class TrainableInput(keras.layers.Layer):
    """A layer whose only trainable weight is the input of a network; its output is the objective.

    A layer, not a model: in training a model would call the network in training mode as well, with dropout.
    """

    def __init__(self, network: Any, start: Array, objective: Objective, away: float) -> None:
        super().__init__()
        self.network, self.start, self.objective, self.away = network, start, objective, away
        self.input_variable = self.add_weight(
            shape=start.shape, initializer=lambda shape, dtype=None: keras.ops.cast(start, dtype), name="input_variable"
        )

    def call(self, unused: Any) -> Any:
        """(n, 1), of which only the shape matters, to (n,) objectives less the penalty."""
        distance = keras.ops.mean((self.input_variable - self.start) ** 2, axis=(1, 2))
        objective = self.objective(self.network(self.input_variable, training=False))
        return objective - self.away * distance + 0 * unused[:, 0]


def optimise_input(
    network: Any, start: Array, objective: Objective, optimizer: Any, *, steps: int, away: float = 0.0
) -> Array:
    """Inputs after some steps of gradient ascent.

    Parameters
    ----------
    network : keras.Model
        From (n, n_frames, n_bins) to the argument of `objective`; its weights and batch statistics are not changed.
    start : (n, n_frames, n_bins) float32
        Inputs at the beginning.
    objective : callable
        Maximised for each input by itself.
    optimizer : keras.optimizers.Optimizer
    steps : int
    away : float
        Weight of the penalty on the mean squared distance from `start`.

    Returns
    -------
    (n, n_frames, n_bins) float32
    """
    trainable, states = network.trainable, [layer.trainable for layer in network.layers]
    network.trainable = False
    try:
        layer = TrainableInput(network, np.asarray(start, dtype=np.float32), objective, away)
        unused = keras.Input((1,), batch_size=len(start))
        model = keras.Model(unused, layer(unused))
        # Summed, so that each input has the gradient of its own objective.
        model.compile(optimizer=optimizer, loss=lambda _, objectives: -keras.ops.sum(objectives), jit_compile=False)
        zeros = np.zeros((len(start), 1), np.float32)
        for _ in range(steps):
            model.train_on_batch(zeros, zeros[:, 0])
    finally:
        network.trainable = trainable
        for each, state in zip(network.layers, states, strict=True):
            each.trainable = state
    return np.asarray(keras.ops.convert_to_numpy(layer.input_variable))
