"""Chance: the constant prediction, and p-values of networks that follow their input, and of others that do not."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mir_models.inference.classification import validate
from mir_models.tasks import TASKS
from mir_models.training.chance import bootstrap_p_value, mean_targets, permutation_p_value, smallest_p_value


def one_hot(index: int, n: int = 3) -> np.ndarray:
    return np.eye(n)[index]


def test_the_constant_prediction_is_the_mean_of_the_targets_as_often_as_an_epoch_visits_them() -> None:
    first, second = np.array([[1.0, 0.0], [0.0, 0.0]]), np.array([[1.0, 1.0]])
    found = mean_targets([({"frame": first}, 1.0), ({"frame": second}, 2.0)])
    np.testing.assert_allclose(found["frame"], [3 / 4, 2 / 4])
    assert found["frame"].dtype == np.float32


def test_the_mean_of_velocities_is_over_onsets_and_0_where_there_are_none() -> None:
    velocity = np.array([[0.0, 0.5, 0.0], [0.0, 0.0, 0.25], [0.0, 0.25, 0.75]])
    task = TASKS.get("piano_transcription")
    found = task.constants([({"velocity": velocity, "frame": velocity}, 1.0)])
    np.testing.assert_allclose(found["velocity"], [0, 0.375, 0.5])
    np.testing.assert_allclose(found["frame"], [0, 0.25, 1 / 3], rtol=1e-6)


@given(st.lists(st.integers(0, 2), min_size=1, max_size=30), st.lists(st.floats(0.05, 1), min_size=3, max_size=3))
def test_no_constant_has_a_lower_cross_entropy_than_the_class_frequencies(ref: list[int], other: list[float]) -> None:
    targets = (({"class": one_hot(each)[None]}, 1.0) for each in ref)
    frequencies = TASKS.get("genre_recognition").constants(targets)["class"]

    def loss(constant: np.ndarray) -> float:
        return validate((constant[None], each) for each in ref)["val_loss"]

    assert loss(frequencies) <= loss(np.array(other) / sum(other)) + 1e-6
    entropy = -sum(p * math.log(p) for p in np.bincount(ref) / len(ref) if p)
    assert loss(frequencies) == pytest.approx(entropy, abs=1e-5)


def test_predictions_that_follow_the_classes_have_a_small_p_value_however_sure_they_are() -> None:
    """One of five is wrong, with a probability of nearly 1: the loss is above chance, and the p-value small."""
    ref = [0, 1, 2] * 5
    probabilities = np.array([one_hot((each + (place % 5 == 0)) % 3) for place, each in enumerate(ref)])
    loss = validate((each[None], index) for each, index in zip(probabilities, ref, strict=True))["val_loss"]
    assert loss > math.log(3)
    assert permutation_p_value(probabilities, ref) == 0.001


def test_constant_predictions_have_a_p_value_of_1_even_of_the_majority() -> None:
    assert permutation_p_value(np.tile([0.7, 0.2, 0.1], (12, 1)).astype(np.float32), [0] * 9 + [1, 2, 2]) == 1


def test_predictions_of_one_class_and_of_one_track_show_nothing() -> None:
    probabilities = np.array([[0.9, 0.1], [0.8, 0.2], [0.99, 0.01]])
    assert permutation_p_value(probabilities, [0, 0, 0]) == smallest_p_value([0, 0, 0]) == 1
    assert permutation_p_value(probabilities[:1], [0]) == smallest_p_value([0]) == 1


def test_p_values_of_predictions_without_a_relation_are_evenly_distributed() -> None:
    rng = np.random.default_rng(3)
    ref = [0, 1, 2, 3] * 5
    found = np.array([permutation_p_value(rng.dirichlet(np.ones(4), 20), ref, n_permutations=99) for _ in range(400)])
    assert [np.mean(found <= level) for level in (0.05, 0.5)] == pytest.approx([0.05, 0.5], abs=0.06)


@pytest.mark.parametrize(("ref", "orders"), [([0, 1], 2), ([0, 1, 2], 6), ([0, 0, 1, 1], 6), ([0, 0, 0], 1)])
def test_the_smallest_p_value_is_one_of_the_orders(ref: list[int], orders: int) -> None:
    assert smallest_p_value(ref) == pytest.approx(1 / orders)


def test_thousands_of_tracks_have_more_orders_than_a_float_holds() -> None:
    assert smallest_p_value(list(range(3000))) == 0


def test_gains_of_every_track_are_above_chance_and_those_around_0_are_not() -> None:
    assert bootstrap_p_value([0.1, 0.02, 0.3]) == bootstrap_p_value([0.1]) == 0.001
    assert bootstrap_p_value([-0.1]) == bootstrap_p_value([0.0, 0.0]) == 1
    assert bootstrap_p_value([0.1, -0.1, 0.05, -0.05]) > 0.2


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_what_is_not_finite_is_not_above_chance(bad: float) -> None:
    assert bootstrap_p_value([0.1, bad]) == 1
    assert permutation_p_value(np.array([[bad, 0.5], [0.5, 0.5]]), [0, 1]) == 1
