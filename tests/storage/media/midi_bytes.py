"""MIDI files byte by byte, for what writers of MIDI files refuse to write."""

from __future__ import annotations

TICKS = 480
"""Per quarter: 0.5 s at 120 quarters per minute."""
END = b"\x00\xff\x2f\x00"


def number(value: int) -> bytes:
    """A number of variable length."""
    groups = [value & 0x7F]
    while value := value >> 7:
        groups.append(value & 0x7F | 0x80)
    return bytes(reversed(groups))


def on(key: int, delta: int = 0, *, channel: int = 0, velocity: int = 80) -> bytes:
    return number(delta) + bytes((0x90 | channel, key, velocity))


def off(key: int, delta: int = 0, *, channel: int = 0) -> bytes:
    return number(delta) + bytes((0x80 | channel, key, 0))


def control(controller: int, value: int, delta: int = 0, *, channel: int = 0) -> bytes:
    return number(delta) + bytes((0xB0 | channel, controller, value))


def meta(kind: int, data: bytes = b"", delta: int = 0) -> bytes:
    return number(delta) + bytes((0xFF, kind)) + number(len(data)) + data


def tempo(microseconds: int, delta: int = 0) -> bytes:
    return meta(0x51, microseconds.to_bytes(3, "big"), delta)


def chunk(name: bytes, body: bytes, *, length: int | None = None) -> bytes:
    return name + (len(body) if length is None else length).to_bytes(4, "big") + body


def track(*events: bytes, end: bytes = END, length: int | None = None) -> bytes:
    return chunk(b"MTrk", b"".join(events) + end, length=length)


def header(n_tracks: int, *, division: int = TICKS, file_format: int = 1) -> bytes:
    words = (file_format, n_tracks, division & 0xFFFF)
    return chunk(b"MThd", b"".join(word.to_bytes(2, "big") for word in words))


def file(*tracks: bytes, division: int = TICKS, file_format: int = 1) -> bytes:
    return header(len(tracks), division=division, file_format=file_format) + b"".join(tracks)
