"""Every note-on is a note: without note-off, overlapping, of no length; each counted. And whose pedal is down."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from experiments.odd_files.midi_bytes import END, TICKS, control, file, meta, number, off, on, tempo, track
from mir_models.notes import sustain_pedal
from mir_models.notes.annotations import Notes
from storage.media import midi
from storage.media.midi import MidiCounts

HALF = TICKS // 2
"""A quarter of a second."""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "x.mid"


def _read(path: Path, *tracks: bytes) -> midi.Performance:
    path.write_bytes(file(*tracks))
    return midi.read(path)


CASES = {
    "without note-off: to the end of the file": (
        [on(60), on(62), off(62, TICKS), meta(0x01, b"", 2 * TICKS)],
        [(0, 1.5, 60), (0, 0.5, 62)],
        MidiCounts(without_note_off=1),
    ),
    "without note-off: the last event": ([on(62), on(60, TICKS), off(62, 0)], [(0, 0.5, 62), (0.5, 0.5, 60)], None),
    "two note-offs": (
        [on(60), on(60, TICKS), off(60, TICKS), off(60, TICKS)],
        [(0, 1.0, 60), (0.5, 1.5, 60)],
        MidiCounts(struck_while_held=1),
    ),
    "one note-off of two": (
        [on(60), on(60, TICKS), off(60, TICKS), on(62), off(62, TICKS)],
        [(0, 1.5, 60), (0.5, 1.0, 60), (1.0, 1.5, 62)],
        MidiCounts(without_note_off=1),
    ),
    "no length": ([on(60), off(60), on(62), off(62, 96)], [(0, 0, 60), (0, 0.1, 62)], MidiCounts(zero_length=1)),
    "no length, as pretty_midi sorts it": (
        [off(60, TICKS), on(60), on(60, TICKS), off(60, TICKS)],
        [(0.5, 0.5, 60), (1, 1.5, 60)],
        MidiCounts(zero_length=1),
    ),
    "note-off without note-on": ([off(60), on(60), off(60, TICKS), off(60)], [(0, 0.5, 60)], None),
    "all notes off": (
        [on(60), on(62), off(62, TICKS), control(123, 0), control(123, 0, TICKS)],
        [(0, 0.5, 60), (0, 0.5, 62)],
        MidiCounts(without_note_off=1),
    ),
    "all notes of another channel off": (
        [on(60), control(120, 0, TICKS, channel=1), meta(0x01, b"", TICKS)],
        [(0, 1.0, 60)],
        MidiCounts(without_note_off=1),
    ),
    "all sound off, long before": (
        [control(120, 0), on(60, TICKS), off(62, TICKS)],
        [(0.5, 1.0, 60)],
        MidiCounts(without_note_off=1, without_note_on=1),
    ),
    "all notes off as it is struck": (
        [control(123, 0, TICKS), on(60), meta(0x01, b"", TICKS)],
        [(0.5, 1.0, 60)],
        MidiCounts(without_note_off=1),
    ),
    "drums are no notes": (
        [on(60), off(60, TICKS), on(38, channel=9), on(38, channel=9), off(40, channel=9)],
        [(0, 0.5, 60)],
        MidiCounts(drums=2),
    ),
}


@pytest.mark.parametrize(("events", "rows", "counts"), CASES.values(), ids=CASES)
def test_every_note_on_is_a_note(
    path: Path, events: list[bytes], rows: list[tuple[float, float, int]], counts: MidiCounts | None
) -> None:
    read = _read(path, track(*events))
    found = sorted(
        (*interval, pitch) for interval, pitch in zip(read.notes.intervals.tolist(), read.notes.pitches, strict=True)
    )
    assert found == sorted(rows)
    assert counts in (None, read.counts)


def test_a_file_ends_with_its_longest_track(path: Path) -> None:
    read = _read(path, track(on(60)), track(meta(0x01)), track(end=number(3 * TICKS) + END[1:]))
    assert read.notes.intervals.tolist() == [[0, 1.5]]


def test_notes_of_other_tracks_and_channels_are_no_overlaps(path: Path) -> None:
    """Two hands on one channel strike one key, the one within the other."""
    low, high = track(on(60), off(60, 4 * TICKS)), track(on(60, TICKS), off(60, TICKS))
    read = _read(path, low, high, track(on(60, TICKS, channel=1), off(60, HALF, channel=1)))
    assert read.notes.intervals.tolist() == [[0, 2], [0.5, 0.75], [0.5, 1.0]]
    assert read.counts == MidiCounts()


def test_a_note_off_in_another_track_of_the_channel_ends_a_note_that_has_none(path: Path) -> None:
    read = _read(path, track(on(60), on(62)), track(off(60, TICKS), off(61)), track(off(62, HALF, channel=1)))
    assert read.notes.intervals.tolist() == [[0, 0.5], [0, 0.5]]
    assert read.counts == MidiCounts(without_note_off=1, without_note_on=2)


def test_overlapping_notes_sound_until_their_key_is_struck_again(path: Path) -> None:
    read = _read(path, track(on(60), on(60, TICKS), off(60, TICKS), off(60, TICKS), on(62), off(62)))
    notes, counts = sustain_pedal.sounding_notes(read.notes, read.pedal, sustain_pedal.Params())
    assert notes.intervals.tolist() == [[0, 0.5], [0.5, 1.5], [1.5, 1.51]]
    assert (counts.overlapping, counts.lengthened) == (1, 1)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.tuples(st.integers(0, 3), st.integers(60, 62), st.integers(0, 127), st.integers(0, 300)), min_size=1)
)
def test_as_many_notes_as_note_ons_and_none_beyond_the_file(
    path: Path, events: list[tuple[int, int, int, int]]
) -> None:
    """Events of channel, key, velocity and ticks since the one before."""
    read = _read(path, track(on(40), *(on(key, delta, channel=ch, velocity=v) for ch, key, v, delta in events)))
    assert len(read.notes) == 1 + sum(velocity > 0 for _, _, velocity, _ in events)
    assert read.counts.without_note_off >= 1
    assert read.notes.duration == sum(delta for *_, delta in events) / (2 * TICKS)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(0, 99), st.integers(1, 99), st.integers(0, 2)), min_size=1, max_size=40))
def test_overlapping_notes_come_back_where_none_lies_within_another(
    path: Path, rows: list[tuple[int, int, int]]
) -> None:
    kept: list[tuple[float, float, int]] = []
    for onset, duration, key in sorted(rows):
        if all(of != key or (onset > start and onset + duration > end) for start, end, of in kept):
            kept.append((onset, onset + duration, key))
    notes = Notes([row[:2] for row in kept], [21 + row[2] for row in kept], np.arange(len(kept)) % 127 + 1)
    path.write_bytes(midi.encode(notes))
    read = midi.read(path)
    np.testing.assert_allclose(read.notes.intervals, notes.intervals, atol=1e-9)
    np.testing.assert_array_equal(read.notes.pitches, notes.pitches)
    np.testing.assert_array_equal(read.notes.velocities, notes.velocities)
    assert read.counts.without_note_off == read.counts.without_note_on == read.counts.zero_length == 0


def test_the_pedal_of_piano_midi_de_has_a_track_of_its_own(path: Path) -> None:
    """Tempo and texts in the first track, a track for each hand, pedal and names in the last: all on channel 0."""
    conductor = track(meta(0x03, b"Etude"), meta(0x58, b"\x04\x02\x18\x08"), tempo(1_000_000), tempo(500_000, TICKS))
    right = track(meta(0x03, b"Piano right"), on(72, TICKS), off(72, HALF), on(74, HALF), off(74, TICKS))
    left = track(meta(0x03, b"Piano left"), on(48, TICKS), off(48, TICKS))
    pedal = track(meta(0x03, b"Pedal"), b"\x00\xc0\x00", control(64, 127, TICKS + 96), control(64, 0, TICKS))
    read = _read(path, conductor, right, left, pedal)
    assert read.notes.intervals.tolist() == [[1.0, 1.5], [1.0, 1.25], [1.5, 2.0]]
    np.testing.assert_allclose(read.pedal, [[1.1, 1.6]], rtol=1e-12)
    sounding, counts = sustain_pedal.sounding_notes(read.notes, read.pedal, sustain_pedal.Params())
    np.testing.assert_allclose(sounding.intervals, [[1.0, 1.6], [1.0, 1.6], [1.5, 2.0]], rtol=1e-12)
    assert counts.extended_by_pedal == 2


PEDALS = {
    "a channel of its own": ([(1, 127, 0), (1, 0, 2)], [(0, 1.0)]),
    "the same on two channels": ([(0, 127, 0), (1, 127, 0), (0, 0, 2), (1, 0, 0)], [(0, 1.0)]),
    "down while it is on one": ([(0, 127, 0), (1, 127, 1), (0, 0, 1), (1, 0, 1)], [(0, 1.5)]),
    "drums have none": ([(9, 127, 0), (9, 0, 1)], []),
    "reset": ([(0, 127, 0), (0, None, 1)], [(0, 0.5)]),
    "never lifted": ([(0, 127, 1)], [(0.5, 2.0)]),
}


@pytest.mark.parametrize(("changes", "intervals"), PEDALS.values(), ids=PEDALS)
def test_one_pedal_is_down_while_it_is_on_any_channel(
    path: Path, changes: list[tuple[int, int | None, int]], intervals: list[tuple[float, float]]
) -> None:
    """Changes of channel, value (None resets all controllers) and quarters since the one before."""
    pedal = [
        control(121 if value is None else 64, value or 0, quarters * TICKS, channel=channel)
        for channel, value, quarters in changes
    ]
    read = _read(path, track(on(60), off(60, 4 * TICKS)), track(*pedal))
    assert read.pedal.tolist() == [list(each) for each in intervals]
