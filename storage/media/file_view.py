"""A file seen as some of its bytes, a few of them changed, of a length that is not known."""

from __future__ import annotations

import io
import os
from bisect import bisect_right
from collections.abc import Mapping
from itertools import accumulate
from pathlib import Path
from typing import Any

from storage.media.containers.layout import Segments

UNKNOWN_LENGTH = 2**63 - 1
"""The length of a file that libsndfile reads to its end, counting its frames."""


class FileView(io.RawIOBase):
    """Stretches of a file, joined and patched.

    Parameters
    ----------
    path : Path
    segments : Segments
    patches : mapping of int to bytes
        Bytes by position in the file.
    length_known : bool
        Whether `tell` reports the length after a move to the end, or `UNKNOWN_LENGTH`.
    """

    def __init__(self, path: Path, segments: Segments, patches: Mapping[int, bytes], *, length_known: bool) -> None:
        self._file, self._segments, self._patches = open(path, "rb"), segments, patches  # noqa: SIM115
        self._starts = [0, *accumulate(end - start for start, end in segments)]
        self._position, self._at_end, self._length_known = 0, False, length_known

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Move to a byte."""
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self._starts[-1]}[whence]
        self._position, self._at_end = base + offset, whence == os.SEEK_END
        return self._position

    def tell(self) -> int:
        """The position; after a move to the end, the length where it is known."""
        return UNKNOWN_LENGTH if self._at_end and not self._length_known else self._position

    def readinto(self, buffer: Any) -> int:
        """Read bytes at the position, up to the end of a stretch."""
        n = 0
        while n < len(buffer) and (data := self._read_segment(len(buffer) - n)):
            buffer[n : n + len(data)] = data
            n += len(data)
            self._position += len(data)
        return n

    def write(self, data: Any) -> int:
        """Nothing is written: soundfile asks for the method."""
        raise io.UnsupportedOperation("write")

    def close(self) -> None:
        """Close the file."""
        self._file.close()
        super().close()

    def _read_segment(self, n: int) -> bytes:
        """At most `n` bytes at the position, of one stretch."""
        index = bisect_right(self._starts, self._position) - 1
        if not 0 <= index < len(self._segments):
            return b""
        start, end = self._segments[index]
        first = start + self._position - self._starts[index]
        self._file.seek(first)
        return self._patched(self._file.read(min(n, end - first)), first)

    def _patched(self, data: bytes, first: int) -> bytes:
        changed = bytearray(data)
        for position, patch in self._patches.items():
            for at, byte in enumerate(patch, start=position - first):
                if 0 <= at < len(changed):
                    changed[at] = byte
        return bytes(changed)
