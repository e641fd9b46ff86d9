"""The training of a run: its limit of time beside that of all, its starts, and whether its epochs are done."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from assets.training.time_limit import TimeLimit, TimeLimitReached
from experiments.long_runs import processes, training
from experiments.long_runs.home import RunHome
from experiments.long_runs.processes import Deadline, OutOfTime
from storage.models import mlflow_runs
from storage.models.checkpoints import ModelStore
from storage.objects.objects import open_objects
from tests.experiments.long_runs.homes import run_home
from tests.stored_records import model_record


class Unwritten:
    """A network with a file of nothing."""

    def save(self, path: Path) -> None:
        path.touch()


def home_with(folder: Path, scores: list[float], patch: pytest.MonkeyPatch) -> RunHome:
    """A home whose training has these scores, ends after four epochs, or after two without a better one."""
    home = run_home(folder)
    kept = ModelStore(open_objects(str(home.store)), "piano_transcription", "lstm").training("f")
    history = [{"epoch": float(epoch), "val_frame_f1": score} for epoch, score in enumerate(scores)]
    for epoch in range(len(scores)):
        kept.save_epoch(Unwritten(), {}, history[: epoch + 1], {"run_id": "r"})
    recipe = model_record(architecture="lstm", training={"epochs": 4, "stop_patience": 2}).to_json()
    patch.setattr(mlflow_runs, "logged_recipe", lambda *_: recipe)
    return home


@pytest.mark.parametrize(
    ("scores", "is_over"),
    [([], False), ([0.5, 0.6, 0.7], False), ([0.5, 0.6, 0.7, 0.8], True), ([0.5, 0.4, 0.4], True)],
)
def test_a_training_is_over_after_its_epochs_or_without_a_better_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, scores: list[float], is_over: bool
) -> None:
    assert training.is_over(home_with(tmp_path, scores, monkeypatch)) == is_over


def test_a_training_with_epochs_to_come_is_no_success(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(OutOfTime, match="2 epochs"):
        training.check_over(home_with(tmp_path / "half", [0.5, 0.6], monkeypatch))
    training.check_over(home_with(tmp_path / "whole", [0.5, 0.6, 0.7, 0.8], monkeypatch))


@pytest.mark.parametrize(("scores", "is_let"), [([0.5], False), ([0.5, 0.6, 0.7, 0.8], True)])
def test_at_the_limit_a_training_is_let_go_on_only_where_its_epochs_are_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, scores: list[float], is_let: bool
) -> None:
    found: list[bool] = []
    monkeypatch.setattr(processes, "run", lambda *_, may_end: found.append(may_end()))
    training.train(home_with(tmp_path, scores, monkeypatch), Deadline(1))
    assert found == [is_let]
    assert len(training.starts(RunHome(tmp_path))) == 1


def test_epochs_fill_the_time_that_they_have(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of four hours, 214 minutes are for epochs: 21 of ten minutes."""
    clock: Any = type("Clock", (), {"now": 0.0, "monotonic": lambda self: self.now})()
    monkeypatch.setattr("assets.training.time_limit.time", clock)
    limit, n_epochs = TimeLimit(training.for_epochs(240 * 60) / 60), 0
    with suppress(TimeLimitReached):
        while True:
            clock.now, n_epochs = clock.now + 600, n_epochs + 1
            limit.check(n_epochs, 10_000)
    assert n_epochs == 21


@pytest.mark.parametrize(("minutes", "for_epochs"), [(1, 0.5), (4, 2), (5, 2.5), (60, 52), (600, 538)])
def test_epochs_have_what_start_up_and_slower_ones_leave(minutes: float, for_epochs: float) -> None:
    assert training.for_epochs(60 * minutes) == pytest.approx(60 * for_epochs)


@pytest.mark.parametrize("minutes", [6, 20, 60, 240])
@pytest.mark.parametrize("epoch", [7, 60, 600, 1049])
def test_what_the_training_begins_ends_before_the_limit_of_all(
    monkeypatch: pytest.MonkeyPatch, minutes: float, epoch: float
) -> None:
    """Epochs of a length, the last slower by a tenth of the limit, after the longest start-up."""
    clock: Any = type("Clock", (), {"now": training.START_UP, "monotonic": lambda self: self.now})()
    monkeypatch.setattr("assets.training.time_limit.time", clock)
    limit, n_epochs = TimeLimit(training.for_epochs(60 * minutes) / 60), 0
    with suppress(TimeLimitReached):
        while True:
            clock.now, n_epochs = clock.now + epoch, n_epochs + 1
            limit.check(n_epochs, 10_000)
    slowest = clock.now + training.SLOWER * 60 * minutes
    assert n_epochs == 1 or slowest <= 60 * minutes


def test_starts_of_homes_of_earlier_versions_come_first(tmp_path: Path) -> None:
    home = run_home(tmp_path)
    assert training.starts(home) == []
    (tmp_path / "starts.jsonl").write_text(json.dumps({"began": 3.0}) + "\n")
    (tmp_path / "sessions.jsonl").write_text("".join(json.dumps({"began": each}) + "\n" for each in (1.0, 2.0)))
    assert [each.began for each in training.starts(home)] == [1, 2, 3]
