"""Training: epochs over shuffled shards, the best by validation, and exact resumption after an interruption."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mir_models.errors import MirlitonError

Log = dict[str, float]
State = dict[str, NDArray[Any]]


@dataclass(frozen=True)
class Params:
    """How a network is trained.

    Attributes
    ----------
    epochs : int
        Epochs at most.
    batch_size : int
        Shards in a batch.
    learning_rate : float
        Of Adam, at the beginning.
    clipnorm : float
        Norm to which each gradient is clipped.
    plateau_patience : int
        Epochs without a lower validation loss after which the learning rate is multiplied by `plateau_factor`.
    plateau_factor : float in (0, 1)
    stop_patience : int
        Epochs without a better validation score after which training stops.
    seed : int
        Of the initial weights, dropout and the order of shards.
    """

    epochs: int = 40
    batch_size: int = 16
    learning_rate: float = 1e-3
    clipnorm: float = 1.0
    plateau_patience: int = 2
    plateau_factor: float = 0.5
    stop_patience: int = 8
    seed: int = 0

    def __post_init__(self) -> None:
        counts = ("epochs", "batch_size", "plateau_patience", "stop_patience")
        wrong = {name: getattr(self, name) for name in counts if getattr(self, name) < 1}
        rates = ("learning_rate", "clipnorm", "plateau_factor")
        wrong |= {name: getattr(self, name) for name in rates if not 0 < getattr(self, name) < math.inf}
        if wrong or self.plateau_factor >= 1:
            received = ", ".join(
                f"{name}={value}" for name, value in (wrong or {"plateau_factor": self.plateau_factor}).items()
            )
            remedy = "give counts of at least 1, positive rates, and a plateau_factor below 1"
            raise MirlitonError("settings a network can be trained with", received=received, remedy=remedy)


@dataclass
class Run:
    """One training: its history so far, and what to do with the state after each epoch.

    Attributes
    ----------
    params : Params
    monitor : str
        Name of the validation score by which the best epoch is chosen; higher is better.
    history : list of dict
        One log per epoch that is already done.
    state : dict of arrays or None
        The variables after the last epoch of `history`.
    save : callable (model, state, history) -> None
        Called after every epoch; must keep all or nothing.
    log : callable (log) -> None
        Called after every epoch that was saved.
    """

    params: Params
    monitor: str
    save: Callable[[Any, State, list[Log]], None]
    log: Callable[[Log], None]
    history: list[Log] = field(default_factory=list)
    state: State | None = None

    def keep(self, model: Any, log: Log) -> None:
        """Save the state after an epoch, then tell of it."""
        self.history.append(log)
        self.save(model, variables(model), self.history)
        self.log(log)

    def restore(self, model: Any) -> None:
        """Give the model the variables it had after the last epoch of the history."""
        assert self.state is not None
        for name, variable in _named(model).items():
            variable.assign(self.state[name])

    def best_epoch(self) -> int:
        """Index of the epoch with the highest validation score, the first of equals."""
        return int(np.argmax([log[self.monitor] for log in self.history]))

    def is_over(self) -> bool:
        """Whether all epochs are done, or the score has not improved for `stop_patience` epochs."""
        done = len(self.history)
        return done >= self.params.epochs or (done > 0 and done - 1 - self.best_epoch() >= self.params.stop_patience)


def prepare(build: Callable[[], Any], losses: Mapping[str, str], params: Params) -> Any:
    """A compiled network whose initial weights depend on the seed only."""
    import keras

    keras.utils.set_random_seed(params.seed)
    model = build()
    optimizer = keras.optimizers.Adam(params.learning_rate, clipnorm=params.clipnorm)
    # XLA on TensorFlow's CPU halves the speed of a recurrent layer; JAX needs it.
    model.compile(optimizer=optimizer, loss=dict(losses), jit_compile=keras.backend.backend() == "jax")
    optimizer.build(model.trainable_variables)
    return model


def fit(
    model: Any,
    examples: Sequence[Mapping[str, NDArray[Any]]],
    targets: Callable[[Mapping[str, NDArray[Any]]], dict[str, NDArray[Any]]],
    validate: Callable[[], Log],
    run: Run,
) -> None:
    """Train `model` until `run` is over, from wherever its history ends.

    Parameters
    ----------
    model : keras.Model
        From `prepare`.
    examples : sequence of mappings
        The train shards: ``features``, ``mask`` and rolls, read when asked for.
    targets : callable
        Example to what each head should say.
    validate : callable
        Scores of the model as it stands, ``val_loss`` and the monitored one among them.
    run : Run

    Raises
    ------
    MirlitonError
        When the loss is not finite.
    """
    import keras

    from mir_models.batches import Batches
    from mir_models.callbacks import Memory, Validation

    if run.is_over():
        return
    params, first = run.params, len(run.history)
    plateau = keras.callbacks.ReduceLROnPlateau(
        monitor="val_loss", factor=params.plateau_factor, patience=params.plateau_patience
    )
    not_a_number = keras.callbacks.TerminateOnNaN()
    # Otherwise Keras waits for the logs of every batch in a place where it swallows interruptions (JAX backend).
    not_a_number.async_safe = True
    callbacks = [not_a_number, Validation(validate), plateau, Memory(run, [plateau])]
    batches = Batches(examples, targets, batch_size=params.batch_size, seed=params.seed, epoch=first)
    # Keras would shuffle the batches once more by a state that no checkpoint holds.
    model.fit(batches, epochs=params.epochs, initial_epoch=first, callbacks=callbacks, shuffle=False, verbose=0)


def variables(model: Any) -> State:
    """Everything that training changes: weights, dropout's seeds, the optimizer with its learning rate."""
    import keras

    return {name: np.array(keras.ops.convert_to_numpy(variable)) for name, variable in _named(model).items()}


def _named(model: Any) -> dict[str, Any]:
    """The variables of model and optimizer by position: Keras counts up the names of layers within a session."""
    every = [*model.variables, *model.optimizer.variables]
    return {f"variable-{index:04d}": variable for index, variable in enumerate(every)}
