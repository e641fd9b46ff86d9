"""Export of a Keras model to ONNX: the same function for onnxruntime, which needs no TensorFlow.

tf2onnx converts the network's TensorFlow function. `keras.Model.export` would too, but leaves constants of more than
128 values, such as the mean of every bin, as inputs that a caller would have to know.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mir_models.errors import MirlitonError
from storage.models.onnx_layers import as_convolutions
from storage.models.onnx_network import OnnxNetwork

OPSET = 17
"""Version of ONNX' operators: onnxruntime reads it since 1.12 (2022)."""
PARITY = 1e-4
"""The largest difference between the activations of a network and of its ONNX form that is accepted."""
PROBES = ((2, 61), (1, 200))
"""Examples and frames of the inputs that are compared; a network with windows of one length gets that length."""

Array = NDArray[np.float32]


def to_onnx(model: Any) -> bytes:
    """A network as an ONNX file for any number of examples, and of frames where the network takes any.

    Parameters
    ----------
    model : keras.Model
        From (batch, n_frames, n_bins) float32 to ``{head: (batch, n_frames, n_targets)}``, or to ``{head: (batch,
        n_classes)}``.

    Returns
    -------
    bytes
        Its input is called ``features``, its outputs by their heads.

    Raises
    ------
    MirlitonError
        Where Keras runs on another backend than TensorFlow, or where `difference` on random features is above `PARITY`.
    """
    import keras

    if keras.backend.backend() != "tensorflow":
        remedy = "export with KERAS_BACKEND=tensorflow; trained models load under every backend"
        raise MirlitonError("Keras on TensorFlow", received=keras.backend.backend(), remedy=remedy)
    content = _converted(as_convolutions(model)).SerializeToString()
    rng = np.random.default_rng(0)
    _, n_frames, n_bins = model.input_shape
    shapes = [(batch, n_frames or frames, n_bins) for batch, frames in PROBES]
    probes = (rng.normal(-50.0, 25.0, shape).astype(np.float32) for shape in shapes)
    worst = max(difference(model, OnnxNetwork(content), probe) for probe in probes)
    if not worst <= PARITY:
        remedy = "look for the operation that tf2onnx converts wrongly, and write it in another way"
        raise MirlitonError(f"activations within {PARITY} of the network's", received=worst, remedy=remedy)
    return content


def difference(model: Any, other: Any, features: Array) -> float:
    """The largest absolute difference between the activations that two networks predict (``predict_on_batch``)."""
    ours, theirs = model.predict_on_batch(features), other.predict_on_batch(features)
    return max(float(np.abs(np.asarray(ours[head]) - theirs[head]).max()) for head in ours)


def _converted(model: Any) -> Any:
    """The ONNX graph, the constants that TensorFlow had captured inside it."""
    import tensorflow as tf
    import tf2onnx

    signature = [tf.TensorSpec(model.input_shape, tf.float32, name="features")]
    function = tf.function(lambda features: model(features, training=False), input_signature=signature)
    concrete = function.get_concrete_function()
    with _only_errors():
        proto, _ = tf2onnx.convert.from_function(function, signature, opset=OPSET)
    captured = zip(concrete.inputs[len(signature) :], concrete.captured_inputs, strict=True)
    _enclose(proto.graph, {tensor.name: value.numpy() for tensor, value in captured if tensor.dtype != tf.resource})
    for value in (*proto.graph.input, *proto.graph.output):
        for dimension, name in zip(value.type.tensor_type.shape.dim, ("batch", "n_frames"), strict=False):
            if not dimension.dim_value:
                dimension.dim_param = name
    return proto


@contextmanager
def _only_errors() -> Iterator[None]:
    """Context without the warnings of tf2onnx: what it mends of a recurrent network is compared afterwards."""
    logger = logging.getLogger("tf2onnx")
    before = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(before)


def _enclose(graph: Any, constants: dict[str, Array]) -> None:
    """Turn inputs of a graph into `constants`, by name; those that no node reads are dropped."""
    from onnx import numpy_helper

    used = {name for node in graph.node for name in node.input}
    for value in [value for value in graph.input if value.name in constants]:
        graph.input.remove(value)
        if value.name in used:
            graph.initializer.append(numpy_helper.from_array(constants[value.name], value.name))
