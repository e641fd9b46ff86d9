"""Basic Pitch (Bittner et al., ICASSP 2022) by onnxruntime, with its defaults; velocities are its amplitudes × 127."""

from __future__ import annotations

from collections.abc import Callable

Rows = dict[str, list[tuple[float | None, ...]]]


def load() -> Callable[[str], Rows]:
    """The network, once, on one thread."""
    import onnxruntime
    from basic_pitch import FilenameSuffix, build_icassp_2022_model_path
    from basic_pitch.inference import Model, predict

    path = build_icassp_2022_model_path(FilenameSuffix.onnx)
    model = Model(path)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    model.model = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])

    def transcribe(recording: str) -> Rows:
        _, _, notes = predict(recording, model)
        return {"notes": [(onset, offset, pitch, 127 * amplitude) for onset, offset, pitch, amplitude, _ in notes]}

    return transcribe
