"""The document on recordings that were transcribed or classified."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class RecordingRow:
    """A recording: the files written of it, what is in them in words, warnings, and errors (empty: none)."""

    recording: str
    files: Sequence[str]
    summary: str
    warnings: Sequence[str]
    errors: Sequence[str]


@dataclass(frozen=True)
class RecordingsDocument:
    """The recordings that ``transcribe`` or ``classify`` processed, in their order, and how many of how many failed."""

    recordings: Sequence[RecordingRow]
    failed: int
    of: int
