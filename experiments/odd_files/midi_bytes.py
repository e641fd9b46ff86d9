"""MIDI files byte by byte, also such as no library writes; the tests of the reader use it as well.

An event is the ticks since the one before, and its bytes.
"""

from __future__ import annotations

import struct

TICKS = 480
"""Per quarter: 0.5 s at 120 quarters per minute."""
END = b"\x00\xff\x2f\x00"
"""The end of a track, at once."""


def number(value: int) -> bytes:
    """A number in groups of seven bits, the highest first."""
    groups = [value & 0x7F]
    while value := value >> 7:
        groups.append(value & 0x7F | 0x80)
    return bytes(reversed(groups))


def on(pitch: int = 60, delta: int = 0, *, channel: int = 0, velocity: int = 64) -> bytes:
    """Note on, `delta` ticks after the event before."""
    return number(delta) + bytes((0x90 | channel, pitch, velocity))


def off(pitch: int = 60, delta: int = 0, *, channel: int = 0) -> bytes:
    """Note off."""
    return number(delta) + bytes((0x80 | channel, pitch, 0))


def note(pitch: int = 60, duration: int = TICKS, *, channel: int = 0) -> bytes:
    """Note on, and its note-off."""
    return on(pitch, channel=channel) + off(pitch, duration, channel=channel)


def control(controller: int, value: int, delta: int = 0, *, channel: int = 0) -> bytes:
    """A controller's value."""
    return number(delta) + bytes((0xB0 | channel, controller, value))


def meta(kind: int, content: bytes = b"", delta: int = 0) -> bytes:
    """A meta event."""
    return number(delta) + bytes((0xFF, kind)) + number(len(content)) + content


def tempo(microseconds: int, delta: int = 0) -> bytes:
    """Microseconds of a quarter."""
    return meta(0x51, microseconds.to_bytes(3, "big"), delta)


def chunk(name: bytes, content: bytes, *, length: int | None = None) -> bytes:
    """A chunk; `length` in place of the right one."""
    return name + struct.pack(">I", len(content) if length is None else length) + content


def track(*events: bytes, end: bytes = END, length: int | None = None) -> bytes:
    """A track; `length` in place of the right one."""
    return chunk(b"MTrk", b"".join(events) + end, length=length)


def header(n_tracks: int, *, division: int = TICKS, file_format: int = 1) -> bytes:
    """The header of a file of some tracks."""
    return chunk(b"MThd", struct.pack(">HHH", file_format, n_tracks, division & 0xFFFF))


def file(*tracks: bytes, division: int = TICKS, file_format: int = 1, n_tracks: int | None = None) -> bytes:
    """A file; `n_tracks` in place of the right number."""
    count = len(tracks) if n_tracks is None else n_tracks
    return header(count, division=division, file_format=file_format) + b"".join(tracks)


def smpte(frames: int, ticks: int) -> int:
    """The division of a file whose ticks are parts of frames per second."""
    return -frames * 256 + ticks


def one_note(*before: bytes, division: int = TICKS) -> bytes:
    """A file of one note, C4 for 480 ticks, after other events."""
    return file(track(*before, note()), division=division)
