"""The chain of a classification on seconds of audio: labelled folders, windows, a network, a vote, a report."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from assets.evaluation import class_baselines
from assets.evaluation import classes as class_judging
from assets.resources import StoreResource
from assets.training.corpora import Corpora, open_corpora
from assets.training.task_data import ClassLessons
from mir_models.architectures import ARCHITECTURES
from mir_models.errors import MirlitonError
from mir_models.evaluation.class_baselines import Labelled, majority, statistics, support_vectors
from mir_models.evaluation.classes import ClassParams, ClassPrediction, evaluate
from mir_models.examples.windows import Window
from mir_models.features import preset
from mir_models.tasks import TASKS
from pipelines.runs import Finished, RunFailed, materialise
from storage.examples.windows import WindowExamples
from tests.two_bands import CONFIG, MODEL, NETWORK, REPORT, TASK


@pytest.fixture
def corpora(two_bands: tuple[Path, Finished], monkeypatch: pytest.MonkeyPatch) -> Corpora:
    monkeypatch.setenv("MIRLITON_HOME", str(two_bands[0]))
    return open_corpora(StoreResource(), ["bands"], "artist", "mel_patch")


def test_the_report_judges_tracks_beside_its_baselines(two_bands: tuple[Path, Finished]) -> None:
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


def test_the_model_says_what_its_outputs_are(two_bands: tuple[Path, Finished]) -> None:
    (record,) = (two_bands[0] / "store" / MODEL).glob("*/model.json")
    told = json.loads(record.read_text())
    assert told["classes"] == ["hiss", "hum"]
    assert {"val_accuracy", "val_macro_f1", "val_window_accuracy"} <= told["history"][0].keys()


def test_nothing_is_trained_twice(two_bands: tuple[Path, Finished], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MIRLITON_HOME", str(two_bands[0]))
    again = materialise(f"train_{TASK}", assets=[MODEL], config={MODEL: CONFIG})
    assert again.metadata[MODEL]["trained_now"] is False


@pytest.mark.parametrize("window", [Window(40, 40, rest=False), Window(640, 640), Window(511, 300), Window(700, 700)])
def test_windows_are_gathered_across_shards(corpora: Corpora, window: Window) -> None:
    tracks = corpora.split("train")
    labels = list(range(len(tracks)))
    examples = WindowExamples(tracks, labels, len(tracks), window, silence=-80.0)
    wholes = [corpora.whole(track, "features")["features"] for track in tracks]
    expected = np.concatenate([window.cut(each, fill=-80.0) for each in wholes])
    assert len(examples) == len(expected)
    for index in (0, 1, len(examples) // 2, len(examples) - 1):
        np.testing.assert_array_equal(examples[index]["features"], expected[index])
    owners = np.repeat(labels, [len(window.starts(len(each))) for each in wholes])
    assert [int(examples[index]["label"].argmax()) for index in range(len(examples))] == owners.tolist()
    with pytest.raises(IndexError):
        examples[len(examples)]


def test_one_class_is_nothing_to_tell_apart(corpora: Corpora) -> None:
    network = ARCHITECTURES.get(NETWORK)
    hums = replace(corpora, tracks=[each for each in corpora.tracks if each.classes["artist"] == "hum"])
    heard = preset("mel_patch").PRESETS["mel_patch"]
    lessons = ClassLessons(hums, network, TASKS.get(TASK), heard, network.WINDOW)
    with pytest.raises(MirlitonError, match=r"two classes of artist to tell apart. Received: \['hum'\]"):
        assert lessons.classes


def test_without_timbre_the_report_says_what_is_lacking(
    two_bands: tuple[Path, Finished], corpora: Corpora, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(class_baselines, "TIMBRE", "chroma")
    tested = {each.track: each for each in corpora.split("test")}
    trained = StoreResource().models(TASK, NETWORK).current()
    found, notes = class_baselines.answered(corpora, trained.record(), trained.model(), tested)
    assert list(found) == ["random weights, SVM", "majority"]
    assert "mirliton backfill bands --feature chroma" in notes[0]


def test_a_test_split_that_lacks_a_class_is_named(corpora: Corpora) -> None:
    record = {"labels": "artist", "classes": ["hiss", "hum", "third"]}
    tested = {each.track: each for each in corpora.tracks}
    (said,) = class_judging._unheard(record, tested)
    assert said == "The test split has 2 of the 3 artists: the scores say nothing of the others."
    assert class_judging._unheard({**record, "classes": ["hiss", "hum"]}, tested) == ()


def test_datasets_that_have_other_labels_are_told_with_them(corpora: Corpora) -> None:
    with pytest.raises(MirlitonError, match=r"datasets with genre\. Received: bands, which has artist\."):
        open_corpora(StoreResource(), ["bands"], "genre", "log_mel")


def test_a_report_gains_a_baseline_whose_features_come_later(
    own_bands: tuple[Path, Finished], monkeypatch: pytest.MonkeyPatch
) -> None:
    def baselines() -> set[str]:
        materialise(f"train_{TASK}", assets=[REPORT])
        return set(json.loads((own_bands[0] / "store" / REPORT / "report.json").read_text())["evaluation"]["baselines"])

    with monkeypatch.context() as without:
        without.setattr(class_baselines, "TIMBRE", "chroma")
        assert baselines() == {"random weights, SVM", "majority"}
    assert baselines() == {"random weights, SVM", "majority", "mfcc statistics, SVM"}


def test_datasets_that_only_test_are_judged_without_baselines(corpora: Corpora) -> None:
    kept_aside = replace(corpora, tracks=corpora.split("test"))
    found, notes = class_baselines.answered(
        kept_aside, {"labels": "artist"}, None, {each.track: each for each in kept_aside.tracks}
    )
    assert found == {}
    assert "only test" in notes[0]


def test_a_class_that_was_never_learnt_counts_as_wrong() -> None:
    sure = np.array([[0.9, 0.1]], np.float32)
    predictions = [
        ClassPrediction("a", "x", sure),
        ClassPrediction("b", "z", sure),
        ClassPrediction("c", "y", sure[:, ::-1]),
    ]
    found = evaluate(
        predictions,
        ClassParams(("x", "y"), "artist", ("bands",), n_resamples=50),
        {"majority": dict.fromkeys("abc", "x")},
    )
    assert found["accuracy"] == pytest.approx(2 / 3)
    assert found["classes"] == ["x", "y", "z"]
    assert found["tracks"][0]["track"] == "b", "the most confident mistake comes first"
    assert found["confusion"] == [[1, 0, 0], [0, 1, 0], [1, 0, 0]]
    assert found["baselines"]["majority"]["accuracy"] == pytest.approx(1 / 3)


def test_baselines_learn_from_the_train_split_alone() -> None:
    rng = np.random.default_rng(0)
    mfcc = [rng.normal(number % 2, 1, (50, 20)).astype(np.float32) for number in range(20)]
    rows, classes = np.stack(list(map(statistics, mfcc))), ["even", "odd"] * 10
    train, validation = Labelled(rows[:12], classes[:12]), Labelled(rows[12:16], classes[12:16])
    machine = support_vectors(train, validation)
    assert machine.n_features_in_ == 80
    assert machine.predict(rows[16:]).tolist() == classes[16:]
    assert majority(["b", "a", "a", "b", "c"]) == "a"


def test_a_window_that_is_too_short_for_the_network_is_refused(
    two_bands: tuple[Path, Finished], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MIRLITON_HOME", str(two_bands[0]))
    with pytest.raises(RunFailed, match=r"a window that patch_cnn can hear\. Received: 8 frames"):
        materialise(f"train_{TASK}", assets=[MODEL], config={MODEL: {**CONFIG, "window": {"frames": 8}}})
