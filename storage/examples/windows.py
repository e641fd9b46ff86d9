"""Windows of tracks on disk as training examples: gathered across the consecutive shards of a track, with its class."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mir_models.examples.shards import SHARD_FRAMES
from mir_models.examples.windows import Window
from storage.examples.shards import TrackShards


@dataclass(frozen=True)
class WindowExamples(Sequence[dict[str, NDArray[Any]]]):
    """The windows of some tracks, one after the other.

    Attributes
    ----------
    tracks : list of TrackShards
    labels : list of int
        Index of the class of each track.
    n_classes : int
    window : Window
    silence : float
        What follows a track that is shorter than a window.
    """

    tracks: list[TrackShards]
    labels: list[int]
    n_classes: int
    window: Window
    silence: float

    @cached_property
    def per_track(self) -> list[int]:
        """Examples of each track."""
        return [len(self.window.starts(track.n_frames)) for track in self.tracks]

    @cached_property
    def _ends(self) -> NDArray[np.int64]:
        return np.cumsum(self.per_track)

    def __len__(self) -> int:
        return int(self._ends[-1]) if self.tracks else 0

    def __getitem__(self, index: Any) -> Any:
        if not 0 <= index < len(self):
            raise IndexError(f"an example from 0 to {len(self) - 1}. Received: {index}")
        which = int(np.searchsorted(self._ends, index, side="right"))
        track = self.tracks[which]
        start = int(self.window.starts(track.n_frames)[index - int(self._ends[which])])
        label = np.zeros(self.n_classes, dtype=np.float32)
        label[self.labels[which]] = 1
        return {"features": self._gathered(track, start), "label": label}

    def _gathered(self, track: TrackShards, start: int) -> NDArray[np.float32]:
        """The frames of a window that begins at `start`."""
        stop = min(start + self.window.frames, track.n_frames)
        first, last = start // SHARD_FRAMES, -(-stop // SHARD_FRAMES)
        shards = np.asarray(track.array("features")[first:last])
        frames = shards.reshape(-1, shards.shape[-1])[start - first * SHARD_FRAMES : stop - first * SHARD_FRAMES]
        padding = ((0, self.window.frames - len(frames)), (0, 0))
        return np.pad(frames, padding, constant_values=self.silence)
