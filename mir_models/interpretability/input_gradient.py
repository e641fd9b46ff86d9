"""The input as a variable: what is drawn on it changes by the gradient of what a network answers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]
Answer = Callable[[Any], Any]
"""What the network says, (n, ...) tensors, to (n,) tensors that are to grow."""


class Canvas(keras.layers.Layer):
    """A network before a canvas: what is drawn there is the only thing that learns.

    Its call is that of a layer, not of a model: told to train, a model would tell the network as well, whose dropout
    would then fall on what it sees.
    """

    def __init__(self, network: Any, start: Array, answer: Answer, away: float) -> None:
        super().__init__()
        self.network, self.start, self.answer, self.away = network, start, answer, away
        self.drawn = self.add_weight(
            shape=start.shape, initializer=lambda shape, dtype=None: keras.ops.cast(start, dtype), name="drawn"
        )

    def call(self, asked: Any) -> Any:
        """(n, 1), which says nothing, to (n,) answers less the penalty."""
        distance = keras.ops.mean((self.drawn - self.start) ** 2, axis=(1, 2))
        return self.answer(self.network(self.drawn, training=False)) - self.away * distance + 0 * asked[:, 0]


def drawn_on(network: Any, start: Array, answer: Answer, optimizer: Any, *, steps: int, away: float = 0.0) -> Array:
    """What stands on the canvas after some steps uphill.

    Parameters
    ----------
    network : keras.Model
        From (n, n_frames, n_bins) to whatever `answer` reads; its weights, and the averages of its normalisation, stay.
    start : (n, n_frames, n_bins) float32
    answer : callable
        The canvases do not mix: a step of each is that of its own answer.
    optimizer : keras.optimizers.Optimizer
    steps : int
    away : float
        Of the penalty on the mean squared distance from `start`.

    Returns
    -------
    (n, n_frames, n_bins) float32
    """
    whole, states = network.trainable, [layer.trainable for layer in network.layers]
    network.trainable = False
    try:
        canvas = Canvas(network, np.asarray(start, dtype=np.float32), answer, away)
        asked = keras.Input((1,), batch_size=len(start))
        model = keras.Model(asked, canvas(asked))
        # Summed, so that each canvas has the gradient of its own answer.
        model.compile(optimizer=optimizer, loss=lambda _, grown: -keras.ops.sum(grown), jit_compile=False)
        nothing = np.zeros((len(start), 1), np.float32)
        for _ in range(steps):
            model.train_on_batch(nothing, nothing[:, 0])
    finally:
        network.trainable = whole
        for layer, state in zip(network.layers, states, strict=True):
            layer.trainable = state
    return np.asarray(keras.ops.convert_to_numpy(canvas.drawn))
