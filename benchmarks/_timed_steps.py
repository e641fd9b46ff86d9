"""Training steps with the time of each, and with the time that it waited for its batch."""

from __future__ import annotations

import dataclasses
import time
from dataclasses import dataclass
from functools import partial
from typing import Any

import keras
import numpy as np

from mir_models.examples.prefetched import Prefetched
from mir_models.features import feature_of
from mir_models.tasks import TASKS
from mir_models.training import fit
from mir_models.training.normalisation import Scale
from mir_models.training.params import Params


@dataclass(frozen=True)
class Timed:
    """Mean seconds of a step, and those of them that it waited."""

    step: float
    wait: float


class Clock(keras.callbacks.Callback):
    """When each step began, and the end of the last."""

    # As the callbacks of a training: otherwise Keras waits for the results of every step (JAX backend).
    async_safe = True

    def __init__(self) -> None:
        super().__init__()
        self.times: list[float] = []

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        """Note the time."""
        self.times.append(time.perf_counter())

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Note the time; the results of the last step are there."""
        self.times.append(time.perf_counter())


class Steps(keras.utils.PyDataset):
    """So many batches at a time, made ahead as in a training, or one batch repeated."""

    def __init__(self, batches: Any, *, repeat: bool) -> None:
        super().__init__()
        self.prefetched, self.batch = Prefetched(batches), batches[0] if repeat else None
        self.n, self.next, self.waits = 1, 0, [0.0]

    def __len__(self) -> int:
        return self.n

    def __getitem__(self, index: int) -> Any:
        """The next batch, whatever the index: Keras asks in order."""
        if self.batch is not None:
            return self.batch
        began = time.perf_counter()
        batch = self.prefetched[self.next]
        self.waits.append(time.perf_counter() - began)
        self.next += 1
        if self.next == len(self.prefetched):
            self.prefetched.on_epoch_end()
            self.next = 0
        return batch

    def run(self, model: Any, n: int) -> Timed:
        """Train on n batches after a first one that is not timed."""
        self.n, clock = n + 1, Clock()
        self.waits.clear()
        model.fit(self, callbacks=[clock], shuffle=False, verbose=0)
        # After a fit weights are their moving average, on JAX in the same memory, which no second fit may take.
        model.set_weights(model.get_weights())
        waits = self.waits[-n:] if self.batch is None else [0.0]
        return Timed((clock.times[-1] - clock.times[1]) / n, float(np.mean(waits)))

    def close(self) -> None:
        """End the threads."""
        self.prefetched.__exit__()


def prepared(architecture: Any) -> tuple[Any, Params]:
    """The compiled network of an architecture, and the settings of its training."""
    feature: Any = feature_of(architecture.FEATURE).PRESETS[architecture.FEATURE]
    task, params = TASKS.get(architecture.TASK), dataclasses.replace(architecture.TRAINING, epochs=1000)
    scale = Scale(np.full(feature.n_bins, -45.0), np.full(feature.n_bins, 144.0))
    build = partial(architecture.build, architecture.Params(), scale=scale)
    losses, weights = task.losses(architecture.HEADS), task.weights(architecture.HEADS)
    return fit.prepare(build, losses, params, weights=weights, steps_per_epoch=100), params
