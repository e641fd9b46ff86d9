"""A network that needs no training: a key sounds where its bin of the preset ``cqt`` is louder than 15 dB."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import numpy as np
from onnx import TensorProto, helper, numpy_helper

from mir_models.features import feature_of
from storage.models.exported import CARD, KERAS, ONNX, ModelFolder
from storage.models.record import ExportedModelRecord
from storage.tracks.records import FeatureSettings

LOUD_DB = 15.0
RECORD = ExportedModelRecord(
    task="piano_transcription",
    architecture="energy",
    preset="cqt",
    feature=FeatureSettings(feature="cqt", version=1, params=asdict(feature_of("cqt").PRESETS["cqt"])),
    decoding={"frame_threshold": 0.5},
    licence="CC0-1.0",
)


def network() -> bytes:
    """``frame``, the logistic function of the levels above `LOUD_DB`, as an ONNX file."""
    shape = ["batch", "n_frames", 88]
    graph = helper.make_graph(
        [helper.make_node("Sub", ["features", "loud"], ["above"]), helper.make_node("Sigmoid", ["above"], ["frame"])],
        "energy",
        [helper.make_tensor_value_info("features", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("frame", TensorProto.FLOAT, shape)],
        [numpy_helper.from_array(np.float32(LOUD_DB), "loud")],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8).SerializeToString()


def export(folder: Path) -> ModelFolder:
    """The network as an exported model."""
    exported = ModelFolder(folder)
    exported.write({ONNX: network(), KERAS: b"not needed"}, RECORD, CARD)
    return exported
