"""Callbacks at the end of an epoch: validation, the state to resume from, early stopping."""

from __future__ import annotations

import math
from collections.abc import Callable

import keras

from mir_models.errors import MirlitonError
from mir_models.training.run import Log, Run
from mir_models.training.variables import averaged_weights


class Validation(keras.callbacks.Callback):
    """Adds validation scores, steps and the learning rate to the log of an epoch; raises where the loss is not finite.

    Steps are those of the optimizer since the beginning of the training.
    """

    def __init__(self, validate: Callable[[], Log]) -> None:
        super().__init__()
        self.validate = validate

    def on_epoch_end(self, epoch: int, logs: Log | None = None) -> None:
        """Validate, unless the loss has already diverged."""
        logs = {} if logs is None else logs
        if not math.isfinite(logs["loss"]):
            remedy = "lower training.learning_rate or training.clipnorm, or look at the check of finite features"
            raise MirlitonError("a finite training loss", received=f"{logs['loss']} in epoch {epoch}", remedy=remedy)
        with averaged_weights(self.model):
            logs.update(self.validate())
        optimizer = self.model.optimizer
        logs["learning_rate"] = float(keras.ops.convert_to_numpy(optimizer.learning_rate))
        logs["steps"] = float(keras.ops.convert_to_numpy(optimizer.iterations))


class ResumeState(keras.callbacks.Callback):
    """Saves the state of every epoch, and restores it when a run is resumed.

    Other callbacks have state of their own (a best value, an epoch count). On resuming, ``on_epoch_end`` of each is
    called for every epoch of the history; then the variables are restored: resuming equals never having stopped.
    """

    def __init__(self, run: Run, others: list[keras.callbacks.Callback]) -> None:
        super().__init__()
        self.run, self.others = run, others

    def on_train_begin(self, logs: Log | None = None) -> None:
        """Replay the history to the other callbacks, then restore the variables."""
        for epoch, log in enumerate(self.run.history):
            for callback in self.others:
                callback.on_epoch_end(epoch, dict(log))
        if self.run.history:
            self.run.restore(self.model)

    def on_epoch_end(self, epoch: int, logs: Log | None = None) -> None:
        """Save the epoch, and stop the training if the run is over."""
        self.run.keep(self.model, {"epoch": epoch, **(logs or {})})
        self.model.stop_training = self.run.is_over()
