"""The readers: each a function of a path that returns rows (onset, offset, pitch) of all notes but those of drums."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Callable
from pathlib import Path
from typing import Any

import mido
import numpy as np
from numpy.typing import NDArray

from mir_models.errors import MirlitonError
from storage.media import midi

Rows = NDArray[np.float64]
BROKEN = (
    MirlitonError, mido.KeySignatureError, OSError, ValueError, EOFError, LookupError, AttributeError, TypeError,
    ArithmeticError, AssertionError, RuntimeError,
)  # fmt: skip
"""What the readers raise of a file."""
TOLERANCE = 1e-3
"""Seconds by which times of equal notes may differ."""


def mirliton(path: Path) -> Rows:
    """By :mod:`storage.media.midi`."""
    notes = midi.read(path).notes
    return np.column_stack([notes.intervals, notes.pitches])


def pretty_midi(path: Path) -> Rows:
    """By pretty_midi."""
    played = [each for each in _module("pretty_midi").PrettyMIDI(str(path)).instruments if not each.is_drum]
    return _rows((note.start, note.end, note.pitch) for each in played for note in each.notes)


def miditoolkit(path: Path) -> Rows:
    """By miditoolkit."""
    file = _module("miditoolkit").MidiFile(str(path))
    seconds = file.get_tick_to_time_mapping()
    notes = [note for each in file.instruments if not each.is_drum for note in each.notes]
    return _rows((seconds[note.start], seconds[note.end], note.pitch) for note in notes)


def partitura(path: Path) -> Rows:
    """By partitura."""
    parts = _module("partitura").load_performance_midi(str(path)).performedparts
    notes = [note for part in parts for note in part.notes if note["channel"] != midi.DRUMS]
    return _rows((note["note_on"], note["note_off"], note["midi_pitch"]) for note in notes)


def symusic(path: Path) -> Rows:
    """By symusic."""
    tracks = [each for each in _module("symusic").Score(str(path)).to("second").tracks if not each.is_drum]
    return _rows((note.time, note.time + note.duration, note.pitch) for each in tracks for note in each.notes)


READERS: dict[str, Callable[[Path], Rows]] = {
    reader.__name__: reader for reader in (mirliton, pretty_midi, miditoolkit, partitura, symusic)
}


def installed() -> list[str]:
    """The names of the readers that are installed."""
    return [name for name in READERS if importlib.util.find_spec(name)]


def read(name: str, path: Path) -> Rows | str:
    """The notes by one reader, sorted; or its error."""
    try:
        rows = READERS[name](path)
    except BROKEN as error:
        return f"{type(error).__name__}: {error}"
    return rows[np.lexsort((rows[:, 1], rows[:, 2], rows[:, 0].round(6)))]


def is_equal(rows: Rows | str, other: Rows | str) -> bool:
    """Whether two readers read the same notes."""
    if isinstance(rows, str) or isinstance(other, str) or rows.shape != other.shape:
        return False
    by_key, others_by_key = (each[np.lexsort((each[:, 1], each[:, 0], each[:, 2]))] for each in (rows, other))
    return np.allclose(by_key, others_by_key, rtol=0, atol=TOLERANCE)


def _module(name: str) -> Any:
    return importlib.import_module(name)


def _rows(notes: Any) -> Rows:
    return np.array([tuple(map(float, note)) for note in notes], dtype=np.float64).reshape(-1, 3)
