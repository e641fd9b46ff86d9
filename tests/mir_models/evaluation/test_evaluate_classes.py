"""Evaluation of classification: tracks, windows, classes that were not trained, baselines, and the convention."""

from __future__ import annotations

import json

import numpy as np
import pytest

from mir_models.errors import MirlitonError
from mir_models.evaluation.classes import ClassEvaluationParams, ClassPrediction, evaluate_classes

PARAMS = ClassEvaluationParams(("x", "y"), "artist", ("bands",), n_resamples=50)


def test_a_class_that_was_not_trained_counts_as_wrong() -> None:
    sure = np.array([[0.9, 0.1]], np.float32)
    predictions = [
        ClassPrediction("a", "x", sure),
        ClassPrediction("b", "z", sure),
        ClassPrediction("c", "y", sure[:, ::-1]),
    ]
    found = evaluate_classes(
        predictions,
        ClassEvaluationParams(("x", "y"), "artist", ("bands",), n_resamples=50),
        {"majority": dict.fromkeys("abc", "x")},
    )
    assert found["accuracy"] == pytest.approx(2 / 3)
    assert found["classes"] == ["x", "y", "z"]
    assert found["tracks"][0]["track"] == "b", "the most confident mistake comes first"
    assert found["confusion"] == [[1, 0, 0], [0, 1, 0], [1, 0, 0]]
    assert found["baselines"]["majority"]["accuracy"] == pytest.approx(1 / 3)


def test_the_class_of_a_track_is_that_of_its_windows_mean_and_windows_count_by_themselves() -> None:
    windows = np.array([[0.75, 0.25], [0.75, 0.25], [0.0, 1.0], [0.25, 0.75]], np.float32)
    found = evaluate_classes([ClassPrediction("a", "y", windows), ClassPrediction("b", "x", windows[:1])], PARAMS, {})
    rows = {row["track"]: row for row in found["tracks"]}
    assert rows["a"] == {
        "track": "a",
        "wanted": "y",
        "answered": "y",
        "right": True,
        "probability": 0.5625,
        "of_the_true_class": 0.5625,
        "probabilities": [0.4375, 0.5625],
        "n_windows": 4,
    }
    assert found["accuracy"] == found["macro_f1"] == 1
    assert found["window_accuracy"] == 3 / 5
    assert found["window_macro_f1"] == pytest.approx((2 / 4 + 4 / 6) / 2)
    assert found["accuracy_interval"] == [1, 1]
    assert found["per_class"][1] == {"name": "y", "n_tracks": 1, "precision": 1, "recall": 1, "f1": 1}


def test_the_class_of_every_window_is_calibrated() -> None:
    windows = np.array([[0.75, 0.25], [0.75, 0.25], [0.0, 1.0]], np.float32)
    found = evaluate_classes([ClassPrediction("a", "y", windows)], PARAMS, {})["calibration"]
    assert (found["events"], found["n"]) == ("windows", 3)
    assert found["bins"][7] == {"low": 0.7, "high": 0.8, "n": 2, "probability": 0.75, "share": 0.0}
    assert found["bins"][9]["share"] == 1.0
    assert found["error"] == pytest.approx(2 * 0.75 / 3)


def test_the_convention_and_the_result_are_json() -> None:
    found = evaluate_classes([ClassPrediction("a", "x", np.array([[1.0, 0.0]]))], PARAMS, {})
    assert found["convention"] == {
        "datasets": ["bands"],
        "split": "test",
        "label": "artist",
        "n_tracks": 1,
        "n_quarantined": 0,
        "vote": "mean of the windows' probabilities",
        "notes": [],
        "bootstrap": {"over": "tracks", "level": 0.95, "n_resamples": 50, "seed": 0},
    }
    assert found["accuracy_interval"] is None, "of one track"
    assert json.loads(json.dumps(found)) == found


def test_no_tracks_are_an_error() -> None:
    with pytest.raises(MirlitonError, match="tracks in the test split"):
        evaluate_classes([], PARAMS, {})
