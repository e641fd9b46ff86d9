"""MIDI files: notes and sustain pedal in seconds, with every change of tempo; written by pretty_midi.

Every note-on is a note. Which note-off ends it is described in :mod:`mir_models.notes.note_pairing`; a note without one
ends with the channel's next All Notes Off or All Sound Off, else with the file. Each of these is counted. A note-off in
another track of the channel counts only where a note is left without one.

A piano has one sustain pedal: it is down while it is down on any channel, in whatever track (the files of piano-midi.de
keep it in a track of its own). Reset All Controllers lifts it.
"""

from __future__ import annotations

import io
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mir_models.errors import ParameterError, TrackError
from mir_models.notes.annotations import Notes
from mir_models.notes.note_pairing import PairedNotes, pair_notes
from storage.media.midi_events import (
    CONTROL_CHANGE,
    MAX_SECONDS,
    NOTE_ON,
    NOTES_OFF,
    RESET_ALL_CONTROLLERS,
    SUSTAIN,
    MidiEvents,
    parse,
)

PEDAL_DOWN = 64
"""The lowest value of the controller at which the pedal is down."""
DRUMS = 9
"""The channel of drums, counted from 0."""
N_KEYS_OF_CHANNELS = 16 * 128
"""Keys of the 16 channels of a track."""
IDLE = 24 * 3600.0
"""Seconds after which an event without effect is written: a delta time holds 2**28 ticks."""


@dataclass(frozen=True)
class MidiCounts:
    """How many notes of a file were read by which rule.

    Attributes
    ----------
    drums : int
        Notes of the drum channel, which are left out.
    without_note_off : int
        Notes that end with the file, or with all notes of their channel.
    struck_while_held : int
        Notes that were struck while their key was held in the same track and channel: paired first in, first out.
    zero_length : int
        Notes that end as they begin.
    without_note_on : int
        Note-offs that end no note.
    """

    drums: int = 0
    without_note_off: int = 0
    struck_while_held: int = 0
    zero_length: int = 0
    without_note_on: int = 0

    def as_dict(self) -> dict[str, int]:
        """The counts by name."""
        return asdict(self)


@dataclass(frozen=True)
class Performance:
    """The notes and the sustain pedal in a file.

    Attributes
    ----------
    notes : Notes
        Keys pressed and released, of all instruments but drums; those of one key may overlap, or last 0 s.
    pedal : (m, 2) float64
        Intervals in seconds with the sustain pedal down.
    counts : MidiCounts
    """

    notes: Notes
    pedal: NDArray[np.float64]
    counts: MidiCounts = MidiCounts()


def read(path: Path) -> Performance:
    """Read notes and sustain pedal of a MIDI file.

    Raises
    ------
    TrackError
        When the file is no MIDI file, is broken where notes or time are concerned, or has no note.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        received, remedy = f"{type(error).__name__}: {error} in {path.name}", "copy it again, or remove it"
        raise TrackError("a readable MIDI file", received=received, remedy=remedy) from error
    events = parse(content, path.name)
    notes, counts = _notes(events)
    if not len(notes):
        received = f"no note in {path.name}" + f", only {counts.drums} of drums" * bool(counts.drums)
        remedy = "give the MIDI file of this recording, or remove the track"
        raise TrackError("a MIDI file with notes", received=received, remedy=remedy)
    return Performance(notes, _pedal(events), counts)


def encode(
    notes: Notes, pedal: NDArray[np.float64] | None = None, *, until: float | None = None, resolution: int = 480
) -> bytes:
    """The bytes of a MIDI file of one piano at 120 quarters per minute.

    Parameters
    ----------
    notes : Notes
        What begins before 0 s begins with the file; a note lasts a tick at least.
    pedal : (m, 2) float64, optional
        Intervals in seconds with the sustain pedal down; those of less than a tick are left out.
    until : float, optional
        Seconds of an idle event at the end, for the tail of a rendering.
    resolution : int
        Ticks per quarter.

    Raises
    ------
    ParameterError
        When a note has no key, velocity or duration that a MIDI file can hold.
    """
    import pretty_midi

    _check_notes(notes)
    file = pretty_midi.PrettyMIDI(resolution=resolution, initial_tempo=120)
    piano = pretty_midi.Instrument(program=0, name="Piano")
    tick = 0.5 / resolution
    starts = np.maximum(notes.onset_times, 0.0)
    # Of a note of less than a tick, pretty_midi would write the note-off first.
    ends = np.maximum(notes.offset_times, (np.round(starts / tick) + 1) * tick)
    for start, end, pitch, velocity in zip(starts, ends, notes.pitches, notes.velocities, strict=True):
        piano.notes.append(pretty_midi.Note(int(velocity), int(pitch), float(start), float(end)))
    changes = np.zeros((0, 2)) if pedal is None else pedal
    for down, up in changes.tolist():
        if round(down / tick) < round(up / tick):
            piano.control_changes += [
                pretty_midi.ControlChange(SUSTAIN, value, at) for value, at in ((127, down), (0, up))
            ]
    if until is not None:
        piano.control_changes.append(pretty_midi.ControlChange(SUSTAIN, 0, until))
    last = max(ends.max(initial=0.0), changes.max(initial=0.0), until or 0.0)
    piano.pitch_bends += [pretty_midi.PitchBend(0, float(at)) for at in np.arange(IDLE, last, IDLE)]
    file.instruments.append(piano)
    buffer = io.BytesIO()
    file.write(buffer)
    return buffer.getvalue()


def _check_notes(notes: Notes) -> None:
    """Raise where a MIDI file cannot hold the notes, which would be lost or hang."""
    onsets, offsets = notes.intervals.T
    for expected, received, fits in (
        ("pitches from 0 to 127", notes.pitches, (notes.pitches >= 0) & (notes.pitches <= 127)),
        ("velocities from 1 to 127", notes.velocities, (notes.velocities >= 1) & (notes.velocities <= 127)),
        ("offsets after 0 s and not before their onsets", offsets, (offsets > 0) & (offsets >= onsets)),
        (f"times below {MAX_SECONDS:,.0f} s", offsets, np.isfinite(onsets) & (offsets < MAX_SECONDS)),
    ):
        if not fits.all():
            remedy = "correct the notes, or leave them out"
            raise ParameterError(expected, received=f"{received[~fits][0]:g}", remedy=remedy)


def _notes(events: MidiEvents) -> tuple[Notes, MidiCounts]:
    """Every note but those of drums, and what was counted."""
    kinds, channels = events.statuses & 0xF0, (events.statuses & 0x0F).astype(np.int64)
    keys, velocities = events.data.T.astype(np.int64)
    is_on = (kinds == NOTE_ON) & (velocities > 0)
    drums = channels == DRUMS
    played = np.flatnonzero((kinds <= NOTE_ON) & ~drums)
    key_of_track = events.tracks * N_KEYS_OF_CHANNELS + channels * 128 + keys
    paired = _paired_across_tracks(events.ticks[played], is_on[played], key_of_track[played])
    onsets = played[paired.onsets]
    starts, ends = events.ticks[onsets], paired.ends
    ends = np.where(ends < 0, _ends_of_all_notes(events, starts, channels[onsets]), ends)
    counts = MidiCounts(
        drums=int((is_on & drums).sum()),
        without_note_off=int((paired.ends < 0).sum()),
        struck_while_held=paired.struck_while_held,
        zero_length=int((starts == ends).sum()),
        without_note_on=len(paired.strays),
    )
    intervals = np.column_stack([events.tempo.seconds(starts), events.tempo.seconds(ends)])
    return Notes(intervals, keys[onsets], velocities[onsets]), counts


def _paired_across_tracks(ticks: NDArray[np.int64], is_on: NDArray[np.bool_], keys: NDArray[np.int64]) -> PairedNotes:
    """Notes paired within each track, and what is left over of a channel between its tracks."""
    paired = pair_notes(ticks, is_on, keys)
    unended = np.flatnonzero(paired.ends < 0)
    left = np.concatenate([paired.onsets[unended], paired.strays])
    left = left[np.argsort(ticks[left], kind="stable")]
    between = pair_notes(ticks[left], is_on[left], keys[left] % N_KEYS_OF_CHANNELS)
    ends = paired.ends.copy()
    ends[np.searchsorted(paired.onsets, left[between.onsets])] = between.ends
    held = paired.struck_while_held + between.struck_while_held
    return PairedNotes(paired.onsets, ends, held, left[between.strays])


def _ends_of_all_notes(events: MidiEvents, starts: NDArray[np.int64], channels: NDArray[np.int64]) -> NDArray[np.int64]:
    """The tick, after each of `starts`, at which all notes of its channel end: with the file at the latest."""
    ends = np.full(len(starts), events.end, dtype=np.int64)
    mode = ((events.statuses & 0xF0) == CONTROL_CHANGE) & np.isin(events.data[:, 0], NOTES_OFF)
    for channel in np.unique(events.statuses[mode] & 0x0F):
        at = np.sort(events.ticks[mode & ((events.statuses & 0x0F) == channel)])
        of_channel = channels == channel
        ends[of_channel] = np.append(at, events.end)[np.searchsorted(at, starts[of_channel], side="right")]
    return ends


def _pedal(events: MidiEvents) -> NDArray[np.float64]:
    """Intervals in seconds with the pedal down on any channel."""
    kinds, channels = events.statuses & 0xF0, events.statuses & 0x0F
    controllers, values = events.data.T
    reset = controllers == RESET_ALL_CONTROLLERS
    chosen = (kinds == CONTROL_CHANGE) & (channels != DRUMS) & ((controllers == SUSTAIN) | reset)
    order = np.flatnonzero(chosen)[np.argsort(events.ticks[chosen], kind="stable")]
    times, down = events.tempo.seconds(events.ticks[order]), (values >= PEDAL_DOWN) & ~reset
    end = float(events.tempo.seconds(np.array([events.end]))[0])
    return _intervals_down(times, down[order], channels[order], end)


def _intervals_down(
    times: NDArray[np.float64], down: NDArray[np.bool_], channels: NDArray[np.integer[Any]], end: float
) -> NDArray[np.float64]:
    """Intervals with the pedal down on any channel, of changes sorted by time; one never lifted ends with the file."""
    held: set[int] = set()
    intervals: list[tuple[float, float]] = []
    start = 0.0
    for time, is_down, channel in zip(times.tolist(), down.tolist(), channels.tolist(), strict=True):
        if is_down and not held:
            start = time
        elif not is_down and held == {channel}:
            intervals.append((start, time))
        (held.add if is_down else held.discard)(channel)
    if held:
        intervals.append((start, end))
    return np.array(intervals, dtype=np.float64).reshape(-1, 2)
