"""MLflow's registry: a version per training, the aliases of champion and challenger, and why each has them."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import mlflow
import pytest

from mir_models.errors import MirlitonError
from storage.models import mlflow_registry
from storage.models.mlflow_registry import (
    RegisteredVersion,
    clear_champion,
    keep_as_challenger,
    register,
    set_champion,
    versions,
)
from storage.models.mlflow_runs import TrackedRun
from tests.made_once import copied, made_once

TASK = "piano_transcription"


def tracked(home: Path) -> list[str]:
    """Three runs: two that logged a model for recordings, one that logged none."""
    found = []
    for number in range(3):
        run = TrackedRun(home, experiment=TASK, name="lstm")
        run.client.log_param(run.run_id, "architecture", "lstm")
        run.set_tags({"fingerprint": f"f{number}"})
        if number < 2:
            run.log_recordings_model({"model.json": b"{}"}, "assets.inference.registered_model")
        run.end()
        found.append(run.run_id)
    return found


@pytest.fixture
def runs(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A home of one's own, and the runs of `tracked` in it."""
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    folder, run_ids = made_once(tmp_path_factory, "registry", lambda folder: tracked(folder / "home"))
    shutil.copytree(copied(tmp_path_factory, folder / "home"), tmp_path / "home")
    return tmp_path / "home", run_ids


def by_version(home: Path) -> dict[str, RegisteredVersion]:
    return {each.version: each for each in versions(home, TASK)}


def test_a_training_is_a_version_and_the_latest_is_the_challenger(runs: tuple[Path, list[str]]) -> None:
    home, (first, second, _) = runs
    assert versions(home, TASK) == []
    assert register(home, TASK, first) == "1"
    assert register(home, TASK, second, reason="trained on maps") == "2"
    found = by_version(home)
    assert [found[each].run_id for each in ("1", "2")] == [first, second]
    assert [found[each].aliases for each in ("1", "2")] == [(), ("challenger",)]
    assert found["2"].tags["reason"] == "trained on maps"
    assert found["2"].tags["fingerprint"] == "f1"
    assert found["2"].tags["architecture"] == "lstm"


def test_a_training_has_one_version_however_often_it_is_registered(runs: tuple[Path, list[str]]) -> None:
    home, (first, *_) = runs
    assert register(home, TASK, first) == register(home, TASK, first) == "1"
    assert len(versions(home, TASK)) == 1


def test_a_champion_is_no_challenger_and_another_takes_its_place(runs: tuple[Path, list[str]]) -> None:
    home, (first, second, _) = runs
    register(home, TASK, first)
    assert set_champion(home, TASK, first, "the first") == "1"
    assert by_version(home)["1"].aliases == ("champion",)
    keep_as_challenger(home, TASK, second, "worse by 0.02")
    found = by_version(home)
    assert (found["1"].aliases, found["2"].aliases) == (("champion",), ("challenger",))
    assert (found["1"].tags["reason"], found["2"].tags["reason"]) == ("the first", "worse by 0.02")
    set_champion(home, TASK, second, "asked for")
    found = by_version(home)
    assert (found["1"].aliases, found["2"].aliases) == ((), ("champion",))


def test_without_a_champion_of_the_store_there_is_none(runs: tuple[Path, list[str]]) -> None:
    home, (first, *_) = runs
    clear_champion(home, TASK, "nothing is registered yet")
    set_champion(home, TASK, first, "the first")
    clear_champion(home, TASK, "back to the included network")
    (version,) = versions(home, TASK)
    assert (version.aliases, version.tags["reason"]) == ((), "back to the included network")


def test_a_run_without_a_model_and_one_that_the_server_does_not_know_are_left_out(runs: tuple[Path, list[str]]) -> None:
    home, (*_, without) = runs
    assert register(home, TASK, without) is None
    assert set_champion(home, TASK, "0" * 32, "asked for") is None
    assert versions(home, TASK) == []


def test_a_registry_that_does_not_answer_is_one_sentence(
    runs: tuple[Path, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    home, (first, *_) = runs

    def fail(*_: Any) -> None:
        raise mlflow.exceptions.MlflowException("no connection")

    monkeypatch.setattr(mlflow_registry, "_create", fail)
    with pytest.raises(MirlitonError, match=r"a registry of models that takes this.*no connection.*same command"):
        register(home, TASK, first)
