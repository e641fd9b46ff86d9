"""Listening: a model, the shipped one or a trained one, put to recordings on disk."""

import hashlib
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

from mir_models.annotations import Notes
from mir_models.architectures import ARCHITECTURES
from mir_models.decoding import Decoding
from mir_models.errors import MirlitonError
from mir_models.features import preset as feature_of
from mir_models.features import settings
from mir_models.transcription import transcribe
from storage import audio, home, progress
from storage.corpus_files import readable
from storage.model_folders import KERAS, ONNX, ModelFolder
from storage.models import ModelStore, Training
from storage.note_files import FORMATS
from storage.objects import open_objects
from storage.onnx_network import OnnxNetwork
from storage.shipped import shipped
from storage.tracked_models import training_of

Doubt = Callable[[str], None]
HEARD = "seconds heard"
"""What the progress within a recording is called."""


@dataclass(frozen=True)
class Transcriber:
    """A model with what it hears and how its output is read.

    Attributes
    ----------
    model : network
        See `mir_models.inference.stream`.
    feature : module
    params, decoding : dataclasses
    about : dict
        Its name, task, licence and the SHA-256 of its weights: what files of notes say of it.
    """

    model: Any
    feature: ModuleType
    params: Any
    decoding: Decoding
    about: dict[str, Any] = field(default_factory=dict)

    def write(self, recording: Path, *outs: Path, doubt: Doubt) -> int:
        """Transcribe a recording into files, each in the format of its suffix; returns the number of notes."""
        notes = self.hear(recording, doubt=doubt)
        for out in outs:
            (format,) = (name for name, each in FORMATS.items() if each.suffix == out.suffix)
            draft = out.with_name(f".{out.name}.{os.getpid()}")
            try:
                draft.write_bytes(self.encoded(notes, format, recording.name))
                os.replace(draft, out)
            finally:
                draft.unlink(missing_ok=True)
        return len(notes)

    def hear(self, recording: Path, *, doubt: Doubt) -> Notes:
        """The notes of a recording, which is read block by block; `doubt` is told what may be wrong with it."""
        blocks, sr = audio.stream_doubted(recording, doubt)
        heard = _told(blocks, recording, sr)
        settings = {"feature": self.feature, "params": self.params, "decoding": self.decoding}
        return Notes.joined(transcribe(heard, sr, model=self.model, **settings))

    def encoded(self, notes: Notes, format: str, recording: str) -> bytes:
        """Notes as the content of a file in one of `storage.note_files.FORMATS`."""
        return FORMATS[format].content(notes, {"recording": readable(recording), "model": self.about})


def shipped_transcriber(task: str) -> Transcriber:
    """The model that comes with mirliton."""
    return folder_transcriber(shipped(task))


def folder_transcriber(exported: ModelFolder) -> Transcriber:
    """A model that was exported."""
    record, network = exported.record(), exported.network()
    file = ONNX if isinstance(network, OnnxNetwork) else KERAS
    return _transcriber(network, record, licence=record["licence"], sha256=record["files"][file])


def open_transcriber(task: str, architecture: str) -> Transcriber:
    """The current model of an architecture in the store."""
    ARCHITECTURES.get(architecture)
    return _of_training(ModelStore(open_objects(home.store_address()), task, architecture).current())


def run_transcriber(run_id: str) -> Transcriber:
    """The model that an MLflow run trained."""
    return _of_training(training_of(run_id, home.home(), open_objects(home.store_address())))


def _of_training(trained: Training) -> Transcriber:
    record, network = trained.record(), trained.model()
    weights = trained.objects.read(f"{trained.prefix}/{KERAS}") or b""
    licence = "; ".join(f"{name}: {words}" for name, words in sorted(record["licences"].items()))
    return _transcriber(network, record, licence=licence, sha256=hashlib.sha256(weights).hexdigest())


def _transcriber(network: Any, record: dict[str, Any], *, licence: str, sha256: str) -> Transcriber:
    feature = feature_of(record["preset"])
    _refuse_another_version(record, feature)
    try:
        params = settings(record["preset"], record["feature"]["params"])
        decoding = Decoding(**record["decoding"])
    except (TypeError, ValueError) as error:
        remedy = "export or train the model again with this mirliton"
        raise MirlitonError("settings of a feature and of decoding", received=error, remedy=remedy) from error
    about = {"name": record["architecture"], "task": record["task"], "licence": licence, "sha256": sha256}
    return Transcriber(network, feature, params, decoding, about)


def _refuse_another_version(record: dict[str, Any], feature: ModuleType) -> None:
    """Refuse a model that learnt from what a feature was before, or will be after, the code at hand."""
    learnt = record["feature"]["version"]
    if learnt != feature.VERSION:
        remedy = "train it again, or use the mirliton that it was made with"
        raise MirlitonError(
            f"a model that hears version {feature.VERSION} of {record['preset']}", received=learnt, remedy=remedy
        )


def _told(blocks: Any, recording: Path, sr: int) -> Iterator[Any]:
    """The blocks, telling how many seconds of the recording were heard."""
    heard, total = 0, int(audio.seconds(recording))
    for block in blocks:
        yield block
        heard += len(block)
        progress.tell(HEARD, min(heard // sr, total), total, readable(recording.name))
