"""Training examples cached in memory while there is room, for stores that are far away."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from mir_models.examples.gathering import Arrays, Indices
from storage.examples.indexed import Example, ShardExamples, TrackExamples
from storage.objects.objects import FolderObjects


@dataclass(frozen=True)
class CachedExamples(Sequence[Example]):
    """Examples that stay in memory once they were read, as long as there is room.

    What lies on a disk of this machine is kept by its system's page cache; behind a URL, every epoch would fetch all.

    Attributes
    ----------
    examples : TrackExamples
    room : int
        Bytes that may be kept.
    kept : dict of int to Example
        The cache, by index.
    """

    examples: TrackExamples
    room: int
    kept: dict[int, Example] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.examples)

    def __getitem__(self, index: Any) -> Any:
        return {name: rows[0] for name, rows in self.gather(np.array([index])).items()}

    def gather(self, indices: Indices) -> Arrays:
        """See `TrackExamples.gather`."""
        found = {index: self.kept[index] for index in indices.tolist() if index in self.kept}
        missing = np.array([index for index in dict.fromkeys(indices.tolist()) if index not in found], dtype=np.int64)
        fresh = self.examples.gather(missing) if len(missing) or not found else {}
        for row, index in enumerate(missing.tolist()):
            found[index] = {name: rows[row] for name, rows in fresh.items()}
            self._keep(index, found[index])
        names = list(fresh or next(iter(found.values())))
        return {name: np.stack([found[index][name] for index in indices.tolist()]) for name in names}

    def _keep(self, index: int, example: Example) -> None:
        """Keep a copy of an example while there is room."""
        size = sum(array.nbytes for array in example.values())
        if (len(self.kept) + 1) * size <= self.room:
            self.kept[index] = {name: array.copy() for name, array in example.items()}


@dataclass(frozen=True)
class CachedShards(CachedExamples):
    """Shards that stay in memory, of which single frames are read as well.

    Attributes
    ----------
    examples : ShardExamples
    room, kept
        See `CachedExamples`.
    """

    examples: ShardExamples

    @property
    def starts(self) -> Indices:
        """See `ShardExamples.starts`."""
        return self.examples.starts

    @property
    def lengths(self) -> Indices:
        """See `ShardExamples.lengths`."""
        return self.examples.lengths

    def rows(self, indices: Indices, first: Indices, last: Indices) -> Arrays:
        """See `ShardExamples.rows`."""
        shards = self.gather(indices)
        pieces = list(zip(first.tolist(), last.tolist(), strict=True))
        return {
            name: np.concatenate([shard[a:b] for shard, (a, b) in zip(array, pieces, strict=True)])
            for name, array in shards.items()
            if name != "start"
        }


def cached_if_remote(examples: ShardExamples | TrackExamples, room: int) -> TrackExamples | CachedExamples:
    """`examples`, cached in up to `room` bytes where they do not lie in a folder."""
    if all(isinstance(track.store.objects, FolderObjects) for track in examples.tracks):
        return examples
    kind = CachedShards if isinstance(examples, ShardExamples) else CachedExamples
    return kind(examples, room)  # type: ignore[arg-type]  # CachedShards of ShardExamples
