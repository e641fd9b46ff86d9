"""The transcriber of an experiment: the one that is included, an exported one, or that of published figures.

``--model`` takes the folder of an export, or a version: figures of docs/results.md that are of the included network
name it, so that their commands print the same when another one is included. Those of former versions are read from the
history of the repository.
"""

from __future__ import annotations

import argparse
import tempfile
from dataclasses import dataclass
from pathlib import Path

from assets.inference.loaded_model import LoadedModel, load_from_folder
from experiments.long_runs import code
from mir_models.errors import MirlitonError
from storage.models.exported import ONNX, ModelFolder
from storage.models.record import ExportedModelRecord
from storage.models.shipped import shipped

TASK = "piano_transcription"
FOLDER = f"storage/models/shipped/{TASK}"
"""Of the included network in the repository."""


@dataclass(frozen=True)
class Included:
    """The network of a version: a commit that has it, and the SHA-256 of its ONNX file."""

    commit: str
    sha256: str


VERSIONS = {
    "0.2": Included(
        "5ef4bfd69b5a8a5972c01dfec1b128b9abe7f96b", "0f031cc505030c83487b332fd3ab24725aa69e16ff48b7232c7504814c5e34ec"
    ),
}
"""Networks that published figures are of, by version."""


def add_model_option(parser: argparse.ArgumentParser) -> None:
    """Add ``--model``."""
    words = (
        f"folder of an exported model, or the network of a version: {', '.join(VERSIONS)}; default: what is included"
    )
    parser.add_argument("--model", metavar="FOLDER|VERSION", help=words)


def load(name: str | None) -> LoadedModel:
    """The transcriber that the option names.

    Raises
    ------
    MirlitonError
        Where that is neither a version nor the folder of an export, and where the repository lacks the version's.
    """
    if name is None:
        return load_from_folder(shipped(TASK))
    if name in VERSIONS:
        return _of_version(VERSIONS[name])
    if not Path(name).is_dir():
        remedy = f"correct the path, or name a version: {', '.join(VERSIONS)}"
        raise MirlitonError("the folder of an exported model", received=f"{name}, which is none", remedy=remedy)
    return load_from_folder(ModelFolder(Path(name)))


def _of_version(found: Included) -> LoadedModel:
    if shipped(TASK).record().files[ONNX] == found.sha256:
        return load_from_folder(shipped(TASK))
    with tempfile.TemporaryDirectory() as folder:
        code.extract(Path(folder), found.commit, FOLDER)
        return load_from_folder(ModelFolder(Path(folder) / FOLDER))


def described(model: LoadedModel) -> str:
    """A line that says which network a table is of."""
    record = model.record
    sha256 = record.files.get(ONNX) if isinstance(record, ExportedModelRecord) else None
    versions = [f"that of {version}, " for version, each in VERSIONS.items() if each.sha256 == sha256]
    return f"Network: {record.architecture}, {''.join(versions)}SHA-256 {model.metadata['sha256'][:12]}"
