"""Training: epochs over shuffled shards, the best by validation, and exact resumption after an interruption."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mir_models.errors import MirlitonError
from mir_models.examples.shards import SHARD_FRAMES
from mir_models.training.precision import exact

VERSION = 3
"""Raised when the same settings train otherwise."""
OPTIMIZERS = {"adam": "Adam", "rmsprop": "RMSprop", "sgd": "SGD"}
"""By their names here, the names of Keras."""
SCHEDULES = ("plateau", "cosine")
PRECISIONS = ("float32", "mixed_bfloat16", "mixed_float16")
WARMUP = 0.05
"""Share of all steps over which the rate of a cosine rises."""

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
        Segments in a batch.
    segment_frames : int
        Frames of a segment: 512 hears whole shards, 128 cuts four segments for each (`mir_models.examples.segments`).
    optimizer : str
        ``"adam"``, ``"rmsprop"`` or ``"sgd"``.
    learning_rate : float
        At the beginning, or the highest of a cosine.
    schedule : str
        ``"plateau"``, or ``"cosine"``: up over the first twentieth of all steps, then down to nothing in half a cosine
        (I. Loshchilov, F. Hutter, "SGDR", ICLR 2017).
    weight_decay : float >= 0
        Decoupled from the gradient (I. Loshchilov, F. Hutter, "Decoupled Weight Decay Regularization", ICLR 2019).
    clipnorm : float
        Norm to which each gradient is clipped.
    ema : float in [0, 1)
        Momentum of the exponential moving average of the weights that is validated and kept; 0: the weights themselves.
    focal_gamma : float >= 0
        Of the focal loss; 0 is plain cross-entropy (`mir_models.training.losses`).
    precision : str
        ``"float32"``; on a GPU ``"mixed_bfloat16"`` or ``"mixed_float16"``.
    plateau_monitor : str
        The validation score that the plateau looks at: ``"val_loss"``, the lower the better, or one that rises.
    plateau_delta : float >= 0
        What counts as better, at least.
    plateau_patience : int
        Epochs without a better score after which the learning rate is multiplied by `plateau_factor`.
    plateau_factor : float in (0, 1)
    stop_patience : int
        Epochs without a better validation score after which training stops.
    seed : int
        Of the initial weights, dropout, the order of shards, their segments and augmentation.
    """

    epochs: int = 40
    batch_size: int = 16
    segment_frames: int = SHARD_FRAMES
    optimizer: str = "adam"
    learning_rate: float = 1e-3
    schedule: str = "plateau"
    weight_decay: float = 0.0
    clipnorm: float = 1.0
    ema: float = 0.0
    focal_gamma: float = 0.0
    precision: str = "float32"
    plateau_monitor: str = "val_loss"
    plateau_delta: float = 1e-4
    plateau_patience: int = 2
    plateau_factor: float = 0.5
    stop_patience: int = 8
    seed: int = 0

    def __post_init__(self) -> None:
        allowed = {
            **dict.fromkeys(("epochs", "batch_size", "plateau_patience", "stop_patience"), lambda n: n >= 1),
            **dict.fromkeys(("learning_rate", "clipnorm"), lambda x: 0 < x < math.inf),
            **dict.fromkeys(("weight_decay", "focal_gamma", "plateau_delta"), lambda x: 0 <= x < math.inf),
            "plateau_factor": lambda x: 0 < x < 1,
            "ema": lambda x: 0 <= x < 1,
            "segment_frames": lambda n: 1 <= n <= SHARD_FRAMES,
            "schedule": SCHEDULES.__contains__,
            "precision": PRECISIONS.__contains__,
            "optimizer": OPTIMIZERS.__contains__,
        }
        wrong = {name: getattr(self, name) for name, allows in allowed.items() if not allows(getattr(self, name))}
        if wrong:
            received = ", ".join(f"{name}={value}" for name, value in wrong.items())
            remedy = (
                "give counts of at least 1, positive rates, a plateau_factor below 1, an ema from 0 to below 1, "
                f"segments of 1 to {SHARD_FRAMES} frames, a schedule of {', '.join(SCHEDULES)}, a precision of "
                f"{', '.join(PRECISIONS)}, an optimizer of {', '.join(OPTIMIZERS)}"
            )
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
        """Save the state after an epoch, its averaged weights in a network of float32, then tell of it."""
        self.history.append(log)
        state = variables(model)
        with averaged(model):
            self.save(exact(model), state, self.history)
        self.log(log)

    def restore(self, model: Any) -> None:
        """Give the model the variables it had after the last epoch of the history."""
        assert self.state is not None
        for name, variable in _named(model).items():
            variable.assign(self.state[name])

    def best_epoch(self) -> int:
        """Index of the epoch with the highest validation score, the first of equals; a NaN is below every score."""
        scores = np.array([log[self.monitor] for log in self.history], dtype=float)
        return int(np.argmax(np.where(np.isnan(scores), -np.inf, scores)))

    def is_over(self) -> bool:
        """Whether all epochs are done, or the score has not improved for `stop_patience` epochs."""
        done = len(self.history)
        return done >= self.params.epochs or (done > 0 and done - 1 - self.best_epoch() >= self.params.stop_patience)


def prepare(
    build: Callable[[], Any],
    losses: Mapping[str, Any],
    params: Params,
    *,
    weights: Mapping[str, float] | None = None,
    steps_per_epoch: int = 1,
) -> Any:
    """A compiled network whose initial weights depend on the seed only.

    Parameters
    ----------
    build : callable
        Gives the network.
    losses : mapping
        Loss of each head.
    params : Params
    weights : mapping, optional
        Of the losses in their sum; 1 where none is given.
    steps_per_epoch : int
        Batches in an epoch: a cosine has to know when it ends.
    """
    import keras

    keras.utils.set_random_seed(params.seed)
    keras.config.set_dtype_policy(params.precision)
    try:
        model = build()
    finally:
        keras.config.set_dtype_policy("float32")
    optimizer = getattr(keras.optimizers, OPTIMIZERS[params.optimizer])(
        _rate(params, params.epochs * steps_per_epoch),
        weight_decay=params.weight_decay or None,
        clipnorm=params.clipnorm,
        use_ema=params.ema > 0,
        ema_momentum=params.ema or 0.99,
    )
    if params.precision == "mixed_float16":
        optimizer = keras.optimizers.LossScaleOptimizer(optimizer)
    # XLA on TensorFlow's CPU halves the speed of a recurrent layer; JAX needs it.
    jit_compile, shares = keras.backend.backend() == "jax", dict(weights or {}) or None
    model.compile(optimizer=optimizer, loss=dict(losses), loss_weights=shares, jit_compile=jit_compile)
    optimizer.build(model.trainable_variables)
    return model


def _rate(params: Params, n_steps: int) -> Any:
    """The learning rate, or its course over all steps."""
    import keras

    if params.schedule == "plateau":
        return params.learning_rate
    rise = max(1, round(WARMUP * n_steps))
    return keras.optimizers.schedules.CosineDecay(
        params.learning_rate / rise, max(1, n_steps - rise), warmup_target=params.learning_rate, warmup_steps=rise
    )


@contextmanager
def averaged(model: Any) -> Iterator[None]:
    """The model with the moving average of its weights in their place, if its optimizer keeps one."""
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


def fit(
    model: Any,
    examples: Sequence[Mapping[str, NDArray[Any]]],
    targets: Callable[[Mapping[str, NDArray[Any]]], dict[str, NDArray[Any]]],
    validate: Callable[[], Log],
    run: Run,
    *,
    silence: float = 0.0,
    augment: Any = None,
    weights: NDArray[np.float64] | None = None,
) -> None:
    """Train `model` until `run` is over, from wherever its history ends.

    Parameters
    ----------
    model : keras.Model
        From `prepare`.
    examples : sequence of mappings
        The train shards: ``features``, ``mask``, ``start`` and rolls, read when asked for.
    targets : callable
        Example to what each head should say.
    validate : callable
        Scores of the model as it stands, ``val_loss`` and the monitored one among them.
    run : Run
    silence, augment, weights
        See `mir_models.examples.batches.Batches`.

    Raises
    ------
    MirlitonError
        When the loss is not finite.
    """
    from mir_models.examples.batches import Batches

    if run.is_over():
        return
    params, first = run.params, len(run.history)
    batches = Batches(
        examples,
        targets,
        batch_size=params.batch_size,
        seed=params.seed,
        epoch=first,
        segment_frames=params.segment_frames,
        silence=silence,
        augment=augment,
        weights=weights,
    )
    # Keras ends an epoch of the batches before its first one: epoch i is trained in the order of i + 1, resumed or not.
    # It would shuffle the batches once more by a state that no checkpoint holds.
    model.fit(
        batches,
        epochs=params.epochs,
        initial_epoch=first,
        callbacks=_callbacks(run, validate),
        shuffle=False,
        verbose=0,
    )


def _callbacks(run: Run, validate: Callable[[], Log]) -> list[Any]:
    """What happens after batches and epochs, in this order."""
    import keras

    from mir_models.training.callbacks import Memory, Validation

    params, not_a_number = run.params, keras.callbacks.TerminateOnNaN()
    # Otherwise Keras waits for the logs of every batch in a place where it swallows interruptions (JAX backend).
    not_a_number.async_safe = True
    plateau = [
        keras.callbacks.ReduceLROnPlateau(
            monitor=params.plateau_monitor,
            mode="min" if params.plateau_monitor == "val_loss" else "max",
            factor=params.plateau_factor,
            patience=params.plateau_patience,
            min_delta=params.plateau_delta,
        )
    ] * (params.schedule == "plateau")
    return [not_a_number, Validation(validate), *plateau, Memory(run, plateau)]


def steps_per_epoch(n_examples: float, params: Params) -> int:
    """Batches in an epoch over so many shards, or the sum of their weights."""
    return max(1, math.ceil(round(n_examples * (SHARD_FRAMES // params.segment_frames)) / params.batch_size))


def variables(model: Any) -> State:
    """Everything that training changes: weights, dropout's seeds, the optimizer with its learning rate."""
    import keras

    return {name: np.array(keras.ops.convert_to_numpy(variable)) for name, variable in _named(model).items()}


def _named(model: Any) -> dict[str, Any]:
    """The variables of model and optimizer by position: Keras counts up the names of layers within a session."""
    every = [*model.variables, *model.optimizer.variables]
    return {f"variable-{index:04d}": variable for index, variable in enumerate(every)}
