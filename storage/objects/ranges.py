"""Ranges: parts of objects."""

from __future__ import annotations

from typing import NamedTuple


class Range(NamedTuple):
    """A part of an object: from `start`, if negative counted from its end, to before `stop`, if None to its end."""

    key: str
    start: int = 0
    stop: int | None = None
