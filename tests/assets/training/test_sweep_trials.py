"""Trials of a sweep without a network: cut off, pruned, failed; what lies on disk meanwhile and at the end."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from assets.training import sweep as module
from assets.training.sweep import SweepPlan, search_space, sweep
from assets.training.time_limit import TimeLimit, TimeLimitReached
from mir_models.architectures import lstm
from mir_models.errors import MirlitonError, ParameterError
from mir_models.training.params import Params as TrainingParams
from mir_models.training.search_space import Integers, SearchSpace
from storage.models.checkpoints import ModelStore, Training
from storage.models.sweeps import TrialRow
from storage.objects.objects import open_objects
from storage.servers.team_settings import SWEEP_DATABASE
from tests.stored_records import model_record

TASK, MONITOR, EPOCHS = "piano_transcription", "val_frame_f1", 10
Score = Callable[[int, int], float]
"""Units and epoch to the score."""


@dataclass(frozen=True)
class FewSettings:
    """What a sweep needs of a recipe."""

    network: lstm.Params = lstm.Params(units=40)  # noqa: RUF009 (frozen)
    training: TrainingParams = TrainingParams(epochs=EPOCHS)  # noqa: RUF009 (frozen)
    architecture: Any = lstm
    heads: Sequence[str] = ("frame",)
    task: Any = field(default_factory=lambda: SimpleNamespace(monitor=lambda heads: MONITOR))

    @property
    def fingerprint(self) -> str:
        return f"units{self.network.units}"


class Tracked:
    """Stands for the run of the sweep."""

    run_id = "sweep"

    def __init__(self, *_: Any, **__: Any) -> None:
        self.ended: list[str] = []

    def log_params(self, *_: Any) -> None:
        pass

    def log_epoch(self, _: Any) -> None:
        pass

    def end(self, status: str = "FINISHED") -> None:
        self.ended.append(status)


def training_by(score: Score) -> Callable[..., Any]:
    """A training whose epochs have these scores, and which keeps what it has done, as a real one."""

    def train(recipe: FewSettings, training: Training, home: Path, limit: TimeLimit, tracking: Any) -> Any:
        key = f"{training.prefix}/state.json"
        history = json.loads(training.objects.read(key) or b"[]")
        for epoch in range(len(history), EPOCHS):
            history.append({MONITOR: score(recipe.network.units, epoch)})
            training.objects.write(key, json.dumps(history).encode())
            if epoch < EPOCHS - 1:
                tracking.after_epoch(history)
        training.objects.write(f"{training.prefix}/model.keras", b"model")
        best = max(range(EPOCHS), key=lambda epoch: history[epoch][MONITOR])
        record = model_record(history=history, best_epoch=best, run_id=tracking.name, fingerprint=recipe.fingerprint)
        training.write_record(record)
        return record

    return train


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[TrialRow]]:
    """A sweep over a few units, given the scores and how many trials there are to be."""
    monkeypatch.delenv(SWEEP_DATABASE, raising=False)
    monkeypatch.setattr(module, "open_recipe", lambda *_: FewSettings())
    monkeypatch.setattr(module, "TrackedRun", Tracked)
    monkeypatch.setattr(module, "publish", lambda *_: None)
    monkeypatch.setattr(module, "free_networks", lambda: None)
    space = SearchSpace({"network.units": Integers(2, 10**6)})  # No value twice.
    plan = SweepPlan("lstm", {"network": lstm.Params(units=40)}, space)
    store: Any = SimpleNamespace(home=tmp_path / "home", models=lambda *_: models(tmp_path))

    def make(score: Score, n_trials: int, limit: TimeLimit | None = None) -> list[TrialRow]:
        monkeypatch.setattr(module, "train", training_by(score))
        return sweep(plan, store, n_trials, limit or TimeLimit(0), lambda _: None)

    return make


def models(folder: Path) -> ModelStore:
    return ModelStore(open_objects(str(folder / "store")), TASK, "lstm")


def test_the_best_is_a_training_of_the_network_and_the_others_are_dropped(run: Any, tmp_path: Path) -> None:
    rows = run(lambda units, epoch: units / 100 + epoch / 1000, 3)
    best = max(rows, key=lambda row: row.settings["network.units"])
    assert rows[0].settings == {"network.units": 40}
    assert best.score == pytest.approx(best.settings["network.units"] / 100 + 0.009)
    objects = models(tmp_path).objects
    assert objects.names(f"models/{TASK}/lstm") == [best.fingerprint]
    assert objects.names(f"models/{TASK}/lstm/{best.fingerprint}") == ["model.json", "model.keras"]
    assert objects.names(f"sweeps/{TASK}/lstm") == []


def test_a_trial_that_was_cut_off_goes_on_from_its_epoch(run: Any) -> None:
    trained = []

    def score(units: int, epoch: int) -> float:
        if epoch == 4 and not trained.count((units, 4)):
            trained.append((units, epoch))
            raise KeyboardInterrupt
        trained.append((units, epoch))
        return 0.5

    with pytest.raises(KeyboardInterrupt):
        run(score, 1)
    (row,) = run(score, 1)
    assert (row.number, row.epochs, row.state) == (0, EPOCHS, "complete")
    assert trained == [(40, epoch) for epoch in (0, 1, 2, 3, 4, 4, 5, 6, 7, 8, 9)]


def test_one_that_is_worse_than_the_others_is_pruned_and_its_files_are_gone(run: Any, tmp_path: Path) -> None:
    count: list[int] = []

    def score(units: int, epoch: int) -> float:
        count.extend([units] * (epoch == 0))
        return 0.1 if len(count) == 5 else 0.5 + 0.01 * len(count)

    rows = run(score, 6)
    assert [row.state for row in rows] == ["complete"] * 4 + ["pruned", "complete"]
    assert rows[4].score == 0.1
    assert rows[4].epochs < EPOCHS
    assert models(tmp_path).objects.names(f"sweeps/{TASK}/lstm") == []


def test_settings_that_cannot_be_trained_fail_their_trial_only(run: Any) -> None:
    def score(units: int, epoch: int) -> float:
        if units == 40:
            raise ParameterError("fewer units", received=units, remedy="give fewer")
        return 0.5

    first, second = run(score, 2)
    assert (first.state, first.reason) == ("failed", "Expected fewer units. Received: 40. Remedy: give fewer.")
    assert second.state == "complete"


def test_an_error_that_is_none_of_ours_fails_its_trial_and_ends_the_sweep_which_goes_on_with_the_next(run: Any) -> None:
    def score(units: int, epoch: int) -> float:
        if units == 40:
            raise MemoryError("out of memory")
        return 0.5

    with pytest.raises(MemoryError):
        run(score, 2)
    rows = run(score, 2)
    assert [row.state for row in rows] == ["failed", "complete"]
    assert rows[0].reason == "MemoryError: out of memory"


def test_without_a_score_there_is_no_best(run: Any) -> None:
    with pytest.raises(MirlitonError, match=f"a trial that could be trained. Received: {MONITOR} is not a number"):
        run(lambda units, epoch: math.nan, 1)


def test_a_limit_that_is_over_begins_no_other_trial(run: Any) -> None:
    limit = TimeLimit(1)
    limit._began -= 120
    with pytest.raises(TimeLimitReached, match=r"^0 of 2 trials are done: another epoch does not fit into 1 minutes"):
        run(lambda units, epoch: 0.5, 2, limit)


def test_what_is_fixed_is_not_searched_and_only_what_is_named_is() -> None:
    whole = search_space("lstm")
    assert whole == lstm.SEARCH_SPACE
    assert "network.units" not in search_space("lstm", fixed=["network.units", "training.epochs"]).ranges
    named = search_space("lstm", only=["network.units"])
    assert (list(named.ranges), named.first) == (["network.units"], {"network.units": 115})
