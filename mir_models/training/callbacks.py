"""What happens at the end of an epoch: validation, the learning rate, what is kept, and when to stop."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import keras

from mir_models.errors import MirlitonError
from mir_models.training.fit import averaged

Log = dict[str, float]


class Validation(keras.callbacks.Callback):
    """Adds the validation scores to the epoch's log, and stops the run where the loss is no number."""

    def __init__(self, validate: Callable[[], Log]) -> None:
        super().__init__()
        self.validate = validate

    def on_epoch_end(self, epoch: int, logs: Log | None = None) -> None:
        """Validate, unless the loss has already diverged."""
        logs = {} if logs is None else logs
        if not math.isfinite(logs["loss"]):
            remedy = "lower training.learning_rate or training.clipnorm, or look at the check of finite features"
            raise MirlitonError("a finite training loss", received=f"{logs['loss']} in epoch {epoch}", remedy=remedy)
        with averaged(self.model):
            logs.update(self.validate())
        logs["learning_rate"] = float(keras.ops.convert_to_numpy(self.model.optimizer.learning_rate))


class Memory(keras.callbacks.Callback):
    """Keeps the state of every epoch, and goes on from the state it is given.

    The other callbacks hold state of their own (a best value, an age). On the way back they hear the history once more,
    then the variables return to what they were: resuming equals never having stopped.
    """

    def __init__(self, run: Any, others: list[keras.callbacks.Callback]) -> None:
        super().__init__()
        self.run, self.others = run, others

    def on_train_begin(self, logs: Log | None = None) -> None:
        """Tell the others the history, then restore the variables."""
        for epoch, log in enumerate(self.run.history):
            for callback in self.others:
                callback.on_epoch_end(epoch, dict(log))
        if self.run.history:
            self.run.restore(self.model)

    def on_epoch_end(self, epoch: int, logs: Log | None = None) -> None:
        """Hand the epoch over and ask whether to go on."""
        self.run.keep(self.model, {"epoch": epoch, **(logs or {})})
        self.model.stop_training = self.run.is_over()
