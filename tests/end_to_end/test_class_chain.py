"""The chain of a classification on seconds of audio: labelled folders, windows, a network, a vote, a report."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from assets.evaluation import class_baselines
from assets.evaluation import classes as class_evaluation
from assets.resources import StoreResource
from assets.training.dataset_shards import DatasetShards, open_dataset_shards
from assets.training.task_data import ClassData
from mir_models.architectures import ARCHITECTURES
from mir_models.errors import MirlitonError
from mir_models.examples.windows import Window
from mir_models.features import feature_of
from mir_models.tasks import TASKS
from pipelines.runs import RunFailed, RunResult, materialise
from storage.examples.windows import WindowExamples
from tests.stored_records import model_record
from tests.two_bands import CONFIG, MODEL, NETWORK, REPORT, TASK, show_little


@pytest.fixture
def data(two_bands: tuple[Path, RunResult], monkeypatch: pytest.MonkeyPatch) -> DatasetShards:
    monkeypatch.setenv("MIRLITON_HOME", str(two_bands[0]))
    return open_dataset_shards(StoreResource(), ["bands"], "artist", "mel_patch")


def test_the_report_evaluates_tracks_beside_its_baselines(two_bands: tuple[Path, RunResult]) -> None:
    home, finished = two_bands
    report = json.loads((home / "store" / REPORT / "report.json").read_text())
    evaluation = report["evaluation"]
    assert set(evaluation["baselines"]) == {"mfcc statistics, SVM", "random weights, SVM", "majority"}
    assert evaluation["accuracy"] == evaluation["baselines"]["mfcc statistics, SVM"]["accuracy"] == 1
    assert evaluation["baselines"]["majority"]["accuracy"] < 1
    assert evaluation["classes"] == ["hiss", "hum"]
    assert np.sum(evaluation["confusion"]) == len(evaluation["tracks"]) == evaluation["convention"]["n_tracks"]
    assert report["parameters"]["decoding"]["window"] == {"frames": 40, "hop": 40, "rest": False}
    assert finished.metadata[REPORT]["accuracy"] == 1
    page = (home / "store" / REPORT / "report.html").read_text()
    assert "mfcc statistics, SVM" in page
    assert "No track was left out" in page
    figures = {each.stem for each in (home / "store" / REPORT / "figures").iterdir()}
    assert {"confusion", "answers", "reasons", "filters", "maximised", "loss_curves"} <= figures
    assert all(sum(row["probabilities"]) == pytest.approx(1, abs=1e-3) for row in evaluation["tracks"])


def test_the_model_record_names_its_outputs(two_bands: tuple[Path, RunResult]) -> None:
    (record,) = (two_bands[0] / "store" / MODEL).glob("*/model.json")
    record_json = json.loads(record.read_text())
    assert record_json["classes"] == ["hiss", "hum"]
    assert {"val_accuracy", "val_macro_f1", "val_window_accuracy"} <= record_json["history"][0].keys()


def test_the_network_stands_beside_chance_in_the_record_the_page_and_the_metadata(
    two_bands: tuple[Path, RunResult],
) -> None:
    home, finished = two_bands
    (record,) = (json.loads(path.read_text()) for path in (home / "store" / MODEL).glob("*/model.json"))
    chance, last = record["chance"], record["history"][-1]
    assert chance["n_steps"] == last["steps"] == 3 * -(-chance["n_examples"] // 80)
    assert chance["chance_loss"] == last["chance_loss"] == pytest.approx(np.log(2), abs=0.1)
    assert chance["val_loss"] == record["history"][record["best_epoch"]]["val_loss"]
    assert chance["verdict"] in ("above chance", "undecided"), "three tracks may be too few to show it"
    assert finished.metadata[MODEL]["n_steps"] == chance["n_steps"]
    assert not [each for each in finished.failed_checks if "above_chance" in each]
    assert f"Trained on {chance['n_examples']} examples: " in (home / "store" / REPORT / "report.html").read_text()


def test_nothing_is_trained_twice(two_bands: tuple[Path, RunResult], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MIRLITON_HOME", str(two_bands[0]))
    again = materialise(f"train_{TASK}", assets=[MODEL], config={MODEL: CONFIG})
    assert again.metadata[MODEL]["trained_now"] is False


@pytest.mark.parametrize("window", [Window(40, 40, rest=False), Window(640, 640), Window(511, 300), Window(700, 700)])
def test_windows_are_gathered_across_shards(data: DatasetShards, window: Window) -> None:
    tracks = data.split("train")
    labels = list(range(len(tracks)))
    examples = WindowExamples(tracks, labels, len(tracks), window, silence=-80.0)
    wholes = [data.track_arrays(track, "features")["features"] for track in tracks]
    expected = np.concatenate([window.cut(each, fill=-80.0) for each in wholes])
    assert len(examples) == len(expected)
    for index in (0, 1, len(examples) // 2, len(examples) - 1):
        np.testing.assert_array_equal(examples[index]["features"], expected[index])
    owners = np.repeat(labels, [len(window.starts(len(each))) for each in wholes])
    assert [int(examples[index]["label"].argmax()) for index in range(len(examples))] == owners.tolist()
    with pytest.raises(IndexError):
        examples[len(examples)]


def test_one_class_cannot_be_classified(data: DatasetShards) -> None:
    network = ARCHITECTURES.get(NETWORK)
    hums = replace(data, tracks=[each for each in data.tracks if each.classes["artist"] == "hum"])
    params = feature_of("mel_patch").PRESETS["mel_patch"]
    task_data = ClassData(hums, network, TASKS.get(TASK), params, network.WINDOW)
    with pytest.raises(MirlitonError, match=r"two classes of artist to distinguish. Received: \['hum'\]"):
        assert task_data.classes


def test_without_timbre_the_report_names_what_is_missing(
    two_bands: tuple[Path, RunResult], data: DatasetShards, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(class_baselines, "MFCC", "chroma")
    tested = {each.track: each for each in data.split("test")}
    trained = StoreResource().models(TASK, NETWORK).current()
    found, notes = class_baselines.predict_baselines(data, trained.record(), trained.model(), tested)
    assert list(found) == ["random weights, SVM", "majority"]
    assert "mirliton backfill bands --feature chroma" in notes[0]


def test_a_test_split_that_lacks_a_class_is_named(data: DatasetShards) -> None:
    record = model_record(labels="artist", classes=["hiss", "hum", "third"])
    tested = {each.track: each for each in data.tracks}
    (warning,) = class_evaluation._missing_classes(record, tested)
    assert warning == "The test split has 2 of the 3 artists: the scores leave the others out."
    assert class_evaluation._missing_classes(replace(record, classes=["hiss", "hum"]), tested) == ()


def test_datasets_that_have_other_labels_are_listed_with_them(data: DatasetShards) -> None:
    with pytest.raises(MirlitonError, match=r"datasets with genre\. Received: bands, which has artist\."):
        open_dataset_shards(StoreResource(), ["bands"], "genre", "mel_patch")


def test_a_report_gains_a_baseline_whose_features_come_later(
    own_bands: tuple[Path, RunResult], monkeypatch: pytest.MonkeyPatch
) -> None:
    show_little(monkeypatch)

    def baselines() -> set[str]:
        materialise(f"train_{TASK}", assets=[REPORT])
        return set(json.loads((own_bands[0] / "store" / REPORT / "report.json").read_text())["evaluation"]["baselines"])

    with monkeypatch.context() as without:
        without.setattr(class_baselines, "MFCC", "chroma")
        assert baselines() == {"random weights, SVM", "majority"}
    assert baselines() == {"random weights, SVM", "majority", "mfcc statistics, SVM"}


def test_datasets_that_only_test_are_evaluated_without_baselines(data: DatasetShards) -> None:
    kept_aside = replace(data, tracks=data.split("test"))
    found, notes = class_baselines.predict_baselines(
        kept_aside, model_record(labels="artist"), None, {each.track: each for each in kept_aside.tracks}
    )
    assert found == {}
    assert "only test" in notes[0]


def test_a_window_that_is_too_short_for_the_network_is_refused(
    two_bands: tuple[Path, RunResult], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MIRLITON_HOME", str(two_bands[0]))
    with pytest.raises(RunFailed, match=r"a window that is long enough for patch_cnn\. Received: 8 frames"):
        materialise(f"train_{TASK}", assets=[MODEL], config={MODEL: {**CONFIG, "window": {"frames": 8}}})
