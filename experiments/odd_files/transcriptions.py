"""Recordings that are transcribed by the command, and what it wrote and printed."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from experiments.odd_files import wav_bytes
from experiments.odd_files.checkout import Checkout, Ended
from experiments.odd_files.music import SR, Stereo
from mir_models.notes.annotations import Notes


@dataclass(frozen=True, eq=False)
class Transcribed:
    """The notes in the file that was written, their certainty where it has one, and how the command ended."""

    notes: Notes
    certainty: float | None
    ended: Ended


def transcribe(code: Checkout, source: Path, folder: Path) -> Transcribed:
    """Transcribe a recording as JSON, into a folder ``out``."""
    ended = code.command(["transcribe", source, "-o", folder / "out", "--format", "json"], folder)
    path = folder / "out" / f"{source.stem}.json"
    found = json.loads(path.read_text()) if path.is_file() else {"notes": []}
    rows = [(note["onset"], note["offset"], note["pitch"], note["velocity"]) for note in found["notes"]]
    table = np.array(rows, dtype=np.float64).reshape(-1, 4)
    notes = Notes(table[:, :2], table[:, 2].astype(np.int64), table[:, 3].astype(np.int64))
    return Transcribed(notes, found.get("certainty"), ended)


def write(folder: Path, y: Stereo, name: str = "x.wav") -> Path:
    """A recording as a WAV file."""
    path = folder / name
    path.write_bytes(wav_bytes.wav(np.clip(y, -1, 1).astype(np.float32), SR))
    return path
