"""Listening: a trained model from the store, put to a recording on disk."""

import os
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from mir_models.annotations import Notes
from mir_models.decoding import Decoding
from mir_models.features import preset as feature_of
from mir_models.transcription import transcribe
from storage import audio, home, midi, progress
from storage.models import ModelStore
from storage.objects import open_objects


@dataclass(frozen=True)
class Transcriber:
    """A model with what it hears and how its output is read."""

    model: Any
    feature: ModuleType
    params: Any
    decoding: Decoding

    def write(self, recording: Path, out: Path) -> int:
        """Transcribe a recording into a MIDI file, block by block; returns the number of notes."""
        blocks, sr = audio.stream_mono(recording)
        heard = transcribe(
            _told(blocks, recording, sr),
            sr,
            model=self.model,
            feature=self.feature,
            params=self.params,
            decoding=self.decoding,
        )
        notes = Notes.joined(heard)
        draft = out.with_name(f".{out.name}.{os.getpid()}")
        draft.write_bytes(midi.write(notes))
        os.replace(draft, out)
        return len(notes)


def open_transcriber(task: str, architecture: str) -> Transcriber:
    """The current model of an architecture."""
    trained = ModelStore(open_objects(home.store_address()), task, architecture).current()
    record = trained.record()
    feature = feature_of(record["preset"])
    params = type(feature.PRESETS[record["preset"]])(**record["feature"]["params"])
    return Transcriber(trained.model(), feature, params, Decoding(**record["decoding"]))


def _told(blocks: Any, recording: Path, sr: int) -> Any:
    """The blocks, telling how many seconds of the recording were heard."""
    heard, total = 0, int(audio.seconds(recording))
    for block in blocks:
        yield block
        heard += len(block)
        progress.tell(recording.name, min(heard // sr, total), total, "seconds")
