"""Scores of classes beside scikit-learn's, and the vote over windows."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mir_models.evaluation.metrics.classes import accuracy, confusion, macro_f1, per_class
from mir_models.examples.windows import Window
from mir_models.inference.classification import Voting, validate

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


def test_scores_by_hand() -> None:
    """Class 0: 2 of 3 answers right, 2 of 2 found. 1: 1 of 2, 1 of 3. 2 is never answered, 3 never asked."""
    ref, est = [0, 0, 1, 1, 1, 2], [0, 0, 0, 1, 3, 1]
    assert accuracy(ref, est) == 0.5
    counts = confusion(ref, est, 5)
    assert counts.dtype == np.int64
    assert counts.tolist() == [[2, 0, 0, 0, 0], [1, 1, 0, 1, 0], [0, 1, 0, 0, 0], [0] * 5, [0] * 5]
    expected = [[2 / 3, 1, 4 / 5], [1 / 2, 1 / 3, 2 / 5], [0, 0, 0], [0, 0, 0], [0, 0, 0]]
    np.testing.assert_allclose(per_class(counts), expected)
    assert macro_f1(ref, est) == pytest.approx((4 / 5 + 2 / 5) / 4), "over the classes 0 to 3"
    assert macro_f1(np.array([4, 4]), np.array([4, 4])) == 1, "which alone occurs"


def test_of_no_answers_scores_are_zero() -> None:
    assert accuracy([], []) == macro_f1([], []) == 0
    assert confusion([], [], 2).tolist() == [[0, 0], [0, 0]]
    assert per_class([[0, 0], [0, 0]]).tolist() == [[0, 0, 0], [0, 0, 0]]


@given(ANSWERS, st.randoms(use_true_random=False))
@settings(deadline=None)
def test_scores_do_not_depend_on_the_order_and_change_places_with_their_sides(
    pairs: list[tuple[int, int]], random: Random
) -> None:
    ref, est = map(list, zip(*pairs, strict=True))
    counts, swapped = confusion(ref, est, 5), confusion(est, ref, 5)
    np.testing.assert_array_equal(swapped, counts.T)
    np.testing.assert_array_equal(per_class(swapped), per_class(counts)[:, [1, 0, 2]])
    assert accuracy(est, ref) == accuracy(ref, est)
    assert macro_f1(est, ref) == pytest.approx(macro_f1(ref, est))
    assert macro_f1(ref, ref) == accuracy(ref, ref) == 1
    random.shuffle(pairs)
    shuffled = map(list, zip(*pairs, strict=True))
    np.testing.assert_array_equal(confusion(*shuffled, 5), counts)


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
