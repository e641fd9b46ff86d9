"""MIDI files: every note, every pedal, and an error by name for every file that cannot be read."""

from __future__ import annotations

import io
from pathlib import Path

import mido
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mir_models.errors import TrackError
from mir_models.notes.annotations import NO_NOTES, Notes
from storage.media import midi
from tests.conftest import notes_of

TICKS = 480
"""Per quarter: 0.5 s at 120 quarters per minute."""


def _file(path: Path, *tracks: list[mido.Message | mido.MetaMessage]) -> Path:
    file = mido.MidiFile(type=1, ticks_per_beat=TICKS)
    for messages in tracks:
        file.tracks.append(mido.MidiTrack(messages))
    file.save(str(path))
    return path


def _on(pitch: int, time: int = 0, velocity: int = 80, channel: int = 0) -> mido.Message:
    return mido.Message("note_on", note=pitch, velocity=velocity, time=time, channel=channel)


def _off(pitch: int, time: int = 0, channel: int = 0) -> mido.Message:
    return mido.Message("note_off", note=pitch, time=time, channel=channel)


def _pedal(value: int, time: int = 0) -> mido.Message:
    return mido.Message("control_change", control=64, value=value, time=time)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "x.mid"


def test_a_pedal_and_an_idle_end_are_written(path: Path) -> None:
    pedal = np.array([[0.5, 1.5], [2.0, 3.0]])
    notes = Notes(np.array([[0.25, 0.75]]), np.array([60]), np.array([90]))
    path.write_bytes(midi.encode(notes, pedal, until=5.0, resolution=960))
    read = midi.read(path)
    np.testing.assert_allclose(read.pedal, pedal, atol=1e-3)
    np.testing.assert_allclose(read.notes.intervals, notes.intervals, atol=1e-3)
    file = mido.MidiFile(str(path))
    assert (file.ticks_per_beat, file.length) == (960, pytest.approx(5.0, abs=1e-3))


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 40))
def test_what_is_written_is_read_within_a_millisecond(
    tmp_path_factory: pytest.TempPathFactory, seed: int, n: int
) -> None:
    played = notes_of(seed, n=n)
    same_key_apart = np.r_[True, np.diff(np.sort(played.pitches)) != 0]
    played = played.where(same_key_apart[np.argsort(np.argsort(played.pitches, kind="stable"), kind="stable")])
    path = tmp_path_factory.getbasetemp() / "written.mid"
    path.write_bytes(midi.encode(played))
    read = midi.read(path)
    order, ref_order = (np.lexsort((each.onset_times, each.pitches)) for each in (read.notes, played))
    np.testing.assert_array_equal(read.notes.pitches[order], played.pitches[ref_order])
    np.testing.assert_array_equal(read.notes.velocities[order], played.velocities[ref_order])
    np.testing.assert_allclose(read.notes.intervals[order], played.intervals[ref_order], atol=1.1e-3)
    assert (read.pedal.shape, read.counts) == ((0, 2), midi.MidiCounts())


def test_a_note_before_the_beginning_begins_with_it(path: Path) -> None:
    path.write_bytes(midi.encode(Notes([[-0.2, 0.5]], [60], [64])))
    np.testing.assert_allclose(midi.read(path).notes.intervals, [[0.0, 0.5]], atol=1e-3)


@pytest.mark.parametrize("tempo_first", [True, False])
def test_changes_of_tempo_are_followed_in_whatever_track(path: Path, tempo_first: bool) -> None:
    slow = mido.MetaMessage("set_tempo", tempo=1_000_000, time=TICKS)
    tracks = [[slow], [_on(60), _off(60, TICKS), _on(62), _off(62, TICKS)]]
    _file(path, *(tracks if tempo_first else reversed(tracks)))
    np.testing.assert_allclose(midi.read(path).notes.intervals, [[0.0, 0.5], [0.5, 1.5]], atol=1e-3)


def test_all_instruments_but_drums_play(path: Path) -> None:
    _file(path, [_on(60), _off(60, 96)], [_on(64, channel=3), _off(64, 96, 3)], [_on(38, channel=9), _off(38, 96, 9)])
    read = midi.read(path)
    assert (read.notes.pitches.tolist(), read.counts.drums) == ([60, 64], 1)


def test_a_note_on_without_velocity_is_a_note_off(path: Path) -> None:
    _file(path, [_on(60), _on(60, TICKS, 0)])
    np.testing.assert_allclose(midi.read(path).notes.intervals, [[0.0, 0.5]], atol=1e-3)


@pytest.mark.parametrize(
    ("changes", "intervals"),
    [
        ([_pedal(127), _pedal(0, TICKS)], [(0.0, 0.5)]),
        ([_pedal(64), _pedal(63, TICKS)], [(0.0, 0.5)]),
        ([_pedal(63), _pedal(0, TICKS)], []),
        ([_pedal(70), _pedal(127, 96), _pedal(90, 96), _pedal(10, TICKS - 192)], [(0.0, 0.5)]),
        ([_pedal(127, TICKS), _pedal(0, 0), _pedal(127, TICKS), _pedal(0, TICKS)], [(0.5, 0.5), (1.0, 1.5)]),
        ([_pedal(0), _pedal(127, TICKS)], [(0.5, 2.0)]),
    ],
    ids=["down and up", "from 64", "not below 64", "half-pedalling", "twice", "never lifted"],
)
@pytest.mark.parametrize("own_track", [False, True])
def test_the_pedal_is_down_from_64_in_whatever_track(
    path: Path, changes: list[mido.Message], intervals: list[tuple[float, float]], own_track: bool
) -> None:
    held = [_on(60), _off(60, 4 * TICKS)]
    _file(path, held, changes) if own_track else _file(path, list(mido.merge_tracks([held, changes])))
    read = midi.read(path).pedal
    np.testing.assert_allclose(read, np.reshape(intervals, (-1, 2)), atol=1e-3)


def test_other_controls_are_no_pedal(path: Path) -> None:
    soft = mido.Message("control_change", control=67, value=127)
    _file(path, [soft, _on(60), _off(60, 96)])
    assert len(midi.read(path).pedal) == 0


@pytest.mark.parametrize("what", ["nothing", "drums only"])
def test_a_file_without_notes_is_refused_by_name(path: Path, what: str) -> None:
    if what == "nothing":
        path.write_bytes(midi.encode(NO_NOTES))
    else:
        _file(path, [_on(38, channel=9), _off(38, 96, 9)])
    with pytest.raises(TrackError, match=r"with notes.*no note in x.mid"):
        midi.read(path)


@pytest.mark.parametrize("content", [b"", b"MThd", b"RIFF....WAVE", b"\x00" * 100, "Für Elise".encode()])
def test_what_is_no_midi_file_is_refused_by_name(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    with pytest.raises(TrackError, match=r"readable MIDI file.*x.mid.*Remedy"):
        midi.read(path)


def test_a_key_held_in_two_tracks_is_two_notes(path: Path) -> None:
    _file(path, [_on(60), _off(60, 2 * TICKS)], [_on(60, TICKS), _off(60, 2 * TICKS)])
    np.testing.assert_allclose(midi.read(path).notes.intervals, [[0.0, 1.0], [0.5, 1.5]], atol=1e-3)


def test_a_missing_file_is_refused_by_name(path: Path) -> None:
    with pytest.raises(TrackError, match=r"x\.mid"):
        midi.read(path)


def _rich() -> bytes:
    """A file with something of everything in it."""
    file, track = mido.MidiFile(type=1), mido.MidiTrack()
    names = ("key_signature", "time_signature", "set_tempo", "smpte_offset", "text", "sequence_number", "lyrics")
    track += [mido.MetaMessage(name) for name in names]
    track += [mido.Message("sysex", data=[1, 2, 3]), mido.Message("program_change", program=3)]
    track += [_on(60), _pedal(127, 5), _off(60, 100), mido.Message("pitchwheel", pitch=3), _pedal(0, 7)]
    file.tracks.append(track)
    buffer = io.BytesIO()
    file.save(file=buffer)
    return buffer.getvalue()


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    cut=st.integers(1, 400),
    changes=st.dictionaries(st.integers(0, 399), st.integers(0, 255), max_size=4),
)
def test_a_broken_file_is_read_or_refused_but_never_anything_else(
    path: Path, cut: int, changes: dict[int, int]
) -> None:
    content = bytearray(_rich())
    for at, byte in changes.items():
        content[at % len(content)] = byte
    path.write_bytes(content[:cut])
    try:
        intervals = midi.read(path).notes.intervals
    except TrackError:
        return
    assert len(intervals)
    assert np.isfinite(intervals).all()
