"""FLAC: the number of samples by its last frame, which a header written before its data does not tell.

Source: RFC 9639. ffmpeg and flac write a total of 0 into a pipe; libsndfile loses the end of such a file.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

from storage.media.containers.layout import TRUNCATED, Bytes, Layout

_MARKER = b"fLaC\x00\x00\x00\x22"
"""The marker, and the head of STREAMINFO, when it is not the only block of metadata."""
_TOTAL = 18
"""Position of the eight bytes in STREAMINFO whose last 36 bits are the number of samples."""
_TOTAL_BITS = 36
_TAIL = 2**18
"""Bytes at the end of a file that hold its last frame."""
_CANDIDATES = 3
"""How many of the last headers may be that of the last frame: what looks like one may be among its samples."""


@dataclass(frozen=True)
class Frame:
    """A frame: its position in the tail, its first sample, and its number of samples."""

    position: int
    first: int
    n_samples: int

    @property
    def end(self) -> int:
        """The sample after its last one."""
        return self.first + self.n_samples


def layout(data: Bytes) -> Layout | None:
    """See `storage.media.containers`; None where it is no FLAC file."""
    if data[:4] != b"fLaC" or len(data) < _TOTAL + 8:
        return None
    starts = _starts(data)
    if len(starts) > 1:
        return Layout(tuple(((start, end),) for start, end in zip(starts, [*starts[1:], len(data)], strict=True)))
    declared, (end, complete) = _declared(data), _end(data)
    if end is None or end == declared:
        return Layout()
    packed = int.from_bytes(data[_TOTAL : _TOTAL + 8], "big") >> _TOTAL_BITS << _TOTAL_BITS | end
    damage = "" if complete and declared < end else TRUNCATED
    return Layout(patches={_TOTAL: packed.to_bytes(8, "big")}, damage=damage)


def _starts(data: Bytes) -> list[int]:
    """Where files begin that were joined byte by byte."""
    starts, position = [0], data.find(_MARKER, 4)
    while position >= 0:
        starts.append(position)
        position = data.find(_MARKER, position + 1)
    return starts


def _declared(data: Bytes) -> int:
    return int.from_bytes(data[_TOTAL : _TOTAL + 8], "big") & (2**_TOTAL_BITS - 1)


def _end(data: Bytes) -> tuple[int | None, bool]:
    """The sample after the last whole frame, None where it is not found; and whether the file ends with that frame.

    The last frame is the one whose checksum holds at the end of the file, or whose end the header names. Where there is
    none, it is the last one that another frame follows.
    """
    tail, block_size = data[-_TAIL:], int.from_bytes(data[10:12], "big")
    frames = _frames(tail, block_size)
    for frame in reversed(frames[-_CANDIDATES:]):
        if _remainder(tail[frame.position : -2], 0x8005, 16) == int.from_bytes(tail[-2:], "big"):
            return frame.end, True
    if any(frame.end == _declared(data) for frame in frames):
        return _declared(data), True
    followed = [before.end for before, after in pairwise(frames) if before.end == after.first]
    return (followed[-1] if followed else None), False


def _frames(tail: bytes, block_size: int) -> list[Frame]:
    """All frames whose header's checksum holds."""
    found = (_frame(tail, match.start(), block_size) for match in re.finditer(rb"\xff[\xf8\xf9]", tail))
    return [frame for frame in found if frame is not None]


def _frame(tail: bytes, position: int, block_size: int) -> Frame | None:
    """The frame at a position; None where there is none."""
    head = tail[position : position + 16].ljust(16, b"\0")  # The last frame, of a constant, may be shorter.
    if head[3] & 1:
        return None
    size_code, rate_code = head[2] >> 4, head[2] & 15
    number, at = _coded_number(head, 4)
    size_bytes, rate_bytes = {6: 1, 7: 2}.get(size_code, 0), {12: 1, 13: 2, 14: 2}.get(rate_code, 0)
    end = at + size_bytes + rate_bytes
    if size_code == 0 or rate_code == 15 or number is None or _remainder(head[:end], 0x07, 8) != head[end]:
        return None
    n_samples = int.from_bytes(head[at : at + size_bytes], "big") + 1 if size_bytes else _block_size(size_code)
    return Frame(position, number if head[1] & 1 else number * block_size, n_samples)


def _block_size(code: int) -> int:
    return 192 if code == 1 else 576 << code - 2 if code < 8 else 256 << code - 8


def _coded_number(head: bytes, at: int) -> tuple[int | None, int]:
    """A number coded as in UTF-8, in up to seven bytes, and the position after it."""
    ones = 8 - (head[at] ^ 0xFF).bit_length()
    if ones in (1, 8):
        return None, at
    number = head[at] & (0x7F >> ones)
    for byte in head[at + 1 : at + max(ones, 1)]:
        number = number << 6 | byte & 0x3F
    return number, at + max(ones, 1)


def _remainder(data: bytes, polynomial: int, n_bits: int) -> int:
    """The checksum of bytes by a cyclic code of `n_bits`."""
    crc, mask, table = 0, (1 << n_bits) - 1, _remainders(polynomial, n_bits)
    for byte in data:
        crc = (crc << 8 & mask) ^ table[crc >> n_bits - 8 ^ byte]
    return crc


@cache
def _remainders(polynomial: int, n_bits: int) -> list[int]:
    """The checksum of every byte."""
    table, top, mask = [], 1 << n_bits - 1, (1 << n_bits) - 1
    for byte in range(256):
        crc = byte << n_bits - 8
        for _ in range(8):
            crc = (crc << 1 ^ polynomial if crc & top else crc << 1) & mask
        table.append(crc)
    return table
