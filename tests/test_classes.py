"""Scores of classes beside scikit-learn's, and the vote over windows."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mir_models.classification import Voting, validate
from mir_models.metrics.classes import accuracy, confusion, macro_f1, per_class
from mir_models.windows import Window

ANSWERS = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=1, max_size=40)


@given(ANSWERS)
@settings(deadline=None)
def test_scores_are_those_of_scikit_learn(pairs: list[tuple[int, int]]) -> None:
    from sklearn.metrics import accuracy_score, confusion_matrix, f1_score, precision_recall_fscore_support

    wanted, answered = map(list, zip(*pairs, strict=True))
    assert accuracy(wanted, answered) == pytest.approx(accuracy_score(wanted, answered))
    assert macro_f1(wanted, answered) == pytest.approx(f1_score(wanted, answered, average="macro", zero_division=0))
    counts = confusion(wanted, answered, 5)
    np.testing.assert_array_equal(counts, confusion_matrix(wanted, answered, labels=range(5)))
    reference = precision_recall_fscore_support(wanted, answered, labels=range(5), zero_division=0)[:3]
    np.testing.assert_allclose(per_class(counts), np.transpose(reference))


def test_a_track_is_what_its_windows_say_on_the_average() -> None:
    unsure, sure = [0.6, 0.4], [0.1, 0.9]
    found = validate([(np.array([unsure, sure]), 1), (np.array([unsure, unsure]), 0)])
    assert found["val_accuracy"] == 1
    assert found["val_window_accuracy"] == pytest.approx(3 / 4)
    assert found["val_loss"] == pytest.approx(-np.log([0.4, 0.9, 0.6, 0.6]).mean())


def test_every_window_of_a_track_is_heard_in_batches() -> None:
    voting = Voting(("a", "b"), Window(4, 2))
    features, heard = np.arange(101, dtype=np.float32)[:, None], []

    def predict(windows: np.ndarray) -> np.ndarray:
        heard.extend(windows[:, 0, 0].tolist())
        return np.repeat([[0.3, 0.7]], len(windows), axis=0)

    assert voting.heard(predict, features, silence=-80.0).shape == (50, 2)
    assert heard == voting.window.starts(101).tolist()
