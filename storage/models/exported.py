"""Exported models: a folder with the weights for Keras and as ONNX, a record, and a model card.

``model.keras`` and ``model.onnx`` are the same network; ``card.md`` describes its training data and its scores;
``model.json``, written last, is its `storage.models.record.ExportedModelRecord`, with the SHA-256 of both.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from mir_models.errors import MirlitonError
from storage.models.onnx_network import OnnxNetwork
from storage.models.record import ExportedModelRecord
from storage.objects.outputs import check_folder, check_output, write_output

KERAS, ONNX, CARD, RECORD = "model.keras", "model.onnx", "card.md", "model.json"
REQUIRED = {"task", "architecture", "preset", "feature", "decoding", "licence", "files"}
"""Keys without which a record is refused."""
INSTALL = "pip install 'mirliton[onnx]', or 'mirliton[pipeline]' for Keras with TensorFlow"


@dataclass(frozen=True)
class ModelFolder:
    """A model in `folder`."""

    folder: Path

    def record(self) -> ExportedModelRecord:
        """The record of the model.

        Raises
        ------
        MirlitonError
            Where there is none, a key of `REQUIRED` is missing, or a value is of another kind: names file and key.
        """
        path = self.folder / RECORD
        remedy = "choose the folder of an export, or mirliton export again: one that was interrupted has no record"
        try:
            values = json.loads(path.read_bytes())
            lacking = sorted(REQUIRED - values.keys())
        except OSError as error:
            raise MirlitonError(f"a model in {self.folder}", received=f"no {RECORD}", remedy=remedy) from error
        except (ValueError, AttributeError) as error:
            raise MirlitonError(f"a record in {path}", received=error, remedy=remedy) from error
        if lacking:
            raise MirlitonError(f"a record in {path}", received=f"none of {', '.join(lacking)}", remedy=remedy)
        return ExportedModelRecord.from_json(values, where=str(path), remedy=remedy)

    def network(self, *, threads: int = 0) -> Any:
        """The network, by onnxruntime where it is installed, else by Keras; see `OnnxNetwork`.

        Raises
        ------
        MirlitonError
            Where the file is not the one that was exported, or neither library is installed.
        """
        if find_spec("onnxruntime"):
            return OnnxNetwork(self.content(ONNX), threads=threads)
        if find_spec("keras"):
            return from_keras_file(self.content(KERAS))
        raise MirlitonError("onnxruntime or Keras", received="neither is installed", remedy=INSTALL)

    def content(self, name: str) -> bytes:
        """The bytes of a file of weights; refuses bytes of another SHA-256 than the record has."""
        path = self.folder / name
        expected = self.record().files.get(name, "")
        content = path.read_bytes() if path.is_file() else b""
        received = hashlib.sha256(content).hexdigest()
        if received != expected:
            remedy = "it is damaged or was exchanged, and is not loaded: install mirliton, or export the model, again"
            raise MirlitonError(f"{path} with SHA-256 {expected}", received=received, remedy=remedy)
        return content

    def check_outputs(self, *, overwrite: bool) -> None:
        """Check that a model can be written here; see `storage.objects.outputs.check_output`."""
        check_folder(self.folder)
        for name in (KERAS, ONNX, CARD, RECORD):
            check_output(self.folder / name, overwrite=overwrite)

    def write(
        self, weights: Mapping[str, bytes], record: ExportedModelRecord, card: str, *, overwrite: bool = False
    ) -> ExportedModelRecord:
        """Write a model, its record last; returns the record with the hashes of `weights`, which are files by name."""
        self.check_outputs(overwrite=overwrite)
        hashes = {name: hashlib.sha256(content).hexdigest() for name, content in weights.items()}
        record = replace(record, files=hashes)
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / RECORD).unlink(missing_ok=True)
        text = json.dumps(record.to_json(), indent=1, sort_keys=True, ensure_ascii=False, allow_nan=False)
        for name, content in {**weights, CARD: card.encode(), RECORD: f"{text}\n".encode()}.items():
            write_output(self.folder / name, content, overwrite=overwrite)
        return record


def to_keras_file(model: Any) -> bytes:
    """The bytes of a ``.keras`` file; a model that was loaded without compiling it has no state of an optimizer."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / KERAS
        model.save(path)
        return path.read_bytes()


def from_keras_file(content: bytes) -> Any:
    """The `keras.Model` in the bytes of a ``.keras`` file, in safe mode: code inside the file is refused."""
    import keras

    import mir_models.layers  # noqa: F401 (registers the layers that a model may have)

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / KERAS
        path.write_bytes(content)
        model = keras.models.load_model(path, compile=False, safe_mode=True)
    # Left to itself Keras compiles for XLA on every backend; only JAX gains by it on a CPU.
    model.jit_compile = keras.backend.backend() == "jax"
    return model
