"""Which bytes of a file hold its sound, where its headers mislead a decoder."""

from __future__ import annotations

import mmap
from collections.abc import Mapping
from dataclasses import dataclass, field

Bytes = bytes | mmap.mmap
Segments = tuple[tuple[int, int], ...]
"""Stretches of a file, from a byte to another."""


@dataclass(frozen=True)
class Layout:
    """How a file has to be read so that all of its sound is decoded.

    Attributes
    ----------
    streams : tuple of Segments
        Sounds that follow each other in the file, each the stretches that it consists of; empty: the file as it is.
    patches : mapping of int to bytes
        By position in the file, what headers would hold were they right.
    n_samples : int
        Samples per channel that the file decodes to at least, where that is known without the decoder; else 0.
    damage : str
        What is missing; empty where nothing is.
    unreadable : str
        Why libsndfile cannot read it; empty where it can.
    counted : bool
        Whether the decoder has to count the samples, rather than take or estimate their number.
    """

    streams: tuple[Segments, ...] = ()
    patches: Mapping[int, bytes] = field(default_factory=dict)
    n_samples: int = 0
    damage: str = ""
    unreadable: str = ""
    counted: bool = False

    @property
    def is_plain(self) -> bool:
        """Whether a decoder may read the file by itself."""
        return not self.streams and not self.patches


TRUNCATED = "a truncated file"
