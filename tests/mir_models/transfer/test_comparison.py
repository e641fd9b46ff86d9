"""Transfer comparison: the rows of a trained system, of random weights and of the majority class."""

from __future__ import annotations

import numpy as np
import pytest

from mir_models.transfer.comparison import Target, compare

CLASSES = ("a", "b") * 10


def test_a_trained_system_is_compared_with_random_weights() -> None:
    rng = np.random.default_rng(0)
    noise = rng.normal(size=(20, 4))
    knows = noise + 6 * (np.array(CLASSES) == "b")[:, None]
    target = Target(CLASSES, tuple(map(str, range(20))))
    rows = compare(target, {"trained": [knows] * 2, "random": [noise, noise]})
    assert [row["system"] for row in rows] == ["trained"] * 3 + ["random"] * 3 + ["majority"]
    assert all(row["macro_f1"] > 0.95 and "below" not in row for row in rows[:3])
    for ours, theirs in zip(rows[:3], rows[3:6], strict=True):
        assert theirs["below"] == pytest.approx(ours["macro_f1"] - theirs["macro_f1"])
        assert theirs["below_interval"][0] > 0


def test_the_majority_class_is_the_last_row_and_progress_is_reported() -> None:
    """Of 20 tracks 12 are of class a: F1 of a is 24/32, of b 0."""
    classes = ("a",) * 12 + ("b",) * 8
    rows_of = np.random.default_rng(0).normal(size=(20, 2))
    steps: list[tuple[int, int, str]] = []
    rows = compare(
        Target(classes, tuple(map(str, range(20)))), {"noise": [rows_of]}, on_progress=lambda *step: steps.append(step)
    )
    assert (rows[-1]["system"], rows[-1]["probe"]) == ("majority", "none")
    assert rows[-1]["accuracy"] == pytest.approx(0.6)
    assert rows[-1]["macro_f1"] == pytest.approx(24 / 32 / 2)
    assert steps == [(0, 3, "noise, logistic regression"), (1, 3, "noise, SVM"), (2, 3, "noise, kNN")]
