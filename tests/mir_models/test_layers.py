"""Our own Keras layers: weight dropout of an LSTM."""

from __future__ import annotations

import numpy as np
import pytest


def test_weights_are_dropped_in_training_for_the_length_of_a_batch_and_come_back() -> None:
    keras = pytest.importorskip("keras")
    from mir_models.layers import WeightDroppedLSTM

    layer = WeightDroppedLSTM(6, weight_drop=0.5, return_sequences=True)
    features = np.ones((1, 9, 3), dtype=np.float32)
    undropped = keras.ops.convert_to_numpy(layer(features))
    kernel = layer.cell.recurrent_kernel
    first, second = (keras.ops.convert_to_numpy(layer(features, training=True)) for _ in range(2))
    assert layer.cell.recurrent_kernel is kernel
    assert len(layer.trainable_variables) == 3
    np.testing.assert_allclose(first[:, 0], undropped[:, 0], atol=1e-6)  # The first step has no recurrence.
    assert np.abs(first[:, -1] - second[:, -1]).max() > 1e-4
    np.testing.assert_array_equal(keras.ops.convert_to_numpy(layer(features)), undropped)
