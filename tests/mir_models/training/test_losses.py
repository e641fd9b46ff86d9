"""The losses of the heads: where they are least, and which cells do not count."""

from __future__ import annotations

import numpy as np
import pytest

from mir_models.training import losses

Y_PRED = np.linspace(0.005, 0.995, 199, dtype=np.float32)


def value(loss: object, y_true: np.ndarray, y_pred: np.ndarray) -> np.ndarray:
    """The loss of single cells."""
    return np.asarray(loss(y_true[:, None].astype(np.float32), y_pred[:, None].astype(np.float32)))


@pytest.mark.parametrize("gamma", [0.5, 1.0, 2.0])
@pytest.mark.parametrize("y_true", [0.1, 0.25, 0.5, 0.75, 0.9])
def test_the_focal_loss_is_least_where_prediction_and_target_are_equal(gamma: float, y_true: float) -> None:
    found = value(losses.cross_entropy(gamma), np.full_like(Y_PRED, y_true), Y_PRED)
    assert Y_PRED[found.argmin()] == pytest.approx(y_true, abs=0.006)


def test_for_targets_of_0_and_1_it_is_the_focal_loss_of_keras() -> None:
    import keras

    y_true = np.tile([0.0, 1.0], 100)[: len(Y_PRED)]
    reference = np.asarray(
        keras.losses.binary_focal_crossentropy(
            y_true[:, None].astype(np.float32), Y_PRED[:, None], gamma=2.0, apply_class_balancing=False
        )
    )
    np.testing.assert_allclose(value(losses.cross_entropy(2.0), y_true, Y_PRED), reference, rtol=1e-4, atol=1e-6)


def test_well_predicted_cells_count_less() -> None:
    certain, unsure = np.array([0.02]), np.array([0.4])
    plain = [value(losses.cross_entropy(1e-9), np.zeros(1), each)[0] for each in (certain, unsure)]
    focal = [value(losses.cross_entropy(2.0), np.zeros(1), each)[0] for each in (certain, unsure)]
    assert focal[0] / plain[0] < focal[1] / plain[1] / 100


def test_velocities_count_at_onsets_only() -> None:
    y_true, y_pred = np.array([[0.0, 0.5, 0.0]], np.float32), np.array([[0.9, 0.5, 0.1]], np.float32)
    assert float(np.asarray(losses.onset_velocity_loss(y_true, y_pred))[0]) == pytest.approx(np.log(2) / 3, rel=1e-4)
    elsewhere = np.array([[0.1, 0.5, 0.9]], np.float32)
    np.testing.assert_allclose(
        losses.onset_velocity_loss(y_true, y_pred), losses.onset_velocity_loss(y_true, elsewhere)
    )
