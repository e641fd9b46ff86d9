"""Classification metrics are those of scikit-learn."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mir_models.evaluation.metrics.classes import accuracy, confusion, macro_f1, per_class

PAIRS = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=1, max_size=40)


@given(PAIRS)
@settings(deadline=None)
def test_scores_are_those_of_scikit_learn(pairs: list[tuple[int, int]]) -> None:
    from sklearn.metrics import accuracy_score, confusion_matrix, f1_score, precision_recall_fscore_support

    ref, est = map(list, zip(*pairs, strict=True))
    assert accuracy(ref, est) == pytest.approx(accuracy_score(ref, est))
    assert macro_f1(ref, est) == pytest.approx(f1_score(ref, est, average="macro", zero_division=0))
    counts = confusion(ref, est, 5)
    np.testing.assert_array_equal(counts, confusion_matrix(ref, est, labels=range(5)))
    reference = precision_recall_fscore_support(ref, est, labels=range(5), zero_division=0)[:3]
    np.testing.assert_allclose(per_class(counts), np.transpose(reference))


def test_scores_by_hand() -> None:
    """Class 0: 2 of 3 estimates right, 2 of 2 found. 1: 1 of 2, 1 of 3. 2 is never estimated, 3 no reference."""
    ref, est = [0, 0, 1, 1, 1, 2], [0, 0, 0, 1, 3, 1]
    assert accuracy(ref, est) == 0.5
    counts = confusion(ref, est, 5)
    assert counts.dtype == np.int64
    assert counts.tolist() == [[2, 0, 0, 0, 0], [1, 1, 0, 1, 0], [0, 1, 0, 0, 0], [0] * 5, [0] * 5]
    expected = [[2 / 3, 1, 4 / 5], [1 / 2, 1 / 3, 2 / 5], [0, 0, 0], [0, 0, 0], [0, 0, 0]]
    np.testing.assert_allclose(per_class(counts), expected)
    assert macro_f1(ref, est) == pytest.approx((4 / 5 + 2 / 5) / 4), "over the classes 0 to 3"
    assert macro_f1(np.array([4, 4]), np.array([4, 4])) == 1, "which alone occurs"


def test_of_no_estimates_scores_are_zero() -> None:
    assert accuracy([], []) == macro_f1([], []) == 0
    assert confusion([], [], 2).tolist() == [[0, 0], [0, 0]]
    assert per_class([[0, 0], [0, 0]]).tolist() == [[0, 0, 0], [0, 0, 0]]


@given(PAIRS, st.randoms(use_true_random=False))
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
