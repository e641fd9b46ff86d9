"""Fit: compile a network and train it, epoch by epoch over shuffled shards, from wherever a run's history ends."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mir_models.examples.gathering import Arrays, Example, Gathered
from mir_models.examples.shards import SHARD_FRAMES
from mir_models.training import distribution
from mir_models.training.params import OPTIMIZERS, Params
from mir_models.training.run import Log, Run

WARMUP = 0.05
"""Share of all steps over which the learning rate of a cosine schedule rises."""


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
        Returns the network, not compiled.
    losses : mapping
        Loss of each head.
    params : Params
    weights : mapping, optional
        Of the losses in their sum; 1 where none is given.
    steps_per_epoch : int
        Batches in an epoch, by which a cosine schedule ends with the training.
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
    """The learning rate, or its schedule over all steps."""
    import keras

    if params.schedule == "plateau":
        return params.learning_rate
    rise = max(1, round(WARMUP * n_steps))
    return keras.optimizers.schedules.CosineDecay(
        params.learning_rate / rise, max(1, n_steps - rise), warmup_target=params.learning_rate, warmup_steps=rise
    )


def fit(
    model: Any,
    examples: Gathered | Sequence[Example],
    targets: Callable[[Arrays], dict[str, NDArray[Any]]],
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
        Compiled, from `prepare`.
    examples : Gathered or sequence of mappings
        The train shards: ``features``, ``mask``, ``start`` and piano rolls, read for each batch.
    targets : callable
        Stacked examples to the target of each head.
    validate : callable
        Returns the validation scores of the model, ``val_loss`` and the monitored one among them.
    run : Run
    silence, augment, weights
        See `mir_models.examples.batches.Batches`.

    Raises
    ------
    MirlitonError
        When the loss is not finite.
    """
    from mir_models.examples.batches import Batches
    from mir_models.examples.prefetched import Prefetched

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
    with Prefetched(distribution.even(batches)) as prefetched:
        _train(model, prefetched, first, run, _callbacks(run, validate))


def _train(model: Any, batches: Any, first: int, run: Run, callbacks: list[Any]) -> None:
    """Train from epoch `first` on; an error of making a batch is raised as it is, whatever the backend makes of it."""
    try:
        # Keras ends an epoch of the batches before its first one: epoch i is trained in the order of i + 1, resumed or
        # not. It would shuffle the batches once more by a state that no checkpoint holds.
        model.fit(
            batches,
            epochs=run.params.epochs,
            initial_epoch=first,
            callbacks=callbacks,
            shuffle=False,
            verbose=0,
        )
    except Exception:
        if batches.error is not None:
            raise batches.error from None
        raise


def _callbacks(run: Run, validate: Callable[[], Log]) -> list[Any]:
    """Callbacks of a run, in the order in which they are called."""
    import keras

    from mir_models.training.callbacks import ResumeState, Steps, Validation

    params, not_a_number = run.params, keras.callbacks.TerminateOnNaN()
    # Otherwise Keras waits for the logs of every batch in code that swallows interruptions (JAX backend).
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
    validation = Validation(distribution.on_one_device(validate), params.plateau_monitor if plateau else "val_loss")
    return [not_a_number, Steps(run.step), validation, *plateau, ResumeState(run, plateau)]


def steps_per_epoch(n_examples: float, params: Params) -> int:
    """Number of batches in an epoch over `n_examples` shards, or over the sum of their weights."""
    return max(1, math.ceil(round(n_examples * (SHARD_FRAMES // params.segment_frames)) / params.batch_size))


def free_networks() -> None:
    """Free what Keras keeps of networks that nobody has any more, between trainings in one process."""
    import keras

    keras.utils.clear_session(free_memory=True)
