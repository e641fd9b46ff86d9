"""Segments: random stretches of a track, shorter than a shard, that cross the borders of its shards.

A segment that had to lie inside its shard would seldom contain the shard's first and last frames: drawn evenly, the
start of half a shard is frame 0 once in 257 times, and frame 256 is in every one. Here a segment begins at any frame of
its shard and continues in the next one; before and after a track the features are silence, as in inference. Within a
track every frame is drawn equally often, towards its ends down to half as often.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mir_models.examples.shards import SHARD_FRAMES

START = "start"
"""Field of an example: its first frame in its track. Without it every example is a track of its own."""

Example = Mapping[str, NDArray[Any]]


@dataclass(frozen=True)
class Segments:
    """Segments of the shards of tracks.

    Attributes
    ----------
    examples : sequence of mappings
        ``features`` (512, n_bins), ``mask`` (512,), piano rolls and `START`; the shards of a track are consecutive.
    n_frames : int <= 512
        Of a segment; with 512 the segments are the shards.
    silence : float
        Value of the features before and after a track.
    """

    examples: Sequence[Example]
    n_frames: int
    silence: float

    def cut(self, index: int, rng: np.random.Generator) -> Example:
        """A segment that begins in the shard at `index`, or half a segment earlier where a track begins there."""
        if self.n_frames == SHARD_FRAMES:
            return {name: array for name, array in self.examples[index].items() if name != START}
        start = int(rng.integers(*self.starts(index)))
        shards = {0: self.examples[index]}
        if start < 0 and self._continues(index):
            shards[-1] = self.examples[index - 1]
        if start + self.n_frames > SHARD_FRAMES and self._continues(index + 1):
            shards[1] = self.examples[index + 1]
        return {name: self._gather(name, shards, start) for name in shards[0] if name != START}

    def starts(self, index: int) -> tuple[int, int]:
        """Range of the first frame of a segment of this shard, relative to the shard: from, and below."""
        begins, half, rest = not self._continues(index), self.n_frames // 2, self._rest(index)
        if begins and rest <= self.n_frames:
            return rest - self.n_frames, 1
        if rest <= half:
            return rest - self.n_frames, rest - self.n_frames + 1
        return -half if begins else 0, min(rest - half, SHARD_FRAMES)

    def _rest(self, index: int) -> int:
        """Frames of the track from the beginning of a shard on, in this shard and the next."""
        shards = [self.examples[each] for each in (index, index + 1)[: 1 + self._continues(index + 1)]]
        return sum(int(np.sum(shard["mask"])) for shard in shards)

    def _continues(self, index: int) -> bool:
        """Whether the shard at `index` continues the track of the one before it."""
        return 0 < index < len(self.examples) and int(self.examples[index].get(START, 0)) > 0

    def _gather(self, name: str, shards: Mapping[int, Example], start: int) -> NDArray[Any]:
        """Frames ``start`` to ``start + n_frames`` of the shards side by side, at -1, 0 and 1."""
        own = shards[0][name]
        fill = self.silence if name == "features" else 0
        segment = np.full((self.n_frames, *own.shape[1:]), fill, dtype=own.dtype)
        for position, shard in shards.items():
            first = max(start, position * SHARD_FRAMES)
            last = min(start + self.n_frames, (position + 1) * SHARD_FRAMES)
            if first < last:
                rows = slice(first - position * SHARD_FRAMES, last - position * SHARD_FRAMES)
                segment[first - start : last - start] = shard[name][rows]
        return segment
