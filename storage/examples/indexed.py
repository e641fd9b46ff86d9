"""Training examples by index: the base of all examples of tracks on disk, and shards as examples."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from storage.examples.track_shards import TrackShards

Example = dict[str, NDArray[Any]]
"""The arrays of one training example by field."""


@dataclass(frozen=True)
class TrackExamples(Sequence[Example], ABC):
    """The examples of some tracks, one track after the other; read from the disk at every access.

    Attributes
    ----------
    tracks : list of TrackShards
    """

    tracks: list[TrackShards]

    @property
    @abstractmethod
    def per_track(self) -> list[int]:
        """Number of examples of each track."""

    @abstractmethod
    def example(self, track: int, row: int) -> Example:
        """Example number `row` of the track at index `track`."""

    @cached_property
    def _ends(self) -> NDArray[np.int64]:
        return np.cumsum(self.per_track)

    def __len__(self) -> int:
        return int(self._ends[-1]) if self.tracks else 0

    def __getitem__(self, index: Any) -> Any:
        if not 0 <= index < len(self):
            raise IndexError(f"an example from 0 to {len(self) - 1}. Received: {index}")
        track = int(np.searchsorted(self._ends, index, side="right"))
        first = int(self._ends[track - 1]) if track else 0
        return self.example(track, index - first)


@dataclass(frozen=True)
class ShardExamples(TrackExamples):
    """The shards of some tracks, one after the other.

    Attributes
    ----------
    tracks : list of TrackShards
    fields : tuple of str
        The arrays of an example.
    """

    fields: tuple[str, ...]

    @property
    def per_track(self) -> list[int]:
        """Shards of each track."""
        return [track.n_shards for track in self.tracks]

    def example(self, track: int, row: int) -> Example:
        """One shard: each field is (512, …)."""
        return {field: np.asarray(self.tracks[track].array(field)[row]) for field in self.fields}
