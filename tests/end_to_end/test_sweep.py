"""A sweep on seconds of audio: trials nested in its run, the best one a challenger; it goes on where it stopped."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import mlflow
import pytest

from mir_models.architectures import lstm
from mir_models.training.search_space import Floats, Integers, SearchSpace
from storage.models.checkpoints import ModelStore
from storage.models.mlflow_registry import versions
from storage.models.mlflow_runs import tracking_uri
from storage.models.sweeps import Sweep
from storage.objects.objects import open_objects
from tests.conftest import Prepared
from tests.pipelines.cli.test_commands import Command, mirliton  # noqa: F401

TASK = "piano_transcription"
SPACE = SearchSpace(
    {"network.units": Integers(2, 12), "training.learning_rate": Floats(1e-4, 1e-2, log=True)},
    first={"network.units": 6},
)
OPTIONS = ("--model", "lstm", "--dataset", "tiny", "--set", "training.epochs=2", "--set", "training.batch_size=2")


@pytest.fixture
def swept(mirliton: Command, home: Path, prepared: Prepared, monkeypatch: pytest.MonkeyPatch) -> Command:  # noqa: F811
    """The command in a home whose corpus is prepared, where sweeps are of few units."""
    shutil.copytree(prepared.home, home, dirs_exist_ok=True)
    monkeypatch.setattr(lstm, "SEARCH_SPACE", SPACE)
    return mirliton


def document(command: Command, *arguments: object) -> dict[str, Any]:
    result = command("sweep", TASK, *OPTIONS, *arguments, "--json")
    assert result.code == 0, result.err
    found: dict[str, Any] = json.loads(result.out)
    return found


def test_trials_are_nested_and_the_best_is_a_challenger_and_a_second_call_goes_on(
    swept: Command, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = document(swept, "--trials", 2)
    assert [each["state"] for each in found["trials"]] == ["complete", "complete"]
    assert found["trials"][0]["settings"] == {"network.units": 6, "training.learning_rate": 1e-3}
    assert [each["epochs"] for each in found["trials"]] == [2, 2]
    best = max(found["trials"], key=lambda each: each["score"])
    assert found["best"] == best["number"]
    assert found["settings"] == best["settings"]

    client = mlflow.MlflowClient(tracking_uri(home))
    run = client.get_run(best["mlflow_run"])
    parent = client.get_run(run.data.tags["mlflow.parentRunId"])
    nested = client.search_runs([run.info.experiment_id], f"tags.mlflow.parentRunId = '{parent.info.run_id}'")
    assert {each.info.run_id for each in nested} == {each["mlflow_run"] for each in found["trials"]}
    assert parent.data.metrics["best_val_frame_f1"] == best["score"]
    (version,) = versions(home, TASK)
    assert (version.run_id, version.tags["reason"]) == (best["mlflow_run"], "the best of 2 trials of a sweep")

    models = ModelStore(open_objects(str(home / "store")), TASK, "lstm")
    record = models.current_record()
    assert record is not None
    assert record.run_id == best["mlflow_run"]
    assert models.objects.names(models.current().prefix) == ["model.json", "model.keras"]
    assert models.objects.names(f"sweeps/{TASK}/lstm") == [], "what is not the best is dropped"

    monkeypatch.setattr(Sweep, "next_trial", lambda self: pytest.fail("all of them are there"))
    assert document(swept, "--trials", 2) == found


@pytest.mark.slow  # Without a network: tests/assets/training/test_sweep_trials.py
def test_a_trial_that_is_pruned_leaves_nothing_and_one_that_was_cut_off_goes_on(
    swept: Command, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from storage.models.sweeps import Trial

    def stop(self: Trial, scores: list[float]) -> bool:
        if self.number == 0:
            raise KeyboardInterrupt
        return True

    monkeypatch.setattr(Trial, "should_stop", stop)
    assert swept("sweep", TASK, *OPTIONS, "--trials", 2).code == 130
    monkeypatch.setattr(Trial, "should_stop", lambda self, scores: self.number > 0)
    found = document(swept, "--trials", 2)
    assert [(each["state"], each["epochs"]) for each in found["trials"]] == [("complete", 2), ("pruned", 0)]
    client = mlflow.MlflowClient(tracking_uri(home))
    first = client.get_run(found["trials"][0]["mlflow_run"])
    steps = {each.step for each in client.get_metric_history(first.info.run_id, "val_frame_f1")}
    assert steps == {0, 1}, "in the run in which it began"
    assert client.get_run(found["trials"][1]["mlflow_run"]).info.status == "KILLED"
    objects = open_objects(str(home / "store"))
    assert objects.names(f"sweeps/{TASK}/lstm") == []
    assert len(objects.names(f"models/{TASK}/lstm")) == 2, "the best, and which one is current"


def test_names_and_values_that_do_not_exist_are_refused(swept: Command) -> None:
    error = swept("sweep", TASK, "--model", "lstm", "--search", "network.unit").error
    assert error.startswith(
        "Expected a setting that a sweep of lstm searches. Received: network.unit. Remedy: did you "
    )
    assert "did you mean network.units?" in error
    assert "did you mean tiny?" in swept("sweep", TASK, "--model", "lstm", "--dataset", "tiiny").error
    error = swept("sweep", "genre_recognition", "--model", "genre_ensemble").error
    assert error == "Expected settings of genre_ensemble to search. Received: none. Remedy: sweep its members."
    fixed = ("--set", "network.units=6", "--set", "training.learning_rate=0.01")
    error = swept("sweep", TASK, "--model", "lstm", *fixed).error
    assert error.endswith("leave one of network.units, training.learning_rate out of --set.")


def test_a_limit_of_time_ends_it_and_states_how_far_it_is(swept: Command) -> None:
    result = swept("sweep", TASK, *OPTIONS, "--trials", 2, "--minutes", "0.0001")
    assert result.code == 0
    assert "0 of 2 trials are done" in result.out
    assert "The same command goes on from there" in result.out
