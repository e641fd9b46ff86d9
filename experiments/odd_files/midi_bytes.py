"""MIDI files byte by byte, also such as no library writes."""

from __future__ import annotations

import struct

END = (0, b"\xff\x2f\0")
"""The end of a track, at once."""
Event = tuple[int, bytes]
"""Ticks since the event before, and its bytes."""


def on(pitch: int = 60, velocity: int = 64, *, channel: int = 0) -> bytes:
    """Note on."""
    return bytes([0x90 | channel, pitch, velocity])


def off(pitch: int = 60, *, channel: int = 0) -> bytes:
    """Note off."""
    return bytes([0x80 | channel, pitch, 0])


def control(number: int, value: int, *, channel: int = 0) -> bytes:
    """A controller's value."""
    return bytes([0xB0 | channel, number, value])


def meta(number: int, content: bytes) -> bytes:
    """A meta event."""
    return bytes([0xFF, number, len(content)]) + content


def tempo(microseconds: int) -> bytes:
    """Microseconds of a quarter."""
    return meta(0x51, microseconds.to_bytes(3, "big"))


def track(*events: Event, size: int | None = None) -> bytes:
    """A track; `size` in place of the right one."""
    content = b"".join(_quantity(ticks) + event for ticks, event in (*events, END))
    return b"MTrk" + struct.pack(">I", len(content) if size is None else size) + content


def file(*tracks: bytes, format: int = 1, division: int = 480, n_tracks: int | None = None) -> bytes:
    """A file; `n_tracks` in place of the right number."""
    count = len(tracks) if n_tracks is None else n_tracks
    return struct.pack(">4sIHHH", b"MThd", 6, format, count, division) + b"".join(tracks)


def smpte(frames: int, ticks: int) -> int:
    """The division of a file whose ticks are parts of frames per second."""
    return (256 - frames) << 8 | ticks


def one_note(*before: bytes, division: int = 480) -> bytes:
    """A file of one note, C4 for 480 ticks, after other events."""
    return file(track(*((0, event) for event in before), (0, on()), (480, off())), division=division)


def _quantity(value: int) -> bytes:
    """A number in groups of seven bits, the highest first."""
    groups = [value & 0x7F]
    while value := value >> 7:
        groups.append(value & 0x7F | 0x80)
    return bytes(reversed(groups))
