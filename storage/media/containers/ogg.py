"""Ogg: the logical streams of a file, one after the other where they are chained, and whether pages are missing.

Source: RFC 3533. Chained streams are what recorded radio and files joined byte by byte consist of; a decoder of one
stream stops at the end of the first.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from storage.media.containers.layout import TRUNCATED, Bytes, Layout, Segments

_FIRST, _LAST = 2, 4
"""Flags of a stream's first and last page."""
_HEADER = 27


@dataclass(frozen=True)
class Page:
    """A complete page: its place, flags, the serial number of its stream, its own in it, and its end in samples."""

    start: int
    end: int
    flags: int
    serial: int
    number: int
    granule: int


def layout(data: Bytes) -> Layout | None:
    """See `storage.media.containers`; None where it is no Ogg file."""
    if data[:4] != b"OggS":
        return None
    pages = list(_pages(data))
    if not pages:
        return Layout(damage=TRUNCATED)
    starts = [page.start for before, page in zip([None, *pages], pages, strict=False) if _begins_link(before, page)]
    links = [((start, end),) for start, end in zip(starts, [*starts[1:], len(data)], strict=True)]
    streams: tuple[Segments, ...] = tuple(links) if len(links) > 1 else ()
    of_links = [[page for page in pages if start <= page.start < end] for ((start, end),) in links]
    return Layout(streams, damage=next(filter(None, map(_damage, of_links)), ""))


def _pages(data: Bytes) -> Iterator[Page]:
    """Every complete page; bytes between them are skipped."""
    position = 0
    while (position := data.find(b"OggS\0", position)) >= 0:
        header = data[position : position + _HEADER]
        if len(header) < _HEADER:
            return
        n_segments = header[26]
        body = position + _HEADER + n_segments
        end = body + sum(data[position + _HEADER : body])
        if end > len(data) or body > len(data):
            return
        serial, number = int.from_bytes(header[14:18], "little"), int.from_bytes(header[18:22], "little")
        yield Page(position, end, header[5], serial, number, int.from_bytes(header[6:14], "little", signed=True))
        position = end


def _begins_link(before: Page | None, page: Page) -> bool:
    """Whether a page begins the file, or a stream after those before have begun."""
    return before is None or bool(page.flags & _FIRST and not before.flags & _FIRST)


def _damage(pages: list[Page]) -> str:
    """What is missing: the last page, or pages between."""
    if not pages[-1].flags & _LAST:
        return TRUNCATED
    numbers: dict[int, int] = {}
    n_missing = 0
    for page in pages:
        if not page.flags & _FIRST:
            n_missing += max(0, page.number - numbers.get(page.serial, page.number - 1) - 1)
        numbers[page.serial] = page.number
    if n_missing:
        return f"{n_missing} Ogg page{'s' * (n_missing > 1)} missing"
    ends = [page.granule for page in pages if page.serial == pages[-1].serial and page.granule >= 0]
    return "an Ogg stream whose last page ends before others" if ends and ends[-1] < max(ends) else ""
