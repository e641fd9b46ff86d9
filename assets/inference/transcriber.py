"""Transcription of recordings on disk into files of notes, by the shipped model or a trained one."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from assets.inference import loaded_model
from assets.inference.loaded_model import LoadedModel
from mir_models.features import Feature
from mir_models.inference.transcription import transcribe
from mir_models.notes.annotations import Notes
from mir_models.notes.decoding import Decoding
from storage import progress
from storage.corpora.files import nfc_name
from storage.media import audio
from storage.media.note_formats import FORMATS
from storage.models.exported import ModelFolder
from storage.models.shipped import shipped
from storage.objects.atomic import write_atomic

Warn = Callable[[str], None]
"""Called with a sentence about what may be wrong with a recording that can be read."""
AUDIO_PROCESSED = "seconds of audio processed"
"""Stage under which the progress within a recording is reported."""


@dataclass(frozen=True)
class Transcriber:
    """A network with its input features and the thresholds by which its output is decoded.

    Attributes
    ----------
    model : network
        See `mir_models.inference.activations.predict_stream`.
    feature : module
        Of `mir_models.features`.
    params, decoding : dataclasses
        Settings of the feature and of decoding.
    metadata : mapping of str to str
        Name, task, licence and SHA-256 of the weights, written into files of notes.
    """

    model: Any
    feature: Feature
    params: Any
    decoding: Decoding
    metadata: Mapping[str, str] = field(default_factory=dict)

    def write(self, recording: Path, *outs: Path, warn: Warn) -> int:
        """Transcribe a recording into files, each in the format of its suffix; returns the number of notes."""
        notes = self.transcribe(recording, warn=warn)
        for out in outs:
            (format,) = (name for name, each in FORMATS.items() if each.suffix == out.suffix)
            write_atomic(out, self.encoded(notes, format, recording.name))
        return len(notes)

    def transcribe(self, recording: Path, *, warn: Warn) -> Notes:
        """The notes of a recording, which is read block by block; see `Warn`."""
        blocks, sr = audio.stream_checked(recording, warn)
        settings = {"feature": self.feature, "params": self.params, "decoding": self.decoding}
        notes = transcribe(with_progress(blocks, recording, sr), sr, model=self.model, **settings)
        return Notes.concatenate(notes)

    def encoded(self, notes: Notes, format: str, recording: str) -> bytes:
        """Notes as the content of a file in one of `storage.media.note_formats.FORMATS`."""
        return FORMATS[format].content(notes, {"recording": nfc_name(recording), "model": self.metadata})


def load_shipped_transcriber(task: str) -> Transcriber:
    """The model that comes with mirliton."""
    return load_transcriber_from_folder(shipped(task))


def load_transcriber_from_folder(exported: ModelFolder) -> Transcriber:
    """A model that was exported."""
    return _transcriber(loaded_model.load_from_folder(exported))


def load_transcriber(task: str, architecture: str) -> Transcriber:
    """The current model of an architecture in the store."""
    return _transcriber(loaded_model.load_current(task, architecture))


def load_transcriber_from_run(run_id: str) -> Transcriber:
    """The model that an MLflow run trained."""
    return _transcriber(loaded_model.load_from_run(run_id))


def _transcriber(model: LoadedModel) -> Transcriber:
    decoding = model.check_kind("notes").decoding(Decoding)
    return Transcriber(model.network, model.feature, model.params, decoding, model.metadata)


def with_progress(blocks: Iterable[np.ndarray], recording: Path, sr: int) -> Iterator[np.ndarray]:
    """The blocks of a recording, each reported by the seconds of audio that were processed so far."""
    n_samples, total = 0, int(audio.duration(recording))
    for block in blocks:
        yield block
        n_samples += len(block)
        progress.report(AUDIO_PROCESSED, min(n_samples // sr, total), total, nfc_name(recording.name))
