"""Baselines of classification: the majority class, MFCC statistics, and a support vector machine on them."""

from __future__ import annotations

import numpy as np

from mir_models.evaluation.class_baselines import LabelledRows, fit_svm, majority_class, mfcc_statistics


def test_baselines_are_fit_to_the_train_split_alone() -> None:
    rng = np.random.default_rng(0)
    mfcc = [rng.normal(number % 2, 1, (50, 20)).astype(np.float32) for number in range(20)]
    rows, classes = np.stack(list(map(mfcc_statistics, mfcc))), ["even", "odd"] * 10
    train, validation = LabelledRows(rows[:12], classes[:12]), LabelledRows(rows[12:16], classes[12:16])
    machine = fit_svm(train, validation)
    assert machine.n_features_in_ == 80
    assert machine.predict(rows[16:]).tolist() == classes[16:]


def test_the_majority_class_is_the_first_of_equals_by_name() -> None:
    assert majority_class(["b", "a", "a", "b", "c"]) == "a"
    assert majority_class(["b", "a", "b"]) == "b"


def test_mfcc_statistics_by_hand() -> None:
    """Two coefficients over three frames: their means, deviations, mean steps and deviations of steps."""
    mfcc = np.array([[0, 1], [2, 1], [10, 1]], np.float32)
    expected = [4, 1, np.sqrt(56 / 3), 0, 5, 0, 3, 0]
    np.testing.assert_allclose(mfcc_statistics(mfcc), expected, rtol=1e-6)
    assert mfcc_statistics(mfcc[:1]).tolist() == [0, 1, 0, 0, 0, 0, 0, 0]
