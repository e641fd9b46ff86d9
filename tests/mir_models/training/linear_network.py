"""A linear network of one feature with five examples, and a recorder of what a run saves, for tests of training."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras
import numpy as np

from mir_models.training.fit import prepare
from mir_models.training.params import Params
from mir_models.training.run import Log, Run
from mir_models.training.variables import State

SLOPES = (0.5, -0.25, 0.125, 1.0, -0.75)
"""Of the targets of the five examples, by their feature."""


def network(units: int = 1, name: str = "frame", *, bias: bool = False) -> Any:
    """A linear network over frames of one feature."""
    inputs = keras.Input((None, 1))
    return keras.Model(inputs, {name: keras.layers.Dense(units, use_bias=bias, name=name)(inputs)})


def prepared(params: Params, *, kernel: float | None = None, **arguments: Any) -> Any:
    """The compiled linear network, its kernel set."""
    model = prepare(network, {"frame": "mean_squared_error"}, params, **arguments)
    if kernel is not None:
        model.layers[-1].kernel.assign([[kernel]])
    return model


def kernel_of(model: Any) -> float:
    return float(model.layers[-1].kernel.numpy()[0, 0])


def step(model: Any, gradient: float = 1.0) -> None:
    """One step of the optimizer along a known gradient."""
    model.optimizer.apply([keras.ops.convert_to_tensor([[gradient]], dtype="float32")], model.trainable_variables)


def examples() -> list[dict[str, Any]]:
    """Five examples of four frames; the features of example i are (i + 1) / 4 times -1, 1, 2, -2; frames are masked."""
    frames = np.array([-1.0, 1.0, 2.0, -2.0], np.float32)[:, None]
    return [
        {
            "features": frames * (i + 1) / 4,
            "mask": np.array([1, 1, 1, i % 2], np.uint8),
            "frame": frames * (i + 1) / 4 * slope,
        }
        for i, slope in enumerate(SLOPES)
    ]


def targets(example: Mapping[str, Any]) -> dict[str, Any]:
    return {"frame": example["frame"]}


class Recorder:
    """What a run saves and logs, in order."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, Any]] = []
        self.kernels: list[float] = []

    def save(self, model: Any, state: State, history: list[Log]) -> None:
        self.kernels.append(kernel_of(model))
        self.calls.append(("save", (state, [dict(log) for log in history])))

    def log(self, log: Log) -> None:
        self.calls.append(("log", dict(log)))

    def run(self, params: Params, monitor: str = "score", **arguments: Any) -> Run:
        return Run(params, monitor, save=self.save, log=self.log, **arguments)

    @property
    def states(self) -> list[State]:
        return [content[0] for name, content in self.calls if name == "save"]


def scored(scores: list[float], **params: Any) -> Run:
    """A run with such a history."""
    history = [{"epoch": epoch, "score": score, "loss": -score} for epoch, score in enumerate(scores)]
    return Recorder().run(Params(**params), history=history)
