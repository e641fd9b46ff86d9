"""Our own Keras layers: weight dropout of an LSTM, convolutions, biases of keys."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys

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


CONVOLUTIONS = """
import keras, numpy as np
from mir_models.layers import Convolution
rng = np.random.default_rng(0)
for policy, tolerance in {{"float32": 1e-6, "mixed_bfloat16": 0.02}}.items():
    keras.config.set_dtype_policy(policy)
    for kernel, step, padding, strides, filters in {cases}:
        x = rng.normal(size=(2, 9, 11, 16)).astype("float32")
        settings = dict(dilation_rate=(step, 1), padding=padding, strides=strides, activation="relu")
        plain, own = keras.layers.Conv2D(filters, kernel, **settings), Convolution(filters, kernel, **settings)
        plain.build(x.shape), own.build(x.shape)
        plain.set_weights([rng.normal(size=w.shape) for w in plain.get_weights()])
        own.set_weights(plain.get_weights())
        expected, found = (keras.ops.convert_to_numpy(keras.ops.cast(each(x), "float32")) for each in (plain, own))
        assert found.shape == expected.shape and np.isfinite(found).all()
        np.testing.assert_allclose(found, expected, atol=tolerance * np.abs(expected).max())
"""
CASES = [
    ((3, 3), 1, "same", 1, 16),
    ((3, 3), 4, "same", 1, 16),
    ((3, 1), 2, "same", 1, 5),
    ((5, 9), 1, "valid", (1, 3), 8),
    ((2, 2), 1, "same", 1, 4),
    ((3, 3), 1, "same", 2, 4),
]


@pytest.mark.parametrize("backend", ["tensorflow", "torch"])
def test_a_convolution_is_that_of_keras_on_every_backend_and_in_bfloat16(backend: str) -> None:
    if importlib.util.find_spec(backend) is None:
        pytest.skip(f"{backend} is not installed")
    environment = {**os.environ, "KERAS_BACKEND": backend}
    subprocess.run([sys.executable, "-c", CONVOLUTIONS.format(cases=CASES)], env=environment, check=True)


def test_gradients_of_a_dilated_bfloat16_convolution_are_finite_whatever_its_number_of_filters() -> None:
    if importlib.util.find_spec("torch") is None:
        pytest.skip("torch is not installed")
    code = """
import keras, numpy as np, torch
from mir_models.layers import Convolution
keras.config.set_dtype_policy("mixed_bfloat16")
layer = Convolution(24, (3, 1), dilation_rate=(8, 1), padding="same")
x = torch.tensor(np.random.default_rng(0).normal(size=(8, 128, 88, 24)).astype("float32"))
layer(x).float().sum().backward()
assert all(torch.isfinite(each.value.grad).all() for each in layer.trainable_variables)
"""
    subprocess.run([sys.executable, "-c", code], env={**os.environ, "KERAS_BACKEND": "torch"}, check=True)


def test_a_key_has_a_bias_of_its_own() -> None:
    keras = pytest.importorskip("keras")
    from mir_models.layers import KeyBias

    layer = KeyBias()
    layer.build((None, None, 3, 2))
    biases = np.arange(6, dtype=np.float32).reshape(3, 2)
    layer.set_weights([biases])
    found = keras.ops.convert_to_numpy(layer(np.zeros((1, 4, 3, 2), dtype=np.float32)))
    np.testing.assert_array_equal(found, np.broadcast_to(biases, (1, 4, 3, 2)))
