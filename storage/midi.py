"""MIDI files, read and written by pretty_midi, which follows every change of tempo."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mir_models.annotations import Notes
from mir_models.errors import TrackError

SUSTAIN = 64
"""Control number of the sustain pedal; it is down from the value 64."""


@dataclass(frozen=True)
class Performance:
    """What a MIDI file says.

    Attributes
    ----------
    notes : Notes
        Keys pressed and released, of all instruments but drums.
    pedal : (m, 2) float64
        Intervals in seconds with the sustain pedal down.
    n_drums : int
        Notes of drum tracks that were left out.
    """

    notes: Notes
    pedal: NDArray[np.float64]
    n_drums: int


def read(path: Path) -> Performance:
    """The performance in a MIDI file.

    Raises
    ------
    TrackError
        When the file is no MIDI file, is broken, or has no note.
    """
    parsed = _parsed(path)
    played = [instrument for instrument in parsed.instruments if not instrument.is_drum]
    notes = [note for instrument in played for note in instrument.notes]
    if not notes:
        remedy = "give the MIDI file of this recording, or remove the track"
        raise TrackError("a MIDI file with notes", received=f"no note in {path.name}", remedy=remedy)
    changes = [change for instrument in played for change in instrument.control_changes]
    drums = sum(len(instrument.notes) for instrument in parsed.instruments if instrument.is_drum)
    return Performance(
        Notes(
            np.array([(note.start, note.end) for note in notes]),
            np.array([note.pitch for note in notes]),
            np.array([note.velocity for note in notes]),
        ),
        _pedal(changes, max(parsed.get_end_time(), 0.0)),
        drums,
    )


def write(notes: Notes) -> bytes:
    """A MIDI file of one piano that plays `notes`."""
    import pretty_midi

    file = pretty_midi.PrettyMIDI(resolution=480, initial_tempo=120)
    piano = pretty_midi.Instrument(program=0, name="Piano")
    for (start, end), pitch, velocity in zip(notes.intervals, notes.pitches, notes.velocities, strict=True):
        piano.notes.append(pretty_midi.Note(int(velocity), int(pitch), max(float(start), 0.0), float(end)))
    file.instruments.append(piano)
    buffer = io.BytesIO()
    file.write(buffer)
    return buffer.getvalue()


def _parsed(path: Path) -> Any:
    import warnings

    import pretty_midi

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Tempo events outside track 0 are read all the same.
            return pretty_midi.PrettyMIDI(str(path))
    except (OSError, ValueError, EOFError, IndexError, KeyError, AttributeError, TypeError, ZeroDivisionError) as error:
        # mido raises all of these on broken files.
        received = f"{type(error).__name__}: {error} in {path.name}"
        raise TrackError("a readable MIDI file", received=received, remedy="export it again, or remove it") from error


def _pedal(changes: list[Any], end: float) -> NDArray[np.float64]:
    """Intervals with the pedal down; one never lifted ends with the file."""
    down, intervals = None, []
    for change in sorted((each for each in changes if each.number == SUSTAIN), key=lambda each: each.time):
        if change.value >= 64 and down is None:
            down = change.time
        elif change.value < 64 and down is not None:
            intervals.append((down, change.time))
            down = None
    if down is not None:
        intervals.append((down, max(end, down)))
    return np.array(intervals, dtype=np.float64).reshape(-1, 2)
