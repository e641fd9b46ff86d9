"""Training examples by index: the base of all examples of tracks on disk, and shards as examples."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mir_models.examples.gathering import Arrays, Indices
from mir_models.examples.shards import SHARD_FRAMES
from storage.examples.stored_fields import Piece
from storage.examples.track_fields import DTYPES, TrackFields
from storage.examples.track_shards import TrackShards

Example = dict[str, NDArray[Any]]
"""The arrays of one training example by field."""


@dataclass(frozen=True)
class TrackExamples(Sequence[Example], ABC):
    """The examples of some tracks, one track after the other; read from the disk at every access.

    They can be read by several threads at a time.

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
    def gather(self, indices: Indices, /) -> Arrays:
        """Every field of the examples at `indices`, (n, ...) in that order, in memory of its own."""

    @cached_property
    def _ends(self) -> Indices:
        return np.cumsum(self.per_track, dtype=np.int64)

    def __len__(self) -> int:
        return int(self._ends[-1]) if self.tracks else 0

    def __getitem__(self, index: Any) -> Any:
        if not 0 <= index < len(self):
            raise IndexError(f"an example from 0 to {len(self) - 1}. Received: {index}")
        return {name: rows[0] for name, rows in self.gather(np.array([index])).items()}

    def places(self, indices: Indices) -> tuple[list[int], list[int]]:
        """Of each example, the index of its track and its number within that."""
        tracks = np.searchsorted(self._ends, indices, side="right")
        return tracks.tolist(), (indices - np.append(0, self._ends)[tracks]).tolist()


@dataclass(frozen=True)
class ShardExamples(TrackExamples):
    """The shards of some tracks, one after the other.

    Attributes
    ----------
    tracks : list of TrackShards
    fields : tuple of str
        The arrays of an example; ``mask`` and ``start`` follow from the records and are not read.
    """

    fields: tuple[str, ...]

    @cached_property
    def stored(self) -> TrackFields:
        """The arrays that are read; refuses shards that were made without one, or of which an object is lost."""
        return TrackFields.of(self.tracks, [name for name in self.fields if name not in ("mask", "start")])

    @property
    def per_track(self) -> list[int]:
        """Shards of each track."""
        return [track.n_shards for track in self.tracks]

    @cached_property
    def starts(self) -> Indices:
        """(n_examples,) first frame of each shard in its track."""
        return np.concatenate([np.arange(0), *(SHARD_FRAMES * np.arange(n) for n in self.per_track)])

    @cached_property
    def lengths(self) -> Indices:
        """(n_examples,) frames of the track in each shard; the rest is padding."""
        n_frames = np.repeat(np.array([track.n_frames for track in self.tracks], dtype=np.int64), self.per_track)
        return np.clip(n_frames - self.starts, 0, SHARD_FRAMES)

    def gather(self, indices: Indices) -> Arrays:
        """See `TrackExamples.gather`: each field is (n, 512, …), ``start`` (n,)."""
        whole = np.zeros(len(indices), dtype=np.int64)
        read = self.rows(indices, whole, whole + SHARD_FRAMES)
        stacked = {name: rows.reshape(len(indices), SHARD_FRAMES, *rows.shape[1:]) for name, rows in read.items()}
        stacked |= {"start": self.starts[indices]} if "start" in self.fields else {}
        return {name: stacked[name] for name in self.fields}

    def rows(self, indices: Indices, first: Indices, last: Indices) -> Arrays:
        """Frames ``first[k]`` to before ``last[k]`` of the shard ``indices[k]``, one after the other, by field.

        Each field but ``start`` is (sum(last - first), ...) in memory of its own.
        """
        ends = np.cumsum(last - first)
        read = {name: self.stored.empty(name, int(ends[-1]) if len(ends) else 0) for name in self.stored.names}
        pieces, stops = list(zip(*self.places(indices), first.tolist(), last.tolist(), strict=True)), ends.tolist()
        self.stored.read(
            Piece(self.stored.field(name, track), row, slice(a, b), out[stop - (b - a) : stop])
            for name, out in read.items()
            for (track, row, a, b), stop in zip(pieces, stops, strict=True)
        )
        if "mask" in self.fields:
            frames = np.arange(int(ends[-1]) if len(ends) else 0) - np.repeat(ends - last, last - first)
            read["mask"] = (frames < np.repeat(self.lengths[indices], last - first)).astype(DTYPES["mask"])
        return {name: read[name] for name in self.fields if name in read}
