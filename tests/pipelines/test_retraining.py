"""A scheduled retraining: which runs it begins, with which settings, and what it does where one fails."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from mir_models.architectures import patch_cnn
from mir_models.errors import MirlitonError
from pipelines import retraining
from pipelines.job_runs import RunFailed, RunResult
from pipelines.retraining import PARENT, model_config, retrain
from storage.models.retrainings import RetrainingRecord

TASK = "artist_recognition"
RECORD = RetrainingRecord(
    task=TASK,
    datasets=["a", "b", "c"],
    cron="0 3 * * 1",
    timezone="UTC",
    networks=["patch_cnn"],
    settings={"training": {"epochs": 3}, "shards": {"dtype": "float16"}},
)
DECIDED = {"kind": "promoted", "reason": "better by the mean", "champion": "the champion patch_cnn"}


class Runs:
    """What was run, instead of running it."""

    def __init__(self, *failing: str) -> None:
        self.failing, self.begun = failing, list[tuple[str, dict[str, Any]]]()

    def __call__(self, job: str, **options: Any) -> RunResult:
        self.begun.append((job, options))
        if options.get("partition") in self.failing:
            raise RunFailed("a disk is full (run 1, mirliton ui shows it)")
        return RunResult("1", {f"champions/{TASK}": DECIDED}, [])


@pytest.fixture(autouse=True)
def _no_champion(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retraining, "_is_stale", lambda name, presets: name != "b")


def test_stale_datasets_are_prepared_then_a_challenger_is_trained_and_decided_on() -> None:
    runs, texts = Runs(), list[str]()
    found = retrain(
        RetrainingRecord(**{**RECORD.to_json(), "settings": {"training": {"epochs": 3}}}),  # type: ignore[arg-type]
        run=runs,
        parent="run-7",
        report=texts.append,
    )
    assert [(job, options.get("partition")) for job, options in runs.begun] == [
        ("prepare_any", "a"),
        ("prepare_any", "c"),
        (f"train_{TASK}", None),
    ]
    assert all(options["tags"] == {PARENT: "run-7"} for _, options in runs.begun)
    assert runs.begun[0][1]["assets"] == [
        *("raw_audio", "variants", "labels"),
        *("features/mel_patch", "shards/mel_patch", "features/mfcc", "shards/mfcc"),
    ]
    trained = runs.begun[-1][1]
    assert set(trained["assets"]) == {f"{kind}/{TASK}/patch_cnn" for kind in ("models", "reports")} | {
        f"champions/{TASK}"
    }
    assert trained["config"][f"champions/{TASK}"] == {"challenger": "patch_cnn", "datasets": ["a", "b", "c"]}
    assert trained["config"][f"models/{TASK}/patch_cnn"]["training"]["epochs"] == 3
    assert (found.prepared, found.failed, found.networks) == (["a", "c"], {}, ["patch_cnn"])
    assert (found.kind, found.reason) == ("promoted", "better by the mean")
    assert texts == [
        "preparing a",
        "preparing c",
        "training patch_cnn on a, b, c",
        "promoted: better by the mean. In use: the champion patch_cnn",
    ]


def test_a_dataset_that_cannot_be_prepared_does_not_keep_the_others_from_it() -> None:
    runs, texts = Runs("a"), list[str]()
    found = retrain(RECORD, run=runs, parent="run-7", report=texts.append)
    assert found.prepared == ["b", "c"], "with settings of its own every dataset is looked at"
    assert found.failed == {"a": "a disk is full (run 1, mirliton ui shows it)"}
    assert "a could not be prepared, what was prepared before is used: a disk is full" in texts[1]
    assert runs.begun[0][1]["config"] == {"shards/mel_patch": {"dtype": "float16"}, "shards/mfcc": {"dtype": "float16"}}


def test_settings_are_those_of_the_champion_where_it_is_of_that_network(monkeypatch: pytest.MonkeyPatch) -> None:
    default = model_config(RECORD, "patch_cnn")
    assert default["network"]["dense"] == patch_cnn.Params().dense
    assert (default["training"]["epochs"], default["weights"]) == (3, {})
    settings = {"network": patch_cnn.Params(dense=16), "training": patch_cnn.TRAINING}
    champion = SimpleNamespace(architecture="patch_cnn", members={}, weights={"a": 2.0, "gone": 3.0})
    monkeypatch.setattr(retraining, "_champion_record", lambda task: champion)
    monkeypatch.setattr(retraining, "settings_of", lambda record: settings)
    config = model_config(RECORD, "patch_cnn")
    assert (config["network"]["dense"], config["training"]["epochs"], config["weights"]) == (16, 3, {"a": 2.0})
    assert config["datasets"] == ["a", "b", "c"]
    assert model_config(RECORD, "dense_frame")["weights"] == {}


def test_without_a_model_in_use_the_network_has_to_be_named() -> None:
    record = RetrainingRecord(task=TASK, datasets=["a"], cron="0 3 * * 1", timezone="UTC")
    with pytest.raises(MirlitonError, match=r"a model in use for artist_recognition.*--model NAME"):
        retrain(record, run=Runs(), parent="", report=print)


def test_without_a_schedule_the_job_states_how_to_make_one(home: Path) -> None:
    import dagster as dg

    from pipelines.definitions import definitions

    with dg.DagsterInstance.ephemeral() as instance:
        done = definitions.resolve_job_def(f"retrain_{TASK}").execute_in_process(
            instance=instance,
            raise_on_error=False,
            run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
        )
    assert not done.success
    (event,) = [each for each in done.all_events if each.is_step_failure]
    assert "mirliton schedule artist_recognition --dataset NAME" in str(event.step_failure_data.error)
