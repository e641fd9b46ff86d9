"""Segments: random stretches of a track, shorter than a shard, that cross the borders of its shards.

A segment that had to lie inside its shard would seldom contain the shard's first and last frames: drawn evenly, the
start of half a shard is frame 0 once in 257 times, and frame 256 is in every one. Here a segment begins at any frame of
its shard and continues in the next one; before and after a track the features are silence, as in inference. Within a
track every frame is drawn equally often, towards its ends down to half as often.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mir_models.examples.gathering import (
    START,
    Arrays,
    Example,
    FramesGathered,
    Gathered,
    Indices,
    frames_gathered,
    gathered,
)
from mir_models.examples.shards import SHARD_FRAMES


@dataclass(frozen=True)
class Segments:
    """Segments of the shards of tracks, many at once.

    Attributes
    ----------
    examples : Gathered or sequence of mappings
        ``features`` (512, n_bins), ``mask`` (512,), piano rolls and ``start``; the shards of a track are consecutive.
    n_frames : int <= 512
        Of a segment; with 512 the segments are the shards.
    silence : float
        Value of the features before and after a track.
    """

    examples: Gathered | Sequence[Example]
    n_frames: int
    silence: float

    def cut(self, indices: Indices, rng: np.random.Generator) -> Arrays:
        """Segments that begin in the shards at `indices`, or half a segment earlier where a track begins there.

        Returns
        -------
        dict of str to (n, n_frames, ...)
        """
        if self.n_frames == SHARD_FRAMES:
            arrays = gathered(self.examples).gather(indices)
            return {name: array for name, array in arrays.items() if name != START}
        return self.begin_at(indices, rng.integers(*self.starts(indices)))

    def starts(self, indices: Indices) -> tuple[Indices, Indices]:
        """Range of the first frames of segments of these shards, relative to the shards: from, and below; each (n,)."""
        low, high = self._bounds
        return low[indices], high[indices]

    def begin_at(self, indices: Indices, starts: Indices) -> Arrays:
        """Segments that begin at frames `starts`, from -511 to 511, of the shards at `indices`."""
        first, before = starts % SHARD_FRAMES, starts // SHARD_FRAMES
        heads = np.minimum(self.n_frames, SHARD_FRAMES - first)
        shards = np.stack([indices + before, indices + before + 1], axis=1).ravel()
        lengths = np.stack([heads, self.n_frames - heads], axis=1).ravel()
        firsts = np.stack([first, np.zeros_like(first)], axis=1).ravel()
        own = np.repeat(indices, 2)
        inside = (shards == own) | self._continues[np.maximum(shards, own)]
        read = inside & (lengths > 0)
        rows = self._frames.rows(shards[read], firsts[read], (firsts + lengths)[read])
        placed = np.repeat(inside, lengths)
        return {name: self._placed(name, frames, placed) for name, frames in rows.items()}

    def _placed(self, name: str, frames: NDArray[Any], placed: NDArray[np.bool_]) -> NDArray[Any]:
        """Frames in a row as segments, with silence where none is placed."""
        if not placed.all():
            row = np.full((len(placed), *frames.shape[1:]), self.silence if name == "features" else 0, frames.dtype)
            row[placed] = frames
            frames = row
        return frames.reshape(-1, self.n_frames, *frames.shape[1:])

    @cached_property
    def _frames(self) -> FramesGathered:
        return frames_gathered(self.examples)

    @cached_property
    def _continues(self) -> NDArray[np.bool_]:
        """(n_examples + 1,) whether each shard continues the track of the one before it; none is after the last."""
        continues = np.append(self._frames.starts > 0, False)
        continues[0] = False
        return continues

    @cached_property
    def _bounds(self) -> tuple[Indices, Indices]:
        """The ranges of all shards."""
        n, half = self.n_frames, self.n_frames // 2
        begins, lengths = ~self._continues[:-1], self._frames.lengths
        # Frames of the track from the beginning of a shard on, in this shard and the next.
        rest = lengths + self._continues[1:] * np.append(lengths[1:], 0)
        is_short, is_end = begins & (rest <= n), rest <= half
        low = np.where(is_short | is_end, rest - n, np.where(begins, -half, 0))
        high = np.where(is_short, 1, np.where(is_end, rest - n + 1, np.minimum(rest - half, SHARD_FRAMES)))
        return low, high
