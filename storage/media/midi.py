"""MIDI files: notes and sustain pedal in seconds, read and written by pretty_midi with every change of tempo."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mir_models.errors import TrackError
from mir_models.notes.annotations import Notes

SUSTAIN_CONTROLLER = 64
"""Number of the MIDI controller that is the sustain pedal."""
PEDAL_DOWN = 64
"""The lowest value of the controller at which the pedal is down."""
DRUMS = 9
"""The channel of drums, counted from 0."""


@dataclass(frozen=True)
class Performance:
    """The notes and the sustain pedal in a MIDI file.

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
    """Read notes and sustain pedal of a MIDI file.

    Raises
    ------
    TrackError
        When the file is no MIDI file, is broken, or has no note.
    """
    parsed, pedal = _parsed(path)
    played = [instrument for instrument in parsed.instruments if not instrument.is_drum]
    notes = [note for instrument in played for note in instrument.notes]
    if not notes:
        remedy = "give the MIDI file of this recording, or remove the track"
        raise TrackError("a MIDI file with notes", received=f"no note in {path.name}", remedy=remedy)
    drums = sum(len(instrument.notes) for instrument in parsed.instruments if instrument.is_drum)
    return Performance(
        Notes(
            np.array([(note.start, note.end) for note in notes]),
            np.array([note.pitch for note in notes]),
            np.array([note.velocity for note in notes]),
        ),
        _intervals_down(pedal, max(parsed.get_end_time(), 0.0)),
        drums,
    )


def encode(
    notes: Notes, pedal: NDArray[np.float64] | None = None, *, until: float | None = None, resolution: int = 480
) -> bytes:
    """The bytes of a MIDI file of one piano at 120 quarters per minute.

    Parameters
    ----------
    notes : Notes
    pedal : (m, 2) float64, optional
        Intervals in seconds with the sustain pedal down.
    until : float, optional
        Seconds of an idle event at the end, for the tail of a rendering.
    resolution : int
        Ticks per quarter.
    """
    import pretty_midi

    file = pretty_midi.PrettyMIDI(resolution=resolution, initial_tempo=120)
    piano = pretty_midi.Instrument(program=0, name="Piano")
    for (start, end), pitch, velocity in zip(notes.intervals, notes.pitches, notes.velocities, strict=True):
        piano.notes.append(pretty_midi.Note(int(velocity), int(pitch), max(float(start), 0.0), float(end)))
    for down, up in [] if pedal is None else pedal.tolist():
        piano.control_changes += [
            pretty_midi.ControlChange(SUSTAIN_CONTROLLER, value, at) for value, at in ((127, down), (0, up))
        ]
    if until is not None:
        piano.control_changes.append(pretty_midi.ControlChange(SUSTAIN_CONTROLLER, 0, until))
    file.instruments.append(piano)
    buffer = io.BytesIO()
    file.write(buffer)
    return buffer.getvalue()


def _parsed(path: Path) -> tuple[Any, list[tuple[float, int]]]:
    """The file as pretty_midi reads it, and every (time, value) of the pedal, which may have a track of its own."""
    import warnings

    import mido
    import pretty_midi

    broken = (OSError, ValueError, EOFError, LookupError, AttributeError, TypeError, ArithmeticError)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Of changes of tempo outside the first track: they are read all the same.
            file = mido.MidiFile(str(path), charset="latin1")
            file.tracks[0] = mido.merge_tracks([file.tracks[0], *map(_tempo_only, file.tracks[1:])])
            parsed = pretty_midi.PrettyMIDI(mido_object=file)  # Which makes the times of all events absolute ticks.
            events = [event for track in file.tracks for event in track if event.type == "control_change"]
            pedal = [event for event in events if event.control == SUSTAIN_CONTROLLER and event.channel != DRUMS]
            return parsed, [(parsed.tick_to_time(event.time), event.value) for event in pedal]
    except (*broken, mido.KeySignatureError) as error:  # mido raises all of these on broken files.
        received = "a truncated file" if isinstance(error, EOFError) else f"{type(error).__name__}: {error}"
        remedy = "export it again, or remove it"
        raise TrackError("a readable MIDI file", received=f"{received} in {path.name}", remedy=remedy) from error


def _tempo_only(track: Any) -> Any:
    """The changes of tempo of a track: pretty_midi looks for them in the first track alone."""
    import mido

    kept, tick, last = mido.MidiTrack(), 0, 0
    for event in track:
        tick += event.time
        if event.type == "set_tempo":
            kept.append(event.copy(time=tick - last))
            last = tick
    return kept


def _intervals_down(pedal: list[tuple[float, int]], end: float) -> NDArray[np.float64]:
    """Intervals with the pedal down; one never lifted ends with the file."""
    down, intervals = None, []
    for time, value in sorted(pedal, key=lambda change: change[0]):
        if value >= PEDAL_DOWN and down is None:
            down = time
        elif value < PEDAL_DOWN and down is not None:
            intervals.append((down, time))
            down = None
    if down is not None:
        intervals.append((down, max(end, down)))
    return np.array(intervals, dtype=np.float64).reshape(-1, 2)
