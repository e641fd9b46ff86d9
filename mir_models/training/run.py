"""A training run: its history, the best epoch, whether it is over, and the state it resumes from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from mir_models.training.params import Params
from mir_models.training.precision import as_float32
from mir_models.training.variables import State, averaged_weights, get_variables, set_variables

Log = dict[str, float]
"""Scores of an epoch by name, as Keras' callbacks have them."""


@dataclass
class Run:
    """State of one training: its history so far, and callables that save and log each epoch.

    Attributes
    ----------
    params : Params
    monitor : str
        Name of the validation score by which the best epoch is chosen; higher is better.
    history : list of dict
        One log for each epoch that is done.
    state : dict of arrays or None
        The variables after the last epoch of `history`.
    save : callable (model, state, history) -> None
        Called after every epoch with a float32 model of the averaged weights, all variables, and the history; must be
        atomic.
    log : callable (log) -> None
        Called after an epoch was saved.
    step : callable (done, total, rate) -> None
        Called now and then within an epoch: steps done, steps of an epoch, steps per second.
    """

    params: Params
    monitor: str
    save: Callable[[Any, State, list[Log]], None]
    log: Callable[[Log], None]
    step: Callable[[int, int, float], None] = lambda done, total, rate: None
    history: list[Log] = field(default_factory=list)
    state: State | None = None

    def keep(self, model: Any, log: Log) -> None:
        """Append an epoch's log to the history, save the state with the averaged weights in float32, then log."""
        self.history.append(log)
        state = get_variables(model)
        with averaged_weights(model):
            self.save(as_float32(model), state, self.history)
        self.log(log)

    def restore(self, model: Any) -> None:
        """Assign the variables that the model had after the last epoch of the history."""
        assert self.state is not None
        set_variables(model, self.state)

    def best_epoch(self) -> int:
        """Index of the epoch with the highest validation score, the first of equals; a NaN is below every score."""
        scores = np.array([log[self.monitor] for log in self.history], dtype=float)
        return int(np.argmax(np.where(np.isnan(scores), -np.inf, scores)))

    def is_over(self) -> bool:
        """Whether all epochs are done, or the score has not improved for `stop_patience` epochs."""
        done = len(self.history)
        return done >= self.params.epochs or (done > 0 and done - 1 - self.best_epoch() >= self.params.stop_patience)
