"""Distillation: targets mixed with a teacher's activations, and a training by them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Lock
from time import sleep
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from mir_models.errors import MirlitonError, ParameterError
from mir_models.tasks import piano_transcription
from mir_models.training.distillation import MixedTargets, Params, check_loss, mixed_targets
from mir_models.training.fit import fit
from mir_models.training.params import Params as TrainingParams
from tests.mir_models.training.linear_network import SLOPES, Recorder, examples, kernel_of, prepared, targets


def test_a_focal_loss_is_refused() -> None:
    check_loss(0.0)
    with pytest.raises(ParameterError, match="focal_gamma of 0"):
        check_loss(2.0)


class Teacher:
    """Predicts `slope` times the features in every head."""

    def __init__(self, slope: float, *heads: str) -> None:
        self.slope, self.heads = slope, heads or ("frame",)

    def predict_on_batch(self, features: NDArray[np.float32]) -> dict[str, Any]:
        return dict.fromkeys(self.heads, self.slope * features)


def cross_entropy(target: NDArray[np.float32], p: NDArray[np.float32]) -> float:
    q = p.astype(np.float64)
    return float(-(target * np.log(q) + (1 - target) * np.log(1 - q)).mean())


@given(st.integers(0, 2**32), st.floats(0.01, 1))
def test_the_loss_of_mixed_targets_is_the_mixture_of_both_losses(seed: int, share: float) -> None:
    target, activations, p = np.random.default_rng(seed).uniform(0.01, 0.99, (3, 4, 88)).astype(np.float32)
    mixed = mixed_targets({"frame": target}, {"frame": activations, "onset": activations}, share)
    assert mixed.keys() == {"frame"}
    expected = (1 - share) * cross_entropy(target, p) + share * cross_entropy(activations, p)
    assert cross_entropy(mixed["frame"], p) == pytest.approx(expected, abs=1e-5)


def test_rolls_of_whole_numbers_are_mixed_as_they_are_meant() -> None:
    mixed = mixed_targets(
        {"frame": np.array([0, 1, 1], np.uint8)}, {"frame": np.array([0.5, 0.5, 1.0], np.float32)}, 0.25
    )
    np.testing.assert_allclose(mixed["frame"], [0.125, 0.875, 1.0])
    assert mixed["frame"].dtype == np.float32


def test_velocities_are_mixed_around_onsets_of_the_labels_only() -> None:
    target, activations = np.array([0.0, 0.5, 0.8], np.float32), np.array([0.9, 0.7, 0.0], np.float32)
    both = {"velocity": target, "frame": target}, {"velocity": activations, "frame": activations}
    mixed = piano_transcription.mixed(*both, 0.5)
    np.testing.assert_allclose(mixed["velocity"], [0.0, 0.6, 0.4])
    np.testing.assert_allclose(mixed["frame"], [0.45, 0.6, 0.4])


@pytest.mark.parametrize("share", [0.25, 1.0])
def test_a_training_by_a_teacher_is_that_of_examples_between_it_and_the_labels(share: float) -> None:
    params = TrainingParams(epochs=2, batch_size=2, optimizer="sgd", learning_rate=0.25, seed=3)
    between = examples()
    for each, slope in zip(between, SLOPES, strict=True):
        each["frame"] = each["features"] * ((1 - share) * slope + share * 0.75)
    mixed = MixedTargets(targets, mixed_targets, Teacher(0.75), share)
    found, expected = trained(examples(), mixed, params), trained(between, targets, params)
    assert kernel_of(found) == pytest.approx(kernel_of(expected), abs=1e-6)
    assert kernel_of(found) != pytest.approx(kernel_of(trained(examples(), targets, params)), abs=1e-3)


def trained(train_examples: list[dict[str, Any]], by: Any, params: TrainingParams) -> Any:
    model = prepared(params, kernel=0.9)
    fit(model, train_examples, by, lambda: {"val_loss": 1.0, "score": 1.0}, Recorder().run(params))
    return model


def test_a_network_that_was_trained_gives_its_slope_to_another_whose_labels_have_none() -> None:
    clean, noisy = examples(), examples()
    for each in clean:
        each["frame"] = 0.6 * each["features"]
    params = TrainingParams(epochs=40, batch_size=2, optimizer="sgd", learning_rate=0.25, seed=3)
    teacher = trained(clean, targets, params)
    assert kernel_of(teacher) == pytest.approx(0.6, abs=1e-3)
    found = trained(noisy, MixedTargets(targets, mixed_targets, teacher, 1.0), params)
    assert kernel_of(found) == pytest.approx(0.6, abs=2e-3)
    assert abs(kernel_of(trained(noisy, targets, params)) - 0.6) > 0.1


def test_a_teacher_predicts_for_one_thread_at_a_time() -> None:
    """Batches are made by several threads, and Keras models keep state while they predict."""

    class Alone(Teacher):
        lock = Lock()

        def predict_on_batch(self, features: NDArray[np.float32]) -> dict[str, Any]:
            assert self.lock.acquire(blocking=False), "another thread is predicting"
            sleep(0.02)
            self.lock.release()
            return super().predict_on_batch(features)

    mixed = MixedTargets(targets, mixed_targets, Alone(1.0), 0.5)
    with ThreadPoolExecutor(3) as executor:
        assert len(list(executor.map(mixed, examples()))) == 5


def test_a_teacher_that_has_diverged_is_refused() -> None:
    with pytest.raises(MirlitonError, match=r"finite activations of the teacher.*another distillation\.teacher"):
        MixedTargets(targets, mixed_targets, Teacher(np.nan), 0.5)(examples()[0])


def test_a_share_is_between_0_and_1_and_of_a_teacher() -> None:
    assert Params() == Params("", 0.5)
    for share in (0.0, 1.5, float("nan")):
        with pytest.raises(ParameterError, match="share above 0, at most 1"):
            Params("m", share)
    with pytest.raises(ParameterError, match=r"give distillation\.teacher with it"):
        Params(share=0.75)
