"""Classification of a track: soft voting over windows, validation scores, the most probable classes."""

from __future__ import annotations

import numpy as np
import pytest

from mir_models.examples.windows import Window
from mir_models.inference.classification import (
    HEAD,
    Prediction,
    Voting,
    losses,
    mean_of_probabilities,
    targets,
    validate,
)


def test_the_class_of_a_track_is_that_of_its_windows_mean() -> None:
    unsure, sure = [0.6, 0.4], [0.1, 0.9]
    found = validate([(np.array([unsure, sure]), 1), (np.array([unsure, unsure]), 0)])
    assert found["val_accuracy"] == 1
    assert found["val_window_accuracy"] == pytest.approx(3 / 4)
    assert found["val_loss"] == pytest.approx(-np.log([0.4, 0.9, 0.6, 0.6]).mean())


def test_every_window_of_a_track_is_predicted_in_batches() -> None:
    voting = Voting(("a", "b"), Window(4, 2))
    features, predicted = np.arange(101, dtype=np.float32)[:, None], []

    def predict(windows: np.ndarray) -> np.ndarray:
        predicted.extend(windows[:, 0, 0].tolist())
        return np.repeat([[0.3, 0.7]], len(windows), axis=0)

    assert voting.predict_windows(predict, features, silence=-80.0).shape == (50, 2)
    assert predicted == voting.window.starts(101).tolist()


def test_the_mean_of_probabilities_is_over_members_or_windows_and_keeps_their_type() -> None:
    members = [[[0.5, 0.5], [1.0, 0.0]], [[0.0, 1.0], [0.25, 0.75]]]
    assert mean_of_probabilities(members).tolist() == [[0.25, 0.75], [0.625, 0.375]]
    windows = np.array([[0.5, 0.5], [0.25, 0.75]], np.float32)
    assert mean_of_probabilities(windows).dtype == np.float32
    assert mean_of_probabilities(windows).tolist() == [0.375, 0.625]


def test_the_most_probable_classes_come_first_and_equals_in_their_order() -> None:
    probabilities = np.array([[0.25, 0.5, 0.25], [0.25, 0.25, 0.5]])
    prediction = Prediction(("a", "b", "c"), np.array([0.0, 1.0]), 1.0, probabilities)
    assert prediction.top(3) == [("b", 0.375), ("c", 0.375), ("a", 0.25)]
    assert prediction.top(1) == [("b", 0.375)]


def test_macro_f1_of_validation_is_of_tracks() -> None:
    """Class 0 has one track, found; class 1 has two, of which one is taken for 0."""
    sure, other = np.array([[0.75, 0.25]]), np.array([[0.25, 0.75]])
    found = validate([(sure, 0), (sure, 1), (other, 1)])
    assert found["val_macro_f1"] == pytest.approx((2 / 3 + 2 / 3) / 2)
    assert found["val_accuracy"] == found["val_window_accuracy"] == pytest.approx(2 / 3)


def test_the_target_is_the_label_and_the_loss_focal_with_a_gamma() -> None:
    label = np.array([0.25, 0.75], np.float32)
    assert targets({"label": label}, (HEAD,))[HEAD] is label
    assert losses((HEAD,)) == {HEAD: "categorical_crossentropy"}
    focal = losses((HEAD,), 2.0)[HEAD]
    y_true, y_pred = np.array([[0.0, 1.0]], np.float32), np.array([[0.25, 0.75]], np.float32)
    assert float(focal(y_true, y_pred)) == pytest.approx(-(0.25**2) * np.log(0.75), rel=1e-4)
