"""Networks that are scored beside the rows, but not trained here: the included one, and weights of long runs."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assets.inference import loaded_model
from mir_models.architectures import ARCHITECTURES
from storage.models.exported import from_keras_file
from storage.models.shipped import shipped

TASK = "piano_transcription"
NETWORK = "harmonic_resnet"
"""Of the weights of long runs."""


@dataclass(frozen=True)
class Finished:
    """A trained network.

    Attributes
    ----------
    name : str
    sha256 : str
        Of the file of its weights.
    preset : str
        Of the features that it takes.
    parameters : int
        0: not known before it is opened.
    model : callable () -> network
    """

    name: str
    sha256: str
    preset: str
    parameters: int
    model: Callable[[], Any]


def included() -> Finished:
    """The network that mirliton comes with."""
    found = loaded_model.load_from_folder(shipped(TASK), threads=1)
    record, sha256 = found.record, found.metadata["sha256"]
    return Finished(
        f"{record.architecture} as included", sha256, record.preset, record.parameters, lambda: found.network
    )


def from_file(path: Path) -> Finished:
    """Weights that ``python -m experiments.long_runs weights`` wrote."""
    content = path.read_bytes()
    preset, sha256 = ARCHITECTURES.get(NETWORK).FEATURE, hashlib.sha256(content).hexdigest()
    return Finished(f"weights {path.stem}", sha256, preset, 0, lambda: from_keras_file(content))
