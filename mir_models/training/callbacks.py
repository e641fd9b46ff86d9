"""Callbacks at the end of an epoch: validation, the state to resume from, early stopping."""

from __future__ import annotations

import math
import time
from collections.abc import Callable

import keras

from mir_models.errors import MirlitonError, ParameterError
from mir_models.similar_names import suggestion
from mir_models.training.run import Log, Run
from mir_models.training.variables import averaged_weights


class Validation(keras.callbacks.Callback):
    """Adds validation scores, steps and the learning rate to the log of an epoch; raises where the loss is not finite.

    Steps are those of the optimizer since the beginning of the training. `monitor` must be one of the scores.
    """

    def __init__(self, validate: Callable[[], Log], monitor: str = "val_loss") -> None:
        super().__init__()
        self.validate, self.monitor = validate, monitor

    def on_epoch_end(self, epoch: int, logs: Log | None = None) -> None:
        """Validate, unless the loss has already diverged."""
        logs = {} if logs is None else logs
        if not math.isfinite(logs["loss"]):
            remedy = "lower training.learning_rate or training.clipnorm, or look at the check of finite features"
            raise MirlitonError("a finite training loss", received=f"{logs['loss']} in epoch {epoch}", remedy=remedy)
        with averaged_weights(self.model):
            logs.update(self.validate())
        if self.monitor not in logs:  # Keras would only warn, and never lower the rate.
            scores = [name for name in logs if name.startswith("val_")]
            remedy = f"{suggestion(self.monitor, scores)}choose training.plateau_monitor among {', '.join(scores)}"
            raise ParameterError("a validation score of this network", received=self.monitor, remedy=remedy)
        optimizer = self.model.optimizer
        logs["learning_rate"] = float(keras.ops.convert_to_numpy(optimizer.learning_rate))
        logs["steps"] = float(keras.ops.convert_to_numpy(optimizer.iterations))


class Steps(keras.callbacks.Callback):
    """Calls `report` with the steps that are done of an epoch, their number, and the steps per second so far.

    At most every `interval` seconds. Keras may call it while later steps are computed.
    """

    async_safe = True

    def __init__(self, report: Callable[[int, int, float], None], interval: float = 1.0) -> None:
        super().__init__()
        self.report, self.interval = report, interval
        self.began = self.reported = 0.0

    def on_epoch_begin(self, epoch: int, logs: Log | None = None) -> None:
        """Begin to measure."""
        self.began = self.reported = time.monotonic()

    def on_train_batch_end(self, batch: int, logs: Log | None = None) -> None:
        """Report, unless it was done just before."""
        now = time.monotonic()
        if now - self.reported >= self.interval:
            self.reported = now
            self.report(batch + 1, self.params["steps"], (batch + 1) / (now - self.began))


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
