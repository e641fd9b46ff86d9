"""MPEG audio (MP3): the frames that a file holds, counted by their headers, and how many its Xing or Info tag names.

A decoder estimates the length of a file without that tag by its size and the bit rate of its first frame, which is
wrong for a variable bit rate; it gives up at bytes that are no frames. So it is given the frames alone where the tag
does not name them all. mutagen and tinytag read tags and estimate as well: they count no frames.

Sources: ISO/IEC 11172-3 and 13818-3 (headers), the Xing tag as LAME writes it, VBRI as Fraunhofer's encoder does.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from storage.media.containers.layout import TRUNCATED, Bytes, Layout, Segments

_BITRATES = {
    (1, 1): (0, 32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448),
    (1, 2): (0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384),
    (1, 3): (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    (2, 1): (0, 32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256),
    (2, 2): (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
"""kbit/s by MPEG version (2 for 2.5 as well) and layer (2 for III as well in version 2)."""
_SAMPLING_RATES = {3: (44100, 48000, 32000), 2: (22050, 24000, 16000), 0: (11025, 12000, 8000)}
"""Hz by the version bits of a header: MPEG 1, 2 and 2.5."""
_SYNC = re.compile(rb"\xff[\xe2-\xe7\xf2-\xff][\x10-\xef]")
"""The first bytes of a header: a sync word, a version and a layer that there are, a bit rate that is given."""
_FREE_FORMAT = re.compile(rb"\xff[\xe2-\xe7\xf2-\xff][\x00-\x0f].", re.DOTALL)
"""A header without a bit rate."""
_MAX_TRIMMED = 2 * 4095 + 1152
"""Samples of its frames that a file may leave out at most, as the delay and padding of its encoder."""
_TAG_OFFSETS = {(1, False): 36, (1, True): 21, (2, False): 21, (2, True): 13}
"""Bytes from the start of the first frame to its Xing tag, by version and whether it is mono."""
_MAX_DECLARED = 2**30
"""Number of frames from which a tag's count stands for none."""
_SYNC_FRAMES = 3
"""Frames in a row by which a stream is recognised."""
_OTHER_FORMATS = (b"fLaC", b"RIFF", b"RIFX", b"RF64", b"FORM", b"OggS", b".snd", b"caff", b"riff")
"""Beginnings of files that libsndfile reads whatever their extension."""
_TAGS = (b"ID3", b"TAG", b"APE", b"LYR")
"""How tags begin that stand behind frames, or between them where files were joined."""


@dataclass(frozen=True)
class Header:
    """The header of a frame: MPEG version (1 or 2), layer, Hz, channels, and length in bytes and samples."""

    version: int
    layer: int
    sr: int
    channels: int
    n_bytes: int
    n_samples: int

    @property
    def kind(self) -> tuple[int, int, int]:
        """Version, layer and sampling rate, which the frames of one stream share."""
        return self.version, self.layer, self.sr


@dataclass(frozen=True)
class Frames:
    """The frames of a file.

    Attributes
    ----------
    segments : Segments
        Stretches of bytes with frames and nothing else, without the first frame where that is a tag.
    headers : list of Header
        Of the frames in them.
    tag : (int, int) or None
        The bytes of the first frame where it is a Xing, Info or VBRI tag.
    declared : int
        Frames that the tag names; 0 where it does not tell.
    """

    segments: Segments
    headers: list[Header]
    tag: tuple[int, int] | None
    declared: int

    @property
    def tag_holds(self) -> bool:
        """Whether the tag names the frames that are there, within one: encoders differ in whether they count it."""
        return self.tag is not None and abs(self.declared - len(self.headers)) <= 1


def layout(data: Bytes, start: int = 0) -> Layout | None:
    """See `storage.media.containers`; the frames begin after `start`.

    None where there are none, or of the free format, whose frames do not give their length.
    """
    frames = find_frames(data, start)
    if frames is None:
        return None
    if len({(header.sr, header.channels) for header in frames.headers}) > 1:
        return Layout(unreadable="MP3 of several sampling rates or numbers of channels")
    n_samples = max(0, sum(header.n_samples for header in frames.headers) - _MAX_TRIMMED)
    tag = (frames.tag,) if frames.tag_holds and frames.tag and not _is_vbri(data, frames.tag[0]) else ()
    stretches = (*tag, *frames.segments)
    as_it_is = tag and not start and _holds_nothing_else(data, stretches)
    streams = () if as_it_is else (stretches,)
    return Layout(streams, n_samples=n_samples, damage=_damage(data, frames), counted=not tag)


def holds_other(data: Bytes) -> bool:
    """Whether behind an ID3 tag another format begins, or a frame of the free format, whose bit rate is not given."""
    start = _after_id3(data)
    head = data[start : start + 4]
    return head in _OTHER_FORMATS or _FREE_FORMAT.match(head) is not None


def find_frames(data: Bytes, start: int = 0) -> Frames | None:
    """All complete frames after a position; None where there are none."""
    found = _frames(data, start)
    position, first = next(found, (0, None))
    if first is None:
        return None
    declared = _declared(data, position, first)
    runs = [[position, position + first.n_bytes]] if declared is None else []
    headers = [first] if declared is None else []
    for at, header in found:
        if runs and at == runs[-1][1]:
            runs[-1][1] += header.n_bytes
        else:
            runs.append([at, at + header.n_bytes])
        headers.append(header)
    tag = None if declared is None else (position, position + first.n_bytes)
    return Frames(tuple((a, b) for a, b in runs), headers, tag, declared or 0) if headers else None


def _holds_nothing_else(data: Bytes, stretches: Segments) -> bool:
    """Whether a file is a tag's frame, the other frames in one stretch, and tags at its ends."""
    first, last = stretches[0][0], stretches[-1][1]
    tags_behind = last == len(data) or data[last : last + 3] in _TAGS
    return len(stretches) == 2 and first == _after_id3(data) and stretches[0][1] == stretches[1][0] and tags_behind


def _damage(data: Bytes, frames: Frames) -> str:
    """What is missing: frames that the tag names, the end of the last one, or frames between."""
    end, n_frames = frames.segments[-1][1], len(frames.headers)
    cut = (header := _header(data, end)) is not None and end + header.n_bytes > len(data)
    if cut or frames.declared > n_frames + 1:
        return TRUNCATED
    gaps = [(a, b) for (_, a), (b, _) in zip(frames.segments, frames.segments[1:], strict=False)]
    unknown = sum(b - a for a, b in gaps if data[a : a + 3] not in _TAGS)
    return f"{unknown} bytes that are no MPEG frames" if unknown else ""


def _frames(data: Bytes, start: int) -> Iterator[tuple[int, Header]]:
    """Every complete frame with its position; what lies between frames is skipped."""
    position = max(start, _after_id3(data))
    if _header(data, position) is None:
        position = start  # The size of the ID3 tag may be wrong.
    while (found := _next_frame(data, position)) is not None:
        position, header = found
        yield position, header
        position += header.n_bytes
        while (following := _header(data, position)) is not None and position + following.n_bytes <= len(data):
            yield position, following
            position += following.n_bytes


def _after_id3(data: Bytes) -> int:
    """The first byte after an ID3v2 tag, whose size has seven bits a byte."""
    if data[:3] != b"ID3" or len(data) < 10:
        return 0
    size = 0
    for byte in data[6:10]:
        size = size << 7 | byte & 0x7F
    return 10 + size


def _next_frame(data: Bytes, position: int) -> tuple[int, Header] | None:
    """The first frame from a position on that others of its kind follow, or the end of the file."""
    while (found := _SYNC.search(data, position)) is not None:
        position = found.start()
        header = _header(data, position)
        if header is not None and _is_followed(data, position, header):
            return position, header
        position += 1
    return None


def _is_followed(data: Bytes, position: int, header: Header) -> bool:
    """Whether `_SYNC_FRAMES` frames of a kind begin at a position, or as many as fit into the file."""
    following: Header | None = header
    for _ in range(_SYNC_FRAMES - 1):
        if following is None or following.kind != header.kind:
            return False
        position += following.n_bytes
        if position >= len(data):
            return position == len(data)
        following = _header(data, position)
    return following is not None and following.kind == header.kind


def _header(data: Bytes, position: int) -> Header | None:
    """The header at a position; None where there is none, or its bit rate is free."""
    four = data[position : position + 4]
    if len(four) < 4 or four[0] != 0xFF or four[1] & 0xE0 != 0xE0:
        return None
    version_bits, layer = four[1] >> 3 & 3, 4 - (four[1] >> 1 & 3)
    bitrate, rate, padding = four[2] >> 4, four[2] >> 2 & 3, four[2] >> 1 & 1
    if version_bits == 1 or layer == 4 or bitrate in (0, 15) or rate == 3:
        return None
    version = 1 if version_bits == 3 else 2
    kbits = _BITRATES[version, layer if version == 1 else min(layer, 2)][bitrate]
    sr = _SAMPLING_RATES[version_bits][rate]
    n_samples = 384 if layer == 1 else 1152 if version == 1 or layer == 2 else 576
    slot = 4 if layer == 1 else 1
    n_bytes = (n_samples // 8 // slot * 1000 * kbits // sr + padding) * slot
    return Header(version, layer, sr, 1 if four[3] >> 6 == 3 else 2, n_bytes, n_samples)


def _declared(data: Bytes, position: int, first: Header) -> int | None:
    """The number of frames by the first frame's tag, 0 where it does not tell; None where the frame is no tag."""
    tag = position + _TAG_OFFSETS[first.version, first.channels == 1]
    if data[tag : tag + 4] in (b"Xing", b"Info"):
        count = int.from_bytes(data[tag + 8 : tag + 12], "big") if data[tag + 7] & 1 else 0
        return count if count < _MAX_DECLARED else 0
    if _is_vbri(data, position):
        count = int.from_bytes(data[position + 50 : position + 54], "big")
        return count if count < _MAX_DECLARED else 0
    return None


def _is_vbri(data: Bytes, position: int) -> bool:
    """Whether the frame at a position is a tag of Fraunhofer's encoder, which libmpg123 skips without reading it."""
    return data[position + 36 : position + 40] == b"VBRI"
