"""A network in ONNX form, run by onnxruntime with the ``predict_on_batch`` of a Keras model, without Keras."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mir_models.errors import MirlitonError

ERRORS_ONLY = 3
"""onnxruntime's level of logging."""
IDLE_WHEN_WAITING = ("session.intra_op.allow_spinning", "0")
"""Threads that wait for each other sleep: by default they take processor time from whatever else runs."""

Array = NDArray[np.float32]


class OnnxNetwork:
    """A network that maps (batch, n_frames, n_bins) to ``{head: (batch, n_frames, n_targets)}``, or to classes.

    Parameters
    ----------
    content : bytes
        An ONNX file with one input.
    threads : int >= 0
        Threads of its own; 0: as many as there are cores.

    Raises
    ------
    MirlitonError
        When onnxruntime is not installed, or does not read the file.
    """

    concurrent = True
    """Several threads may call `predict_on_batch` at once."""

    def __init__(self, content: bytes, *, threads: int = 0) -> None:
        try:
            import onnxruntime
        except ModuleNotFoundError as error:
            remedy = "pip install 'mirliton[onnx]'"
            raise MirlitonError("onnxruntime", received="not installed", remedy=remedy) from error
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.log_severity_level = ERRORS_ONLY
        options.add_session_config_entry(*IDLE_WHEN_WAITING)
        errors = onnxruntime.capi.onnxruntime_pybind11_state
        try:
            self._session = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
        except (errors.InvalidProtobuf, errors.InvalidGraph, errors.NotImplemented, errors.Fail) as error:
            remedy = "export the model again: mirliton export"
            raise MirlitonError("an ONNX file", received=str(error), remedy=remedy) from error
        self._input = self._session.get_inputs()[0].name
        self._heads = [output.name for output in self._session.get_outputs()]

    def predict_on_batch(self, features: Array) -> dict[str, Array]:
        """Activations by head.

        Examples are run one by one: the intermediate activations of one stay in the processor's cache, and a batch
        takes no more memory than an example.
        """
        outputs = [self._session.run(self._heads, {self._input: example[None]}) for example in features]
        return {head: np.concatenate(parts) for head, *parts in zip(self._heads, *outputs, strict=True)}
