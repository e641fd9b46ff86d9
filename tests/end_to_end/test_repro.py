"""A training is trained again: exactly by its own seed, beside others; other data, code and names are refused."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import mlflow
import pytest

from assets.resources import StoreResource
from assets.training import reproduction
from assets.training.reproduction import Reproduction, check_data, recorded_recipe
from mir_models.errors import MirlitonError
from pipelines.cli import repro as command
from pipelines.runs import RunResult
from storage.models.mlflow_runs import tracking_uri
from storage.objects.objects import open_objects
from tests.pipelines.cli.test_commands import Command, mirliton  # noqa: F401
from tests.two_bands import MODEL, NETWORK, TASK

Bands = tuple[Path, RunResult]


@pytest.fixture
def command_of_bands(mirliton: Command, own_bands: Bands, monkeypatch: pytest.MonkeyPatch) -> Command:  # noqa: F811
    """The command in a home in which a network was trained on two bands."""
    monkeypatch.setenv("MIRLITON_HOME", str(own_bands[0]))
    return mirliton


def test_the_same_seed_gives_the_same_score_and_others_a_band(command_of_bands: Command, own_bands: Bands) -> None:
    home, finished = own_bands
    run_id = finished.metadata[MODEL]["mlflow_run"]
    result = command_of_bands("repro", run_id, "--seeds", 1, "--json")
    assert result.code == 0, result.err
    found = json.loads(result.out)
    assert (found["task"], found["model"], found["mlflow_run"]) == (TASK, NETWORK, run_id)
    assert list(found["by_seed"]) == ["0", "1"]
    assert found["original"] == finished.metadata[MODEL][found["measure"]]
    assert found["by_seed"]["0"] == pytest.approx(found["original"], abs=1e-6)
    assert (found["prepared"], found["changed"]) == ([], [])

    client = mlflow.MlflowClient(tracking_uri(home))
    experiment = client.get_run(run_id).info.experiment_id
    nested = client.search_runs([experiment], f"tags.mlflow.parentRunId = '{run_id}'")
    assert {each.info.run_name for each in nested} == {"seed 0", "seed 1"}
    objects = open_objects(str(home / "store"))
    for fingerprint in objects.names(f"reproductions/{run_id}"):
        assert objects.names(f"reproductions/{run_id}/{fingerprint}") == ["model.json"]
    assert len(objects.names(f"models/{TASK}/{NETWORK}")) == 2, "no model of the task is touched"

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reproduction, "train", lambda *_, **__: pytest.fail("it is there already"))
        again = command_of_bands("repro", f"{TASK}/{NETWORK}", "--seeds", 1, "--json")
    assert json.loads(again.out) == found


def test_other_data_are_refused_with_the_dataset(own_bands: Bands) -> None:
    store = StoreResource()
    record = store.models(TASK, NETWORK).current().finished_record()
    recipe = recorded_recipe(store, record)
    check_data(recipe, record)
    other = replace(record, data="0" * 16, shards={"bands": "0" * 16})
    with pytest.raises(MirlitonError, match=r"the data of fingerprint 0+\. .* others of bands: .* backfill bands"):
        check_data(recipe, other)


def test_names_that_do_not_exist_are_refused(command_of_bands: Command) -> None:
    assert "which the tracking server does not know" in command_of_bands("repro", "0" * 32).error
    assert "did you mean patch_cnn?" in command_of_bands("repro", f"{TASK}/patch_cn").error
    assert "a trained dense_frame" in command_of_bands("repro", f"{TASK}/dense_frame").error


BY_SEED = {0: 0.50, 1: 0.52, 2: 0.48, 3: 0.51}


@pytest.mark.parametrize(
    ("original", "by_seed", "verdict"),
    [
        (0.50, BY_SEED, "equal"),
        (0.51, BY_SEED, "within"),
        (0.60, BY_SEED, "outside"),
        (0.60, {0: 0.5}, "unknown"),
    ],
)
def test_a_score_is_equal_within_or_outside(original: float, by_seed: dict[int, float], verdict: str) -> None:
    assert Reproduction("val_accuracy", original, by_seed).verdict == verdict


def test_a_score_outside_of_the_band_is_an_error_after_its_figures(
    command_of_bands: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = Reproduction("val_accuracy", 0.6, BY_SEED, ["training 3, now 4"])
    monkeypatch.setattr(reproduction, "reproduce", lambda *_, **__: found)
    result = command_of_bands("repro", f"{TASK}/{NETWORK}")
    assert result.code == 1
    assert "val_accuracy 0.6000; trained again 0.5000 (seed 0), 0.5200 (seed 1), 0.4800 (seed 2)" in result.out
    assert "The code has other versions now: training 3, now 4." in result.out
    assert "Expected val_accuracy within [0.4" in result.err
    as_document = json.loads(command_of_bands("repro", f"{TASK}/{NETWORK}", "--json").out)
    assert (as_document["verdict"], as_document["changed"]) == ("outside", ["training 3, now 4"])


def test_every_verdict_but_the_error_has_its_words() -> None:
    assert set(command.VERDICTS) == {"equal", "within", "unknown"}


def test_other_seeds_are_the_smallest_that_are_not_its_own() -> None:
    def seeds(own: int, n_others: int) -> Any:
        return list(reproduction._seeds(own, n_others))

    assert seeds(0, 2) == [0, 1, 2]
    assert seeds(1, 2) == [1, 0, 2]
    assert seeds(7, 2) == [7, 0, 1]
    assert seeds(7, 0) == [7]
