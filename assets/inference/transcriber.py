"""Listening: a model, the shipped one or a trained one, put to recordings on disk."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

from assets.inference import loaded_model
from assets.inference.loaded_model import Opened
from mir_models.inference.transcription import transcribe
from mir_models.notes.annotations import Notes
from mir_models.notes.decoding import Decoding
from storage import progress
from storage.corpora.files import readable
from storage.media import audio
from storage.media.note_formats import FORMATS
from storage.models.exported import ModelFolder
from storage.models.shipped import shipped
from storage.objects.atomic import write_whole

Doubt = Callable[[str], None]
HEARD = "seconds heard"
"""What the progress within a recording is called."""


@dataclass(frozen=True)
class Transcriber:
    """A model with what it hears and how its output is read.

    Attributes
    ----------
    model : network
        See `mir_models.inference.activations.stream`.
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
            write_whole(out, self.encoded(notes, format, recording.name))
        return len(notes)

    def hear(self, recording: Path, *, doubt: Doubt) -> Notes:
        """The notes of a recording, which is read block by block; `doubt` is told what may be wrong with it."""
        blocks, sr = audio.stream_doubted(recording, doubt)
        heard = told(blocks, recording, sr)
        settings = {"feature": self.feature, "params": self.params, "decoding": self.decoding}
        return Notes.joined(transcribe(heard, sr, model=self.model, **settings))

    def encoded(self, notes: Notes, format: str, recording: str) -> bytes:
        """Notes as the content of a file in one of `storage.media.note_formats.FORMATS`."""
        return FORMATS[format].content(notes, {"recording": readable(recording), "model": self.about})


def shipped_transcriber(task: str) -> Transcriber:
    """The model that comes with mirliton."""
    return folder_transcriber(shipped(task))


def folder_transcriber(exported: ModelFolder) -> Transcriber:
    """A model that was exported."""
    return _transcriber(loaded_model.of_folder(exported))


def open_transcriber(task: str, architecture: str) -> Transcriber:
    """The current model of an architecture in the store."""
    return _transcriber(loaded_model.of_store(task, architecture))


def run_transcriber(run_id: str) -> Transcriber:
    """The model that an MLflow run trained."""
    return _transcriber(loaded_model.of_run(run_id))


def _transcriber(model: Opened) -> Transcriber:
    decoding = model.of_kind("notes").decoding(Decoding)
    return Transcriber(model.network, model.feature, model.params, decoding, model.about)


def told(blocks: Any, recording: Path, sr: int) -> Iterator[Any]:
    """The blocks, telling how many seconds of the recording were heard."""
    heard, total = 0, int(audio.seconds(recording))
    for block in blocks:
        yield block
        heard += len(block)
        progress.tell(HEARD, min(heard // sr, total), total, readable(recording.name))
