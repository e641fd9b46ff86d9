"""Our own convolution beside that of Keras, on the backend of this process: values, and on PyTorch gradients."""

from __future__ import annotations

from typing import Any

import numpy as np

CASES = [
    ((3, 3), 1, "same", 1, 16),
    ((3, 3), 4, "same", 1, 16),
    ((3, 1), 2, "same", 1, 5),
    ((5, 9), 1, "valid", (1, 3), 8),
    ((2, 2), 1, "same", 1, 4),
    ((3, 3), 1, "same", 2, 4),
]
"""Kernel, dilation over rows, padding, strides and filters."""
TOLERANCES = {"float32": 1e-5, "mixed_bfloat16": 0.02}
"""Of the largest value, by the precision of ours; Keras computes values in the same one and gradients in float32."""
CHANNELS = (16, 24)
"""Of which oneDNN's gradient of a dilated bfloat16 kernel is right only where they are multiples of 16."""


def check_values() -> None:
    """Assert that every case has the values of Keras' layer."""
    import keras

    rng = np.random.default_rng(0)
    for policy in TOLERANCES:
        for kernel, step, padding, strides, filters in CASES:
            x = rng.normal(size=(2, 9, 11, 16)).astype("float32")
            settings = {"dilation_rate": (step, 1), "padding": padding, "strides": strides, "activation": "relu"}
            plain, own = _pair(filters, kernel, x, policy, policy, **settings)
            found, expected = (keras.ops.convert_to_numpy(keras.ops.cast(each(x), "float32")) for each in (own, plain))
            assert found.shape == expected.shape
            np.testing.assert_allclose(found, expected, atol=TOLERANCES[policy] * np.abs(expected).max())


def check_gradients() -> None:
    """Assert that gradients of kernels, biases and inputs are those of float32; on PyTorch."""
    rng = np.random.default_rng(0)
    for policy in TOLERANCES:
        for n_channels in CHANNELS:
            for step in (1, 8):
                x, upstream = (rng.normal(size=(2, 64, 88, n_channels)).astype("float32") for _ in range(2))
                plain, own = _pair(n_channels, (3, 1), x, "float32", policy, dilation_rate=(step, 1), padding="same")
                for found, expected in zip(_gradients(own, x, upstream), _gradients(plain, x, upstream), strict=True):
                    np.testing.assert_allclose(found, expected, atol=TOLERANCES[policy] * np.abs(expected).max())


def _pair(filters: int, kernel: Any, x: Any, policy: str, own_policy: str, **settings: Any) -> tuple[Any, Any]:
    """Keras' layer and ours with the same random weights."""
    import keras

    from mir_models.layers import Convolution

    rng = np.random.default_rng(1)
    plain = keras.layers.Conv2D(filters, kernel, dtype=policy, **settings)
    own = Convolution(filters, kernel, dtype=own_policy, **settings)
    for each in (plain, own):
        each.build(x.shape)
    plain.set_weights([rng.normal(size=w.shape) for w in plain.get_weights()])
    own.set_weights(plain.get_weights())
    return plain, own


def _gradients(layer: Any, x: Any, upstream: Any) -> list[Any]:
    """Gradients of the sum of outputs times `upstream` by kernel, bias and input."""
    import torch

    inputs = torch.tensor(x, requires_grad=True)
    (layer(inputs).float() * torch.tensor(upstream)).sum().backward()
    return [each.grad.float().numpy() for each in (layer.kernel.value, layer.bias.value, inputs)]
