"""Keras layers of our own: an LSTM with weight dropout, convolutions without copies on PyTorch, a bias of each key.

Importing this module registers them, so that models load.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import keras


@keras.saving.register_keras_serializable(package="mirliton")
class WeightDroppedLSTM(keras.layers.LSTM):
    """An LSTM whose recurrent kernel has some of its weights dropped for the length of a batch.

    Recurrent dropout drops activations anew in every step, for which cuDNN has no kernel; the same share of the weights
    dropped once per batch regularises the same connections at the kernel's full speed (S. Merity et al., "Regularizing
    and Optimizing LSTM Language Models", ICLR 2018, section 2; L. Wan et al., "Regularization of Neural Networks using
    DropConnect", ICML 2013).

    Parameters
    ----------
    units : int
    weight_drop : float in [0, 1)
        Share of the recurrent kernel's weights that are 0 in a training batch; the others are scaled up accordingly.
    **others
        Arguments of `keras.layers.LSTM`.
    """

    def __init__(self, units: int, *, weight_drop: float = 0.0, **others: Any) -> None:
        super().__init__(units, **others)
        self.weight_drop = weight_drop
        self.drops = keras.random.SeedGenerator()  # Its name is a path in saved models.

    def call(self, sequences: Any, initial_state: Any = None, mask: Any = None, training: bool = False) -> Any:
        """(batch, n_frames, n) to (batch, n_frames, units), or the last of them."""
        if not training or self.weight_drop == 0:
            return super().call(sequences, initial_state=initial_state, mask=mask, training=training)
        with self._dropped():
            return super().call(sequences, initial_state=initial_state, mask=mask, training=training)

    @contextmanager
    def _dropped(self) -> Iterator[None]:
        # Past Keras' own __setattr__, which would take the kernel without its weights for another variable.
        kernel = self.cell.recurrent_kernel
        thinned = keras.random.dropout(keras.ops.convert_to_tensor(kernel), self.weight_drop, seed=self.drops)
        object.__setattr__(self.cell, "recurrent_kernel", thinned)
        try:
            yield
        finally:
            object.__setattr__(self.cell, "recurrent_kernel", kernel)

    def get_config(self) -> dict[str, Any]:
        """Arguments from which `from_config` makes the layer again."""
        return {**super().get_config(), "weight_drop": self.weight_drop}


@keras.saving.register_keras_serializable(package="mirliton")
class Convolution(keras.layers.Conv2D):
    """`keras.layers.Conv2D` on channels-last data; on PyTorch the same function, several times as fast on a CPU.

    Keras (3.15) copies the input of every convolution to channels-first order and back and adds the bias by itself.
    PyTorch takes channels-last data as they lie, whose convolutions in bfloat16 use the processor's matrix units
    (AVX-512 BF16, AMX).

    Notes
    -----
    oneDNN's gradient of a dilated bfloat16 kernel is not a number unless channels are multiples of 16 (PyTorch 2.14 on
    AVX-512 BF16): such a kernel is computed in float32.
    """

    def call(self, inputs: Any) -> Any:
        """(batch, n_rows, n_columns, n_channels) to (batch, n_rows, n_columns, filters)."""
        is_plain = self.groups == 1 and self.data_format == "channels_last"
        is_odd = all(size % 2 for size in self.kernel_size) and set(self.strides) == {1}
        if keras.backend.backend() != "torch" or not is_plain or not (is_odd or self.padding == "valid"):
            return super().call(inputs)
        kernel = keras.ops.convert_to_tensor(self.kernel)
        bias = None if self.bias is None else keras.ops.convert_to_tensor(self.bias)
        if max(self.dilation_rate) > 1 and (inputs.shape[-1] % 16 or self.filters % 16):
            found = self._convolved(inputs.float(), kernel.float(), None if bias is None else bias.float())
            return self.activation(found.to(inputs.dtype))
        return self.activation(self._convolved(inputs, kernel.to(inputs.dtype), bias))

    def _convolved(self, inputs: Any, kernel: Any, bias: Any) -> Any:
        import torch

        rows, columns = (d * (size - 1) // 2 for d, size in zip(self.dilation_rate, self.kernel_size, strict=True))
        found = torch.nn.functional.conv2d(
            inputs.permute(0, 3, 1, 2),
            kernel.permute(3, 2, 0, 1).contiguous(memory_format=torch.channels_last),
            None if bias is None else bias.to(inputs.dtype),
            stride=self.strides,
            padding=(rows, columns) if self.padding == "same" else 0,
            dilation=self.dilation_rate,
        )
        return found.permute(0, 2, 3, 1)


@keras.saving.register_keras_serializable(package="mirliton")
class KeyBias(keras.layers.Layer):
    """A bias of every channel of every key, zero before training: (batch, n_frames, n_keys, n) to the same shape."""

    def build(self, input_shape: Any) -> None:
        """Add the (n_keys, n) biases."""
        self.bias = self.add_weight(shape=input_shape[-2:], initializer="zeros", name="bias")

    def call(self, inputs: Any) -> Any:
        """`inputs` plus the biases."""
        return inputs + keras.ops.cast(self.bias, inputs.dtype)
