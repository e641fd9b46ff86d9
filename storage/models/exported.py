"""A model in a folder of its own, as it is handed on: weights in two forms, a record, and a card for people.

``model.keras`` and ``model.onnx`` are the same network; ``card.md`` says what it was made of and how well it does;
``model.json``, written last, is the record that a program needs to use it, with the SHA-256 of both.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from mir_models.errors import MirlitonError
from storage.models.onnx_network import OnnxNetwork
from storage.objects.atomic import write_whole

KERAS, ONNX, CARD, RECORD = "model.keras", "model.onnx", "card.md", "model.json"
NEEDED = {"task", "architecture", "preset", "feature", "decoding", "licence", "files"}
"""What a record says at least."""
INSTALL = "pip install 'mirliton[onnx]', or 'mirliton[pipeline]' for Keras with TensorFlow"


@dataclass(frozen=True)
class ModelFolder:
    """A model in `folder`."""

    folder: Path

    def record(self) -> dict[str, Any]:
        """What is known of the model: task, architecture, feature, decoding, licence, scores, hashes of its files."""
        remedy = "choose the folder of an export, or mirliton export again: one that was interrupted has no record"
        try:
            record = json.loads((self.folder / RECORD).read_bytes())
            lacking = sorted(NEEDED - record.keys())
        except OSError as error:
            raise MirlitonError(f"a model in {self.folder}", received=f"no {RECORD}", remedy=remedy) from error
        except (ValueError, AttributeError) as error:
            raise MirlitonError(f"a record in {self.folder / RECORD}", received=error, remedy=remedy) from error
        if lacking:
            received = f"none of {', '.join(lacking)}"
            raise MirlitonError(f"a record in {self.folder / RECORD}", received=received, remedy=remedy)
        return record

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
        """The bytes of a file of weights, after a look at its hash."""
        expected, path = self.record()["files"][name], self.folder / name
        content = path.read_bytes() if path.is_file() else b""
        received = hashlib.sha256(content).hexdigest()
        if received != expected:
            remedy = "it is damaged or was exchanged, and is not opened: install mirliton, or export the model, again"
            raise MirlitonError(f"{path} with SHA-256 {expected}", received=received, remedy=remedy)
        return content

    def write(self, weights: dict[str, bytes], record: dict[str, Any], card: str) -> dict[str, Any]:
        """Write a model, its record last; returns the record with the hashes of `weights`, which are files by name."""
        record = {**record, "files": {name: hashlib.sha256(content).hexdigest() for name, content in weights.items()}}
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / RECORD).unlink(missing_ok=True)
        told = json.dumps(record, indent=1, sort_keys=True, ensure_ascii=False, allow_nan=False)
        for name, content in {**weights, CARD: card.encode(), RECORD: f"{told}\n".encode()}.items():
            write_whole(self.folder / name, content)
        return record


def to_keras_file(model: Any) -> bytes:
    """A network with its weights; one that was opened without compiling it has no state of an optimizer."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / KERAS
        model.save(path)
        return path.read_bytes()


def from_keras_file(content: bytes) -> Any:
    """A network from a file, in Keras' safe mode: code that somebody put into it is refused."""
    import keras

    import mir_models.layers  # noqa: F401 (registers the layers that a model may have)

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / KERAS
        path.write_bytes(content)
        model = keras.models.load_model(path, compile=False, safe_mode=True)
    # Left to itself Keras compiles for XLA on every backend; only JAX gains by it on a CPU.
    model.jit_compile = keras.backend.backend() == "jax"
    return model
