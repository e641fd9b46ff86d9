"""Layers in the form that onnxruntime runs fastest: one convolution each, the same function.

TensorFlow computes a convolution with gaps (``dilation_rate``) by cutting its input into as many parts as the gap is
wide, which ONNX has no operation for: of each, twenty remain, most of which copy. And it multiplies the channels of
every key by a matrix as a product of matrices, for which the channels have to be moved to the end and back. Both are a
single convolution in ONNX, in which all layers then have one order of axes.
"""

from __future__ import annotations

from typing import Any

BY_CHANNEL = "btkc,cd->btkd"
"""The equation of `keras.layers.EinsumDense` that is a convolution over single cells."""


def as_convolutions(model: Any) -> Any:
    """A functional Keras model whose convolutions, and products of channels, are single operations; weights are copied.

    Parameters
    ----------
    model : keras.Model
        On the TensorFlow backend.
    """
    import keras

    if not isinstance(model, keras.Model) or not any(map(_is_replaced, model.layers)):
        return model
    cloned = keras.models.clone_model(model, clone_function=_replaced)
    cloned.set_weights(model.get_weights())
    return cloned


def _is_replaced(layer: Any) -> bool:
    from keras import layers

    from mir_models.layers import Convolution

    if type(layer) is layers.EinsumDense:
        return layer.equation == BY_CHANNEL and layer.activation.__name__ == "linear"
    is_plain = (
        type(layer) in (layers.Conv2D, Convolution) and layer.groups == 1 and layer.data_format == "channels_last"
    )
    return is_plain and max(layer.dilation_rate) > 1 and layer.strides == (1, 1)


def _replaced(layer: Any) -> Any:
    """A new layer of the same settings."""
    import keras
    import tensorflow as tf

    class Convolution(keras.layers.Conv2D):
        def convolution_op(self, inputs: Any, kernel: Any) -> Any:
            padding = _padding(self) if self.padding == "same" else self.padding.upper()
            return tf.nn.conv2d(inputs, kernel, strides=1, padding=padding, dilations=list(self.dilation_rate))

    class ChannelProduct(keras.layers.EinsumDense):
        def call(self, inputs: Any, training: bool | None = None) -> Any:
            found = tf.nn.conv2d(inputs, self.kernel[None, None], strides=1, padding="VALID")
            return found if self.bias is None else found + self.bias

    if not _is_replaced(layer):
        return layer.__class__.from_config(layer.get_config())
    own = Convolution if isinstance(layer, keras.layers.Conv2D) else ChannelProduct
    return own.from_config(layer.get_config())


def _padding(layer: Any) -> list[list[int]]:
    """Cells of 0 before and after each axis, in numbers: onnxruntime takes no ``SAME`` of convolutions with gaps."""
    reaches = [gap * (size - 1) for gap, size in zip(layer.dilation_rate, layer.kernel_size, strict=True)]
    return [[0, 0], *([reach // 2, reach - reach // 2] for reach in reaches), [0, 0]]
