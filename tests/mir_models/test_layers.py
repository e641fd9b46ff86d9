"""Our own Keras layers: weight dropout of an LSTM, convolutions, biases of keys."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest

ROOT = Path(__file__).parents[2]


def test_weights_are_dropped_in_training_for_the_length_of_a_batch_and_come_back() -> None:
    keras = pytest.importorskip("keras", reason="mirliton[pipeline] is not installed")
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


def installed(*backends: str) -> list[Any]:
    """Parameters of a test by backend, skipped where it is not installed."""
    return [
        pytest.param(name, marks=pytest.mark.skipif(find_spec(name) is None, reason=f"{name} is not installed"))
        for name in backends
    ]


def on_backend(backend: str, check: str) -> None:
    """Run a function of `convolution_values` in a process with a backend."""
    code = f"from tests.mir_models import convolution_values; convolution_values.{check}()"
    environment = {**os.environ, "KERAS_BACKEND": backend, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("backend", installed("tensorflow", "jax", "torch"))
def test_a_convolution_is_that_of_keras_on_every_backend_and_in_bfloat16(backend: str) -> None:
    on_backend(backend, "check_values")


@pytest.mark.parametrize("backend", installed("torch"))
def test_gradients_of_a_bfloat16_convolution_are_those_of_float32_whatever_its_number_of_filters(backend: str) -> None:
    on_backend(backend, "check_gradients")


def test_a_key_has_a_bias_of_its_own() -> None:
    keras = pytest.importorskip("keras", reason="mirliton[pipeline] is not installed")
    from mir_models.layers import KeyBias

    layer = KeyBias()
    layer.build((None, None, 3, 2))
    biases = np.arange(6, dtype=np.float32).reshape(3, 2)
    layer.set_weights([biases])
    found = keras.ops.convert_to_numpy(layer(np.zeros((1, 4, 3, 2), dtype=np.float32)))
    np.testing.assert_array_equal(found, np.broadcast_to(biases, (1, 4, 3, 2)))
