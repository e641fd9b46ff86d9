"""The command ``train``: its last lines name epochs, steps, losses beside chance, and what a check warns of."""

from __future__ import annotations

from typing import Any

import pytest

from assets.training.time_limit import TimeLimitReached
from pipelines import runs
from pipelines.cli import train as command
from pipelines.cli.console import console
from pipelines.runs import RunResult

KEY = "models/genre_recognition/crnn"
METADATA = {
    "trained_now": True,
    "epochs": 30,
    "best_epoch": 4,
    "val_loss": 2.3112,
    "chance_loss": 2.3026,
    "n_steps": 90,
    "val_accuracy": 0.07,
    "val_macro_f1": 0.02,
    "mlflow_run": "abc",
}


def printed(monkeypatch: pytest.MonkeyPatch, metadata: dict[str, Any], *failed: str) -> str:
    """What the command prints after a run that recorded this."""
    monkeypatch.setattr(runs, "materialise", lambda *_, **__: RunResult("run", {KEY: metadata}, list(failed)))
    with console.capture() as captured:
        command.train("genre_recognition", "crnn")
    return " ".join(captured.get().split())


def test_a_network_that_is_not_above_chance_is_a_warning_after_its_scores(monkeypatch: pytest.MonkeyPatch) -> None:
    check = f"{KEY}: above_chance: it has not learnt (90 steps); remedy: more training.epochs than 30"
    assert printed(monkeypatch, METADATA, check) == (
        f"{KEY}: trained, 30 epochs (90 steps), best 5, validation loss 2.3112 (chance 2.3026), accuracy 0.0700, "
        f"macro F1 0.0200. MLflow run abc. check {check} Next: mirliton evaluate genre_recognition --model crnn"
    )


def test_a_program_that_trains_states_itself_what_comes_next(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(command.NEXT, "none")
    assert printed(monkeypatch, METADATA).endswith("MLflow run abc.")


def test_a_training_that_stops_for_its_limit_is_no_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(*_: Any, config: dict[str, Any], **__: Any) -> RunResult:
        assert config[KEY]["minutes"] == 1.5
        raise TimeLimitReached("7 of 30 epochs are done: …. The same command goes on from there")

    monkeypatch.setattr(runs, "materialise", stop)
    with console.capture() as captured:
        command.train("genre_recognition", "crnn", minutes=1.5)
    assert (
        " ".join(captured.get().split()) == f"{KEY}: 7 of 30 epochs are done: …. The same command goes on from there."
    )


def test_a_model_of_an_earlier_version_has_no_steps_and_no_chance(monkeypatch: pytest.MonkeyPatch) -> None:
    older = {key: value for key, value in METADATA.items() if key not in ("n_steps", "chance_loss")}
    assert f"{KEY}: trained, 30 epochs, best 5, validation accuracy 0.0700" in printed(monkeypatch, older)
