"""Variables of a model in training: as arrays, from arrays, and replaced for a while by their moving average."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray

State = dict[str, NDArray[Any]]
"""Arrays of all variables, by position."""


def get_variables(model: Any) -> State:
    """Arrays of everything that training changes: weights, seeds of dropout, the optimizer with its learning rate."""
    import keras

    return {name: np.array(keras.ops.convert_to_numpy(variable)) for name, variable in _by_position(model).items()}


def set_variables(model: Any, state: State) -> None:
    """Assign what `get_variables` gave to a compiled model of the same architecture."""
    for name, variable in _by_position(model).items():
        variable.assign(state[name])


@contextmanager
def averaged_weights(model: Any) -> Iterator[None]:
    """Context in which the model has the exponential moving average of its weights, if its optimizer keeps one.

    On leaving, the weights are what they were. Before the first step there is no average.
    """
    optimizer = getattr(model.optimizer, "inner_optimizer", model.optimizer)
    if not optimizer.use_ema or not int(optimizer.iterations):
        yield
        return
    pairs = list(zip(optimizer._trainable_variables, optimizer._model_variables_moving_average, strict=True))
    own = [np.array(variable) for variable, _ in pairs]
    for variable, average in pairs:
        # A copy: on JAX the two would share a buffer, which the next step gives away.
        variable.assign(np.array(average))
    try:
        yield
    finally:
        for (variable, _), value in zip(pairs, own, strict=True):
            variable.assign(value)


def _by_position(model: Any) -> dict[str, Any]:
    """The variables of model and optimizer by position: Keras counts up the names of layers within a session."""
    every = [*model.variables, *model.optimizer.variables]
    return {f"variable-{index:04d}": variable for index, variable in enumerate(every)}
