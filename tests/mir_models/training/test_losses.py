"""The losses of the heads: least where the answer is right, and what they do not ask."""

from __future__ import annotations

import numpy as np
import pytest

from mir_models.training import losses

ANSWERS = np.linspace(0.005, 0.995, 199, dtype=np.float32)


def value(loss: object, wanted: np.ndarray, answered: np.ndarray) -> np.ndarray:
    """The loss of single cells."""
    return np.asarray(loss(wanted[:, None].astype(np.float32), answered[:, None].astype(np.float32)))


@pytest.mark.parametrize("gamma", [0.5, 1.0, 2.0])
@pytest.mark.parametrize("wanted", [0.1, 0.25, 0.5, 0.75, 0.9])
def test_the_focal_loss_is_least_where_the_answer_is_right(gamma: float, wanted: float) -> None:
    found = value(losses.cross_entropy(gamma), np.full_like(ANSWERS, wanted), ANSWERS)
    assert ANSWERS[found.argmin()] == pytest.approx(wanted, abs=0.006)


def test_for_what_is_or_is_not_it_is_the_focal_loss_of_keras() -> None:
    import keras

    wanted = np.tile([0.0, 1.0], 100)[: len(ANSWERS)]
    reference = np.asarray(
        keras.losses.binary_focal_crossentropy(
            wanted[:, None].astype(np.float32), ANSWERS[:, None], gamma=2.0, apply_class_balancing=False
        )
    )
    np.testing.assert_allclose(value(losses.cross_entropy(2.0), wanted, ANSWERS), reference, rtol=1e-4, atol=1e-6)


def test_what_is_known_counts_less() -> None:
    certain, unsure = np.array([0.02]), np.array([0.4])
    plain = [value(losses.cross_entropy(1e-9), np.zeros(1), each)[0] for each in (certain, unsure)]
    focal = [value(losses.cross_entropy(2.0), np.zeros(1), each)[0] for each in (certain, unsure)]
    assert focal[0] / plain[0] < focal[1] / plain[1] / 100


def test_velocities_are_asked_for_where_a_note_begins_only() -> None:
    wanted, answered = np.array([[0.0, 0.5, 0.0]], np.float32), np.array([[0.9, 0.5, 0.1]], np.float32)
    assert float(np.asarray(losses.where_struck(wanted, answered))[0]) == pytest.approx(np.log(2) / 3, rel=1e-4)
    elsewhere = np.array([[0.1, 0.5, 0.9]], np.float32)
    np.testing.assert_allclose(losses.where_struck(wanted, answered), losses.where_struck(wanted, elsewhere))
