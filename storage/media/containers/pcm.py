"""Uncompressed audio: the number of bytes of samples by the header of a WAV, RF64, AIFF, AU or CAF file.

Programs that write a stream do not know its length, and put a size into the header that stands for none: 0, −1, 2³¹ − 1
or a round number just below. A size of four bytes also wraps around in files beyond 4 GiB.

Sources: Microsoft/IBM RIFF (1991), EBU Tech 3306 (RF64), Apple AIFF 1.3 and CAF 1.0, the AU header of Sun.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

from storage.media.containers import mpeg
from storage.media.containers.layout import TRUNCATED, Bytes, Layout

_ROUND = 8192
"""Bytes below 2³¹, 2³² and 2⁶⁴ in which a size is that of a stream: 0x7ffff000 is what SoX writes."""
_WRAP = 2**32 - _ROUND
"""Bytes behind the samples from which on they are samples as well."""
_SOX_AIFF = 0x7F000000
"""What SoX writes for an AIFF file into a pipe."""
_MP3_IN_WAV = 0x55
"""The format code of a WAV file that holds MPEG audio."""


@dataclass(frozen=True)
class SizeField:
    """Where a header tells the size of the samples.

    Attributes
    ----------
    position, n_bytes : int
        Of the field in the file.
    order : {"little", "big"}
    first : int
        Position of the bytes that the size counts.
    overhead : int
        Bytes among them that are no samples.
    format : int
        Code of the samples' format in a WAV file, else 0.
    """

    position: int
    n_bytes: int
    order: Literal["little", "big"]
    first: int
    overhead: int = 0
    format: int = 0


def layout(data: Bytes) -> Layout | None:
    """See `storage.media.containers`; None where it is no such file, or has no samples."""
    field = next((found for find in _FINDERS if (found := find(data)) is not None), None)
    if field is None:
        return None
    if field.format == _MP3_IN_WAV:
        return mpeg.layout(data, field.first)
    size = int.from_bytes(data[field.position : field.position + field.n_bytes], field.order)
    available = len(data) - field.first
    if size == available or available <= 0:
        return Layout()
    if is_placeholder(size - field.overhead, field.n_bytes) or is_placeholder(size, field.n_bytes):
        return Layout(patches=_patch(field, available)) if not _ends_with_chunks(data, field, size) else Layout()
    if size > available:
        return Layout(damage=TRUNCATED)
    behind = _other_bytes(data, field, size)
    if behind >= _WRAP:
        return Layout(patches=_patch(field, available))
    return Layout(damage=f"{behind} bytes behind the samples that its header counts" if behind else "")


def is_placeholder(size: int, n_bytes: int) -> bool:
    """Whether a size in a header stands for a length that was not known when it was written."""
    return (
        size <= 1
        or size == _SOX_AIFF
        or any(2**bits - _ROUND <= size <= 2**bits for bits in (31, 32, 63, 64) if bits <= 8 * n_bytes)
    )


def _patch(field: SizeField, size: int) -> dict[int, bytes]:
    """The size that is there, in the field's place; the largest that it can hold where it is larger."""
    return {field.position: min(size, 2 ** (8 * field.n_bytes) - 1).to_bytes(field.n_bytes, field.order)}


def _ends_with_chunks(data: Bytes, field: SizeField, size: int) -> bool:
    """Whether a chunk follows samples of a size, which therefore is no placeholder: an empty recording."""
    return 0 <= size < len(data) - field.first and _is_chunk(data, field.first + size, field.order)


def _other_bytes(data: Bytes, field: SizeField, size: int) -> int:
    """The number of bytes behind the samples where it is large and they are no chunk, tag or padding; else 0.

    From `_WRAP` on they are samples: the size has wrapped around.
    """
    end = field.first + size
    n = len(data) - end
    if n <= max(_ROUND, size // 8) or any(_is_named(data[start : start + 4]) for start in (end, end + 1)):
        return 0
    is_padding = not any(data[end : end + _ROUND])
    return 0 if is_padding or _is_chunk(data, end, field.order) else n


def _is_named(name: bytes) -> bool:
    """Whether four bytes are the name of a chunk or of a tag."""
    return len(name) == 4 and (name[:3] in (b"ID3", b"TAG", b"APE") or all(32 <= byte < 127 for byte in name))


def _is_chunk(data: Bytes, position: int, order: Literal["little", "big"]) -> bool:
    """Whether a chunk begins at a position whose size is that of a chunk within the file."""
    header = data[position : position + 8]
    size = int.from_bytes(header[4:], order)
    return len(header) == 8 and position + 8 + size <= len(data) and (_is_named(header[:4]) or size > _ROUND)


def _chunks(data: Bytes, first: int, order: Literal["little", "big"], n_bytes: int = 4) -> Iterator[tuple[bytes, int]]:
    """Name and position of every chunk from a position on, up to the first whose header is not there."""
    position, header = first, 4 + n_bytes
    while position + header <= len(data):
        yield data[position : position + 4], position
        size = int.from_bytes(data[position + 4 : position + header], order)
        position += header + size + (size % 2 if n_bytes == 4 else 0)  # Sizes of eight bytes are not padded.


def _wav(data: Bytes) -> SizeField | None:
    """RIFF or RIFX, and RF64, whose size stands in the chunk ds64."""
    if data[:4] not in (b"RIFF", b"RIFX", b"RF64") or data[8:12] != b"WAVE":
        return None
    order: Literal["little", "big"] = "big" if data[:4] == b"RIFX" else "little"
    format, long_size = 0, 0
    for name, position in _chunks(data, 12, order):
        if name == b"fmt ":
            format = int.from_bytes(data[position + 8 : position + 10], order)
        elif name == b"ds64":
            long_size = position + 16
        elif name == b"data":
            field, n_bytes = (long_size, 8) if long_size else (position + 4, 4)
            return SizeField(field, n_bytes, order, position + 8, format=format)
    return None


def _aiff(data: Bytes) -> SizeField | None:
    """AIFF and AIFC: the chunk SSND has two numbers before its samples."""
    if data[:4] != b"FORM" or data[8:12] not in (b"AIFF", b"AIFC"):
        return None
    found = (position for name, position in _chunks(data, 12, "big") if name == b"SSND")
    return next((SizeField(at + 4, 4, "big", at + 8, overhead=8) for at in found), None)


def _au(data: Bytes) -> SizeField | None:
    """AU: the second number of the header, of the byte order of the file."""
    if data[:4] not in (b".snd", b"dns."):
        return None
    order: Literal["little", "big"] = "big" if data[:4] == b".snd" else "little"
    return SizeField(8, 4, order, int.from_bytes(data[4:8], order))


def _caf(data: Bytes) -> SizeField | None:
    """CAF: sizes of eight bytes, and four bytes before the samples."""
    if data[:4] != b"caff":
        return None
    found = (position for name, position in _chunks(data, 8, "big", 8) if name == b"data")
    return next((SizeField(at + 4, 8, "big", at + 12, overhead=4) for at in found), None)


_FINDERS: tuple[Callable[[Bytes], SizeField | None], ...] = (_wav, _aiff, _au, _caf)
