"""Fit: gradient descent over epochs, callbacks, early stopping."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from mir_models.errors import MirlitonError, ParameterError
from mir_models.training import callbacks
from mir_models.training.callbacks import ResumeState, Steps, Validation
from mir_models.training.fit import fit, steps_per_epoch
from mir_models.training.params import Params
from mir_models.training.run import Log, Run
from tests.mir_models.training.linear_network import (
    Recorder,
    examples,
    kernel_of,
    prepared,
    scored,
    targets,
)


def linear_sgd(
    kernel: float, epochs: range, *, rate: float, batch_size: int, seed: int
) -> Iterator[tuple[float, float]]:
    """By epoch, kernel and loss of the linear network trained in NumPy, over the orders that seed and epoch give.

    Keras ends an epoch of the batches once before the first, so that epoch i has the order of i + 1. The gradient of
    one weight is clipped to -1 and 1, as `Params.clipnorm` is by default.
    """
    every = examples()
    for epoch in epochs:
        order = np.random.default_rng([seed, epoch + 1]).permutation(len(every))
        losses = []
        for first in range(0, len(order), batch_size):
            batch = [every[index] for index in order[first : first + batch_size]]
            x, y, mask = (np.stack([each[name] for each in batch]) for name in ("features", "frame", "mask"))
            errors = mask * (kernel * x - y)[..., 0]
            losses += [np.mean(errors**2)] * len(batch)
            kernel -= rate * float(np.clip(np.mean(2 * errors * x[..., 0]), -1, 1))
        yield kernel, float(np.mean(losses))


def trained(run: Run, *, scores: list[float] | None = None, kernel: float = 0.9, **arguments: Any) -> Any:
    """The linear network after `fit`; epoch i is validated with ``scores[i]``."""
    model = prepared(run.params, kernel=kernel)
    given = scores or [float(epoch) for epoch in range(run.params.epochs)]

    def validate() -> Log:
        return {"val_loss": 1.0, "score": given[len(run.history)], "kernel": kernel_of(model)}

    fit(model, examples(), targets, validate, run, **arguments)
    return model


def test_training_is_gradient_descent_over_the_examples_of_each_epoch() -> None:
    recorder = Recorder()
    params = Params(epochs=3, batch_size=2, optimizer="sgd", learning_rate=0.25, plateau_patience=2, seed=3)
    run = recorder.run(params)
    model = trained(run)
    ref = list(linear_sgd(0.9, range(3), rate=0.25, batch_size=2, seed=3))
    assert recorder.kernels == pytest.approx([kernel for kernel, _ in ref], abs=1e-6)
    assert [log["loss"] for log in run.history] == pytest.approx([loss for _, loss in ref], abs=1e-6)
    assert kernel_of(model) == pytest.approx(ref[-1][0], abs=1e-6)
    other = list(linear_sgd(0.9, range(3), rate=0.25, batch_size=2, seed=4))
    assert abs(other[0][0] - ref[0][0]) > 1e-4, "another order would be seen"


def test_states_histories_and_logs_come_in_the_order_of_the_epochs() -> None:
    recorder = Recorder()
    run = recorder.run(Params(epochs=3, batch_size=2, optimizer="sgd", learning_rate=0.25, seed=3))
    trained(run, scores=[0.5, 0.7, 0.6])
    assert [name for name, _ in recorder.calls] == ["save", "log"] * 3
    logs = [content for name, content in recorder.calls if name == "log"]
    assert [log["epoch"] for log in logs] == [0, 1, 2]
    assert [log["score"] for log in logs] == [0.5, 0.7, 0.6]
    assert [log["learning_rate"] for log in logs] == [0.25] * 3
    assert [log["steps"] for log in logs] == [3, 6, 9]
    assert all(set(log) == {"epoch", "loss", "val_loss", "score", "kernel", "learning_rate", "steps"} for log in logs)
    histories = [content[1] for name, content in recorder.calls if name == "save"]
    assert histories == [logs[:1], logs[:2], logs[:3]]
    assert run.history == logs
    kernels = [float(state["variable-0000"][0, 0]) for state in recorder.states]
    assert kernels == recorder.kernels == [log["kernel"] for log in logs]
    assert len(set(kernels)) == 3
    assert [int(state["variable-0001"]) for state in recorder.states] == [3, 6, 9], "three batches an epoch"
    assert run.best_epoch() == 1


def test_the_average_is_validated_and_saved_and_the_weights_are_trained() -> None:
    recorder = Recorder()
    params = Params(epochs=2, batch_size=5, optimizer="sgd", learning_rate=0.25, ema=0.5, seed=3)
    run = recorder.run(params)
    model = trained(run)
    (first, _), (second, _) = linear_sgd(0.9, range(2), rate=0.25, batch_size=5, seed=3)
    averages = [first, (first + second) / 2]
    assert [log["kernel"] for log in run.history] == pytest.approx(averages, abs=1e-6)
    assert recorder.kernels == pytest.approx(averages, abs=1e-6)
    assert [float(state["variable-0000"][0, 0]) for state in recorder.states] == pytest.approx([first, second])
    assert kernel_of(model) == pytest.approx(averages[1]), "Keras itself ends with the average"


def test_a_training_that_goes_on_equals_one_that_never_stopped() -> None:
    params = Params(epochs=5, batch_size=2, optimizer="sgd", learning_rate=0.25, plateau_patience=2, seed=3)
    uninterrupted, begun, resumed = Recorder(), Recorder(), Recorder()
    trained(uninterrupted.run(params))
    trained(begun.run(dataclasses.replace(params, epochs=2)))
    history = begun.calls[-2][1][1]
    run = resumed.run(params, history=[dict(log) for log in history], state=begun.states[-1])
    trained(run, kernel=-5.0)
    assert resumed.kernels == uninterrupted.kernels[2:]
    assert [content["epoch"] for name, content in resumed.calls if name == "log"] == [2, 3, 4]
    for name, value in uninterrupted.states[-1].items():
        np.testing.assert_array_equal(resumed.states[-1][name], value, err_msg=name)
    assert [log["learning_rate"] for log in run.history] == [0.25, 0.25, 0.25, 0.125, 0.125]


def without_steps(run: Run, scores: list[float]) -> Any:
    """`fit` of a network that takes no steps: its callbacks follow epochs validated with such scores."""
    model = prepared(run.params)

    def no_steps(batches: Any, *, epochs: int, initial_epoch: int, callbacks: list[Any], **_: Any) -> None:
        for callback in callbacks:
            callback.set_model(model)
            callback.on_train_begin()
        for epoch in range(initial_epoch, epochs):
            model.optimizer.iterations.assign(epoch + 1)
            logs = {"loss": 1.0}
            for callback in callbacks:
                callback.on_epoch_end(epoch, logs)
            if model.stop_training:
                return

    model.fit = no_steps
    fit(model, examples(), targets, lambda: {"val_loss": 1.0, "score": scores[len(run.history)]}, run)
    return model


@pytest.mark.parametrize(
    ("settings", "scores", "rates"),
    [
        # The first epoch sets the mark, two more do no better; a rate is logged before it is lowered.
        ({}, [0.0] * 6, [0.4, 0.4, 0.4, 0.2, 0.2, 0.1]),
        ({"plateau_patience": 1, "plateau_factor": 0.25}, [0.0] * 4, [0.4, 0.4, 0.1, 0.025]),
        ({"plateau_monitor": "score"}, [0.1, 0.3, 0.2, 0.1, 0.0, 0.0], [0.4, 0.4, 0.4, 0.4, 0.2, 0.2]),
        ({"plateau_monitor": "score"}, [0.1, 0.2, 0.3, 0.4, 0.5, 0.6], [0.4] * 6),
        (
            {"plateau_monitor": "score", "plateau_delta": 0.25},
            [0.1, 0.2, 0.3, 0.4, 0.5, 0.6],
            [0.4, 0.4, 0.4, 0.2, 0.2, 0.2],
        ),
        ({"schedule": "cosine", "learning_rate": 0.4}, [0.0] * 2, [0.4, 0.0]),
    ],
)
def test_the_rate_falls_on_a_plateau(settings: dict[str, Any], scores: list[float], rates: list[float]) -> None:
    params = Params(**{"epochs": len(scores), "batch_size": 5, "optimizer": "sgd", "learning_rate": 0.4, **settings})
    run = Recorder().run(params)
    without_steps(run, scores)
    assert [log["learning_rate"] for log in run.history] == pytest.approx(rates, abs=1e-7)


def test_a_plateau_of_a_score_that_there_is_not_is_refused_after_the_first_epoch() -> None:
    run = Recorder().run(Params(epochs=3, plateau_monitor="scor"))
    with pytest.raises(ParameterError) as error:
        without_steps(run, [0.0] * 3)
    assert str(error.value) == (
        "Expected a validation score of this network. Received: scor. Remedy: choose training.plateau_monitor among "
        "val_loss."
    )
    assert run.history == []


def test_steps_are_reported_within_an_epoch_with_their_rate(monkeypatch: pytest.MonkeyPatch) -> None:
    now = iter([10.0, 10.5, 12.0, 12.5, 14.0, 20.0, 22.0])
    monkeypatch.setattr(callbacks.time, "monotonic", lambda: next(now))
    reported: list[tuple[int, int, float]] = []
    steps = Steps(lambda *done: reported.append(done))
    steps.set_params({"steps": 4})
    steps.on_epoch_begin(0)
    for batch in range(4):
        steps.on_train_batch_end(batch)
    steps.on_epoch_begin(1)
    steps.on_train_batch_end(0)
    assert reported == [(2, 4, 1.0), (4, 4, 1.0), (1, 4, 0.5)]


def test_a_training_reports_its_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Steps, "on_train_batch_end", lambda self, batch, logs=None: self.report(batch + 1, 0, 0.0))
    reported: list[int] = []
    run = Recorder().run(Params(epochs=2, batch_size=2))
    run.step = lambda done, total, rate: reported.append(done)
    trained(run)
    n = steps_per_epoch(len(examples()), run.params)
    assert sorted(reported) == sorted([*range(1, n + 1)] * 2)


@pytest.mark.parametrize(
    ("scores", "n_epochs"), [([0.5, 0.4, 0.5, 0.9], 3), ([0.1, 0.2, 0.1, 0.3], 4), ([0.1, 0.5, 0.4, 0.3], 4)]
)
def test_training_stops_when_its_patience_is_over(scores: list[float], n_epochs: int) -> None:
    run = Recorder().run(Params(epochs=4, stop_patience=2))
    without_steps(run, scores)
    assert [log["score"] for log in run.history] == scores[:n_epochs]


def test_keras_stops_training_when_the_run_is_over() -> None:
    run = Recorder().run(Params(epochs=4, batch_size=5, stop_patience=2, optimizer="sgd"))
    trained(run, scores=[0.5, 0.4, 0.5, 0.9])
    assert [log["score"] for log in run.history] == [0.5, 0.4, 0.5]


def test_a_run_that_is_over_is_not_trained() -> None:
    def fail(*_: Any) -> Any:
        raise AssertionError("called")

    run = scored([0.5, 0.4, 0.3], stop_patience=2)
    fit(None, examples(), fail, fail, run)
    assert len(run.history) == 3


def test_a_loss_that_is_no_number_ends_the_run_and_saves_nothing() -> None:
    recorder, validated = Recorder(), []
    run = recorder.run(Params(epochs=2, batch_size=2, optimizer="sgd"))
    model = prepared(run.params, kernel=0.5)
    infinite = [{**each, "frame": each["frame"] * np.float32(np.inf)} for each in examples()]
    with pytest.raises(MirlitonError) as error:
        fit(model, infinite, targets, lambda: validated.append(1) or {}, run)
    assert error.value.expected == "a finite training loss"
    assert error.value.received in ("nan in epoch 0", "inf in epoch 0")
    assert error.value.remedy == (
        "lower training.learning_rate or training.clipnorm, or look at the check of finite features"
    )
    assert (recorder.calls, run.history, validated) == ([], [], [])


class Stand:
    """In the place of a network: it keeps what `fit` was called with."""

    def fit(self, prefetched: Any, **arguments: Any) -> None:
        self.batches, self.arguments = prefetched.batches, arguments


def test_keras_gets_batches_of_this_epoch_and_does_not_shuffle_them() -> None:
    def augment(example: Any, another: Any, rng: Any) -> Any:
        return {**example, "features": example["features"] + 100}

    run = scored([0.5, 0.6], epochs=7, batch_size=3, seed=9)
    weights, model = np.array([1.0, 0.0, 2.0, 1.0, 1.0]), Stand()
    fit(model, examples(), targets, dict, run, silence=-3.0, augment=augment, weights=weights)
    batches = model.batches
    assert (batches.seed, batches.epoch, batches.batch_size) == (9, 2, 3)
    assert batches.segments.silence == -3.0
    assert batches.segments.n_frames == 512
    assert sorted(batches.order) == [0, 2, 2, 3, 4]
    assert (batches[0][0] > 50).all(), "augmented"
    callbacks = model.arguments.pop("callbacks")
    assert model.arguments == {"epochs": 7, "initial_epoch": 2, "shuffle": False, "verbose": 0}
    names = [type(callback).__name__ for callback in callbacks]
    assert names == ["TerminateOnNaN", "Steps", "Validation", "ReduceLROnPlateau", "ResumeState"]
    assert callbacks[0].async_safe is True
    assert callbacks[2].validate is dict
    assert callbacks[4].run is run
    assert callbacks[4].others == [callbacks[3]]
    assert isinstance(callbacks[2], Validation)
    assert isinstance(callbacks[4], ResumeState)


def test_every_example_is_visited_once_in_an_epoch_and_silence_is_0_by_default() -> None:
    model = Stand()
    shards = [
        {name: np.full((512, 1), i, np.float32) for name in ("features", "frame")} | {"mask": np.ones(512, np.uint8)}
        for i in range(2)
    ]
    run = scored([], segment_frames=128, batch_size=3, schedule="cosine")
    fit(model, shards, targets, dict, run)
    assert (model.batches.segments.silence, model.batches.segments.n_frames) == (0.0, 128)
    assert sorted(model.batches.order) == list(range(8))
    assert model.batches.augment is None
    assert model.arguments["initial_epoch"] == 0
    assert [type(each).__name__ for each in model.arguments["callbacks"]] == [
        "TerminateOnNaN",
        "Steps",
        "Validation",
        "ResumeState",
    ]
    assert model.arguments["callbacks"][3].others == []


@pytest.mark.parametrize(
    ("n_examples", "batch_size", "segment_frames", "steps"),
    [
        (6, 3, 512, 2),
        (7, 3, 512, 3),
        (1, 16, 512, 1),
        (0, 3, 512, 1),
        (0.2, 1, 512, 1),
        (7, 3, 128, 10),
        (6, 4, 256, 3),
        (5, 2, 200, 5),
        (2, 1, 257, 2),
        (3.4, 1, 512, 3),
        (3.6, 1, 512, 4),
        (3.4, 1, 128, 14),
    ],
)
def test_batches_in_an_epoch(n_examples: float, batch_size: int, segment_frames: int, steps: int) -> None:
    settings = Params(batch_size=batch_size, segment_frames=segment_frames)
    assert steps_per_epoch(n_examples, settings) == steps
