"""Callbacks: an epoch's log gets its validation, a diverged loss ends the run, a history is replayed exactly."""

from __future__ import annotations

import math
from types import SimpleNamespace
from typing import Any

import keras
import numpy as np
import pytest

from mir_models.errors import MirlitonError
from mir_models.training.callbacks import ResumeState, Validation


def model(rate: float = 0.125, *, weight: float = 1.0, average: float | None = None) -> Any:
    """What callbacks see of a network of one weight."""
    variable, averages = keras.Variable(weight), [] if average is None else [keras.Variable(average)]
    optimizer = SimpleNamespace(
        learning_rate=keras.Variable(rate),
        iterations=keras.Variable(1),
        use_ema=average is not None,
        _trainable_variables=[variable],
        _model_variables_moving_average=averages,
    )
    return SimpleNamespace(optimizer=optimizer, weight=variable, stop_training=None)


class Listed(keras.callbacks.Callback):
    """It lists the epochs it is given."""

    def __init__(self, calls: list[Any], name: str) -> None:
        super().__init__()
        self.calls, self.name = calls, name

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        assert logs is not None
        self.calls.append((self.name, epoch, dict(logs)))
        logs["touched"] = 1.0


class Run:
    """In the place of `mir_models.training.run.Run`."""

    def __init__(self, calls: list[Any], history: list[dict[str, float]], *, is_over: bool = False) -> None:
        self.calls, self.history, self.over = calls, history, is_over

    def keep(self, model: Any, log: dict[str, float]) -> None:
        self.calls.append(("keep", model, log))

    def restore(self, model: Any) -> None:
        self.calls.append(("restore", model))

    def is_over(self) -> bool:
        self.calls.append("is_over")
        return self.over


def test_an_epochs_log_gets_the_validation_scores_the_rate_and_the_steps() -> None:
    validation = Validation(lambda: {"val_loss": 0.5, "score": 0.75})
    validation.set_model(model(0.125))
    logs = {"loss": 2.0, "score": 0.0}
    validation.on_epoch_end(3, logs)
    assert logs == {"loss": 2.0, "val_loss": 0.5, "score": 0.75, "learning_rate": 0.125, "steps": 1.0}
    assert type(logs["learning_rate"]) is type(logs["steps"]) is float


def test_the_average_is_validated_and_the_weight_comes_back() -> None:
    network = model(weight=1.0, average=0.25)
    validated = []
    validation = Validation(lambda: validated.append(float(np.array(network.weight))) or {"val_loss": 1.0})
    validation.set_model(network)
    validation.on_epoch_end(0, {"loss": 2.0})
    assert validated == [0.25]
    assert float(np.array(network.weight)) == 1.0


@pytest.mark.parametrize("loss", [math.nan, math.inf, -math.inf])
def test_a_diverged_loss_is_an_error_before_validation(loss: float) -> None:
    validated: list[int] = []
    validation = Validation(lambda: validated.append(1) or {})
    validation.set_model(model())
    with pytest.raises(MirlitonError) as error:
        validation.on_epoch_end(7, {"loss": loss})
    assert str(error.value) == (
        f"Expected a finite training loss. Received: {loss} in epoch 7. Remedy: lower training.learning_rate or "
        "training.clipnorm, or look at the check of finite features."
    )
    assert validated == []


def test_the_history_is_replayed_to_the_others_in_order_before_the_state_is_restored() -> None:
    calls: list[Any] = []
    history = [{"loss": 3.0}, {"loss": 2.0}]
    network = model()
    resume_state = ResumeState(Run(calls, history), [Listed(calls, "a"), Listed(calls, "b")])
    resume_state.set_model(network)
    resume_state.on_train_begin()
    assert calls == [
        ("a", 0, {"loss": 3.0}),
        ("b", 0, {"loss": 3.0}),
        ("a", 1, {"loss": 2.0}),
        ("b", 1, {"loss": 2.0}),
        ("restore", network),
    ]
    assert history == [{"loss": 3.0}, {"loss": 2.0}], "the others get copies"


def test_a_fresh_run_has_nothing_to_replay_or_restore() -> None:
    calls: list[Any] = []
    resume_state = ResumeState(Run(calls, []), [Listed(calls, "a")])
    resume_state.set_model(model())
    resume_state.on_train_begin()
    assert calls == []


def test_the_age_of_a_plateau_survives() -> None:
    """Two epochs without a better loss are in the history: the next one halves the rate."""
    network = model(0.5)
    plateau = keras.callbacks.ReduceLROnPlateau(monitor="val_loss", mode="min", factor=0.5, patience=3)
    resume_state = ResumeState(Run([], [{"val_loss": 1.0}, {"val_loss": 1.0}, {"val_loss": 1.0}]), [plateau])
    for callback in (plateau, resume_state):
        callback.set_model(network)
        callback.on_train_begin()
    assert float(np.array(network.optimizer.learning_rate)) == 0.5
    plateau.on_epoch_end(3, {"val_loss": 1.0})
    assert float(np.array(network.optimizer.learning_rate)) == 0.25


@pytest.mark.parametrize("is_over", [False, True])
def test_an_epoch_is_saved_before_it_is_decided_whether_the_run_is_over(is_over: bool) -> None:
    calls: list[Any] = []
    network = model()
    resume_state = ResumeState(Run(calls, [], is_over=is_over), [])
    resume_state.set_model(network)
    resume_state.on_epoch_end(4, {"loss": 2.0, "score": 0.5})
    assert calls == [("keep", network, {"epoch": 4, "loss": 2.0, "score": 0.5}), "is_over"]
    assert network.stop_training is is_over


def test_an_epoch_without_a_log_is_kept_by_its_number() -> None:
    calls: list[Any] = []
    resume_state = ResumeState(Run(calls, []), [])
    network = model()
    resume_state.set_model(network)
    resume_state.on_epoch_end(4)
    assert calls[0] == ("keep", network, {"epoch": 4})


def test_a_callback_belongs_to_no_network_until_keras_gives_it_one() -> None:
    for callback in (Validation(dict), ResumeState(Run([], []), [])):
        assert callback.params is None
        assert callback.model is None
