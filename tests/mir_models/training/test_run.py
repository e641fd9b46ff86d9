"""A run: its best epoch, when it is over, what is saved after an epoch and restored."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest

from mir_models.training.params import Params
from mir_models.training.run import Run
from mir_models.training.variables import get_variables
from tests.mir_models.training.linear_network import Recorder, kernel_of, prepared, scored, step


@pytest.mark.parametrize(
    ("scores", "best"),
    [
        ([0.3], 0),
        ([0.1, 0.4, 0.3], 1),
        ([0.4, 0.3, 0.1], 0),
        ([0.1, 0.2, 0.3], 2),
        ([0.1, 0.4, 0.4, 0.2], 1),
        ([0.2, 0.2, 0.2], 0),
        ([-3.0, -1.0, -2.0], 1),
        ([0.1, math.nan, 0.3, 0.2], 2),
        ([math.nan, -1.0], 1),
        ([math.nan, math.nan], 0),
    ],
)
def test_the_best_epoch_is_the_first_with_the_highest_score(scores: list[float], best: int) -> None:
    run = scored(scores)
    assert run.best_epoch() == best
    assert type(run.best_epoch()) is int


def test_the_best_epoch_is_that_of_the_monitored_score() -> None:
    run = scored([0.1, 0.4, 0.3])
    run.monitor = "loss"
    assert run.best_epoch() == 0


@pytest.mark.parametrize(
    ("scores", "is_over"),
    [
        ([], False),
        ([0.5], False),
        ([0.5, 0.4], False),
        ([0.5, 0.4, 0.5], True),
        ([0.5, 0.4, 0.3], True),
        ([0.5, 0.4, 0.6], False),
        ([0.5, 0.6, 0.1], False),
        ([0.5, 0.6, 0.1, 0.6], True),
        ([0.1, 0.2, 0.3, 0.4, 0.5], False),
        ([0.1, 0.2, 0.3, 0.4, 0.5, 0.6], True),
        ([0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7], True),
        ([0.5, 0.4, 0.3, 0.2], True),
    ],
)
def test_a_run_is_over_after_its_patience_or_its_epochs(scores: list[float], is_over: bool) -> None:
    assert scored(scores, stop_patience=2, epochs=6).is_over() is is_over


def test_a_run_begins_without_history_or_state() -> None:
    one, other = Recorder().run(Params()), Recorder().run(Params())
    assert one.history == []
    assert one.state is None
    assert one.history is not other.history


def test_an_epoch_is_saved_with_the_history_so_far_and_then_logged() -> None:
    model, recorder = prepared(Params(optimizer="sgd"), kernel=0.25), Recorder()
    run = recorder.run(Params(), history=[{"score": 0.1}])
    run.keep(model, {"score": 0.2})
    assert run.history == [{"score": 0.1}, {"score": 0.2}]
    assert [name for name, _ in recorder.calls] == ["save", "log"]
    state, history = recorder.calls[0][1]
    assert history == [{"score": 0.1}, {"score": 0.2}]
    assert recorder.calls[1][1] == {"score": 0.2}
    assert state["variable-0000"].tolist() == [[0.25]]
    assert recorder.kernels == [0.25]


def test_the_saved_network_is_averaged_and_the_saved_state_is_not() -> None:
    model = prepared(Params(optimizer="sgd", learning_rate=1.0, ema=0.5), kernel=0.0)
    for _ in range(3):
        step(model)
    recorder = Recorder()
    recorder.run(Params()).keep(model, {"score": 0.2})
    assert recorder.kernels == [-2.25]
    assert recorder.states[0]["variable-0000"].tolist() == [[-3.0]]
    assert kernel_of(model) == -3.0


def test_the_saved_network_of_a_mixed_precision_computes_in_float32() -> None:
    saved = []
    model = prepared(Params(precision="mixed_bfloat16"), kernel=0.3)
    run = Run(Params(), "score", save=lambda model, state, history: saved.append(model), log=lambda log: None)
    run.keep(model, {"score": 0.2})
    assert saved[0].layers[-1].compute_dtype == "float32"
    assert kernel_of(saved[0]) == np.float32(0.3)


def test_restoring_gives_every_variable_back() -> None:
    params = Params(optimizer="adam", learning_rate=0.1, ema=0.5)
    model = prepared(params, kernel=1.0)
    step(model, 0.3)
    step(model, -0.2)
    state = get_variables(model)
    other = prepared(dataclasses.replace(params, seed=5, learning_rate=0.7), kernel=-1.0)
    Recorder().run(params, state=state, history=[{"score": 0.0}]).restore(other)
    for name, value in get_variables(other).items():
        np.testing.assert_array_equal(value, state[name], err_msg=name)
    step(model, 0.5)
    step(other, 0.5)
    assert kernel_of(other) == kernel_of(model)


def test_a_run_without_state_restores_nothing() -> None:
    with pytest.raises(AssertionError):
        Recorder().run(Params()).restore(prepared(Params()))
