"""What a MIDI file may hold: only what touches notes or time can refuse it."""

from __future__ import annotations

from pathlib import Path

import mido
import numpy as np
import pytest

from experiments.odd_files.midi_bytes import (
    END,
    TICKS,
    chunk,
    control,
    file,
    header,
    meta,
    number,
    off,
    on,
    tempo,
    track,
)
from mir_models.errors import ParameterError, TrackError
from mir_models.notes.annotations import Notes
from storage.media import midi, midi_events

NOTE = on(60) + off(60, TICKS)
"""From 0 to 0.5 s."""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "x.mid"


def _intervals(path: Path, content: bytes) -> list[list[float]]:
    path.write_bytes(content)
    return midi.read(path).notes.intervals.tolist()


UNUSED = {
    "key of 8 sharps": meta(0x59, b"\x08\x00"),
    "key of 30 sharps": meta(0x59, b"\x1e\x01"),
    "empty key signature": meta(0x59),
    "short key signature": meta(0x59, b"\x00"),
    "empty time signature": meta(0x58),
    "short time signature": meta(0x58, b"\x04"),
    "time signature of 4 / 2**200": meta(0x58, b"\x04\xc8\x18\x08"),
    "short sequence number": meta(0x00, b"\x01"),
    "long channel prefix": meta(0x20, b"\x01\x02\x03"),
    "short SMPTE offset": meta(0x54, b"\x01"),
    "SMPTE offset of another rate": meta(0x54, b"\xff\xff\xff\xff\xff"),
    "text of bytes": meta(0x01, bytes(range(256))),
    "track name in Shift JIS": meta(0x03, "ピアノ".encode("shift_jis")),
    "unknown meta event": meta(0x70, b"\xff\xff"),
    "long meta event": meta(0x7F, bytes(1_200_000)),
    "sysex above 127": b"\x00\xf0\x04\x7f\xff\x80\xf7",
    "sysex that goes on": b"\x00\xf0\x02\x43\x12\x00\xf7\x02\x43\xf7",
    "long sysex": b"\x00\xf0" + number(1_200_000) + bytes(1_200_000),
    "escaped status": b"\x00\xf7\x01\xf4",
    "clock": b"\x00\xf8",
    "song position": b"\x00\xf2\x01\x02",
    "program above 127": b"\x00\xc0\xff",
    "controller above 127": b"\x00\xb0\x07\xff",
    "bend above 127": b"\x00\xe0\xff\xff",
}


@pytest.mark.parametrize("event", UNUSED.values(), ids=UNUSED)
@pytest.mark.parametrize("where", ["before", "within"])
def test_what_is_not_used_is_not_read(path: Path, event: bytes, where: str) -> None:
    events = (event, NOTE) if where == "before" else (on(60), event, off(60, TICKS))
    assert _intervals(path, file(track(*events))) == [[0.0, 0.5]]


NOTE_BODY = NOTE + END
LAYOUTS = {
    "chunk of another name": header(1) + chunk(b"XFIH", b"\x01\x02") + track(NOTE),
    "longer header": chunk(b"MThd", b"\x00\x01\x00\x01\x01\xe0\xaa\xbb") + track(NOTE),
    "RIFF": b"RIFF\x00\x01\x00\x00RMIDdata\x20\x00\x00\x00" + file(track(NOTE)) + b"LIST\x04\x00\x00\x00INFO",
    "MacBinary": bytes(128) + file(track(NOTE)) + bytes(50),
    "no end of track": header(1) + track(NOTE, end=b""),
    "bytes after the end of track": file(track(NOTE, end=END + b"\x93\xff\xff")),
    "zeros after the last track": file(track(NOTE)) + bytes(100),
    "text after the last track": file(track(NOTE)) + b"made by hand",
    "length of 0": file(track(NOTE, length=0)),
    "length beyond the file": file(track(NOTE, length=2**32 - 1)),
    "length into the next track": header(2) + track(tempo(500_000), length=200) + track(NOTE),
    "length over the next track": header(2) + track(tempo(500_000), length=11 + len(track(NOTE))) + track(NOTE),
    "length too short": file(track(NOTE, length=5)),
    "header of no tracks": header(0) + track(NOTE),
    "header of three tracks": header(3) + track(NOTE),
    "header of one track of two": header(1) + track(tempo(500_000)) + track(NOTE),
    "format 7": file(track(tempo(500_000)), track(NOTE), file_format=7),
    "format 2 of one track": file(track(NOTE), file_format=2),
    "format 0 of two tracks": file(track(tempo(500_000)), track(NOTE), file_format=0),
}


@pytest.mark.parametrize("content", LAYOUTS.values(), ids=LAYOUTS)
def test_layouts_that_programs_write_are_read(path: Path, content: bytes) -> None:
    assert _intervals(path, content) == [[0.0, 0.5]]


@pytest.mark.parametrize(
    "between", [meta(0x01, b"x"), b"\x00\xf0\x01\xf7", b"\x00\xf8"], ids=["meta", "sysex", "clock"]
)
def test_running_status_goes_on_across_other_events(path: Path, between: bytes) -> None:
    events = on(60), between, number(TICKS) + bytes((60, 0))
    assert _intervals(path, file(track(*events))) == [[0.0, 0.5]]


@pytest.mark.parametrize(
    ("division", "ticks"),
    [(-25 * 256 + 40, 1000), (-24 * 256 + 100, 2400), (-30 * 256 + 80, 2400), (-29 * 256 + 100, 3000 / 1.001)],
    ids=["25 frames of 40 ticks: milliseconds", "24", "30", "29: 29.97, drop frame"],
)
def test_smpte_time_code_is_read_and_tempo_has_no_influence(path: Path, division: int, ticks: float) -> None:
    """`ticks` are those of a second."""
    events = tempo(1_000_000), on(60, 500), off(60, 1000)
    (interval,) = _intervals(path, file(track(*events), division=division))
    np.testing.assert_allclose(interval, [500 / ticks, 1500 / ticks], rtol=1e-15)


BROKEN = {
    "velocity above 127": (file(track(b"\x00\x90\x3c\x80", NOTE)), "a byte above 127 in a note or controller"),
    "key above 127": (file(track(b"\x00\x90\x80\x40", NOTE)), "a byte above 127"),
    "short tempo": (file(track(meta(0x51, b"\x07\xa1"), NOTE)), "a tempo of 2 bytes"),
    "empty tempo": (file(track(meta(0x51), NOTE)), "a tempo of 0 bytes"),
    "tempo of 0": (file(track(tempo(0), NOTE)), "and 0 µs per quarter"),
    "no ticks": (file(track(NOTE), division=0), "a division of 0 ticks per quarter"),
    "no ticks per frame": (file(track(NOTE), division=-25 * 256), "0 ticks in each of 25 SMPTE frames"),
    "26 frames": (file(track(NOTE), division=-26 * 256 + 40), "40 ticks in each of 26 SMPTE frames"),
    "no status": (file(track(b"\x00\x3c\x40", NOTE)), r"an event without status \(track 1\)"),
    "undefined status": (file(track(b"\x00\xf4", NOTE)), "an undefined status 0xf4"),
    "long number": (file(track(b"\xff\xff\xff\xff\x7f", NOTE)), "a number of more than four bytes"),
    "cut in a note": (file(track(NOTE))[:-6], "a truncated file"),
    "cut in a tempo": (file(track(NOTE, tempo(500_000)))[:-6], "a truncated file"),
    "cut between notes": (file(track(NOTE, NOTE))[:-4], "a truncated file"),
    "cut in a track's header": (header(2) + track(NOTE) + b"MTrk\0\0", "a truncated file .track 2"),
    "no track": (header(3), "no track of 3"),
    "a web page": (b"<!DOCTYPE html>", "begins with b'<!DOCTYPE ht'"),
    "pedal above 127": (file(track(NOTE, b"\x00\xb0\x40\x80")), "a byte above 127"),
    "cut in a text": (file(track(NOTE, b"\x00\xff\x01\x20abc", end=b"")), "a truncated file"),
    "independent tracks": (file(track(NOTE), track(NOTE), file_format=2), "format 2, whose 2 tracks"),
    "40 days": (file(track(on(60), *[off(61, 2**28 - 1)] * 13), division=TICKS), "the longest possible"),
    "short header": (chunk(b"MThd", b"\x00\x01\x00\x01"), "a truncated header"),
}


@pytest.mark.parametrize(("content", "cause"), BROKEN.values(), ids=BROKEN)
def test_what_touches_notes_or_time_is_refused_by_name(path: Path, content: bytes, cause: str) -> None:
    path.write_bytes(content)
    with pytest.raises(TrackError, match=rf"readable MIDI file.*{cause}.*in x\.mid.*export it again"):
        midi.read(path)


def test_more_events_than_memory_holds_are_refused(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(midi_events, "MAX_EVENTS", 4)
    assert len(_intervals(path, file(track(NOTE), track(NOTE)))) == 2
    with pytest.raises(TrackError, match=r"more than 4 events of notes and controllers in x\.mid"):
        _intervals(path, file(track(NOTE), track(NOTE, control(64, 0))))


def test_more_tracks_than_a_header_names_are_refused(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(midi_events, "MAX_TRACKS", 2)
    assert len(_intervals(path, file(track(NOTE), track(NOTE)))) == 2
    with pytest.raises(TrackError, match=r"more than 2 tracks in x\.mid"):
        _intervals(path, file(track(NOTE), track(), track()))


def test_a_million_events_at_once_are_paired_in_seconds(path: Path) -> None:
    """One key, one tick: pairing takes time in proportion."""
    body = (on(60) * 100_000 + off(60) * 100_000) * 2
    assert len(_intervals(path, file(track(body)))) == 200_000


@pytest.mark.parametrize(("division", "seconds"), [(32_767, 220), (960, 7200), (960, 100_000), (1, 2_000_000)])
def test_the_length_is_limited_in_seconds_and_not_in_ticks(path: Path, division: int, seconds: int) -> None:
    late = on(60, division * 2 * seconds) if division * 2 * seconds < 2**28 else b""
    if not late:
        half = off(61, division * seconds)
        late = half + half + on(60)
    assert _intervals(path, file(track(late, off(60, division)), division=division)) == [[seconds, seconds + 0.5]]


def test_every_change_of_tempo_counts_to_the_tick(path: Path) -> None:
    """50 000 changes in two tracks, notes in a third: sums of integers, where sums of seconds would drift."""
    tempos = [300_000 + 7 * number for number in range(50_000)]
    first, second = (b"".join(tempo(each, 2) for each in tempos[start::2]) for start in (0, 1))
    notes = on(60, 1 + 2 * 25_000), off(60, 1)
    (interval,) = _intervals(path, file(track(first), track(second), track(*notes), division=7))
    microseconds = 2 * 500_000 + sum(2 * each for each in tempos[1::2][:-1]) + tempos[-1]
    np.testing.assert_allclose(interval, [microseconds / 7e6, (microseconds + tempos[-1]) / 7e6], rtol=1e-15)


@pytest.mark.parametrize(("seconds", "resolution"), [(3 * 3600, 480), (90 * 3600, 480), (90 * 3600, 960)])
def test_our_own_files_are_read_back_whatever_their_length(path: Path, seconds: int, resolution: int) -> None:
    notes = Notes([[0.5, 1.0], [seconds, seconds + 1]], [60, 62], [64, 65])
    late = np.array([[seconds, seconds + 2.0], [2 * seconds, 2 * seconds + 1]])
    path.write_bytes(midi.encode(notes, late, resolution=resolution))
    read = midi.read(path)
    np.testing.assert_allclose(read.notes.intervals, notes.intervals, atol=1e-9)
    np.testing.assert_allclose(read.pedal, late, atol=1e-9)
    assert max(event.time for each in mido.MidiFile(path).tracks for event in each) < 2**28


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ((0, 1, 128, 64), "pitches from 0 to 127.*Received: 128"),
        ((0, 1, -1, 64), "pitches from 0 to 127.*Received: -1"),
        ((0, 1, 60, 0), "velocities from 1 to 127.*Received: 0"),
        ((0, 1, 60, 128), "velocities from 1 to 127.*Received: 128"),
        ((2, 1, 60, 64), "offsets after 0 s and not before their onsets.*Received: 1"),
        ((-2, -1, 60, 64), "offsets after 0 s.*Received: -1"),
        ((0, np.nan, 60, 64), "offsets after 0 s.*Received: nan"),
        ((0, np.inf, 60, 64), "times below 2,592,000 s.*Received: inf"),
    ],
)
def test_notes_that_a_midi_file_cannot_hold_are_not_written(row: tuple[float, float, int, int], expected: str) -> None:
    start, end, pitch, velocity = row
    with pytest.raises(ParameterError, match=expected):
        midi.encode(Notes([[0, 1], [start, end]], [60, pitch], [64, velocity]))


def test_a_note_shorter_than_a_tick_is_written_as_long_as_one(path: Path) -> None:
    path.write_bytes(midi.encode(Notes([[1.0, 1.0], [1.0, 1.0001], [3.0, 4.0]], [60, 62, 60], [64, 65, 66])))
    tick = 0.5 / TICKS
    read = midi.read(path)
    np.testing.assert_allclose(read.notes.intervals, [[1, 1 + tick], [1, 1 + tick], [3, 4]], atol=1e-9)
    assert read.counts == midi.MidiCounts()


def test_a_pedal_shorter_than_a_tick_does_not_stay_down(path: Path) -> None:
    notes = Notes([[0, 4]], [60], [64])
    path.write_bytes(midi.encode(notes, np.array([[1.0, 1.0], [2.0, 2.0001], [3.0, 3.5]])))
    np.testing.assert_allclose(midi.read(path).pedal, [[3.0, 3.5]], atol=1e-9)
