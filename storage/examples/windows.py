"""Windows of tracks on disk as training examples: gathered across the consecutive shards of a track, with its class."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from mir_models.examples.shards import SHARD_FRAMES
from mir_models.examples.windows import Window
from storage.examples.indexed import Example, TrackExamples
from storage.examples.track_shards import TrackShards


@dataclass(frozen=True)
class WindowExamples(TrackExamples):
    """The windows of some tracks, one after the other.

    Attributes
    ----------
    tracks : list of TrackShards
    labels : list of int
        Index of the class of each track.
    n_classes : int
    window : Window
    silence : float
        Value of the padding of a track that is shorter than a window.
    """

    labels: list[int]
    n_classes: int
    window: Window
    silence: float

    @cached_property
    def per_track(self) -> list[int]:  # type: ignore[override]  # a property that is computed once
        """Windows of each track."""
        return [len(self.window.starts(track.n_frames)) for track in self.tracks]

    def example(self, track: int, row: int) -> Example:
        """One window: ``features`` (window.frames, n_bins) float32 and ``label`` (n_classes,) float32, one-hot."""
        start = int(self.window.starts(self.tracks[track].n_frames)[row])
        label = np.zeros(self.n_classes, dtype=np.float32)
        label[self.labels[track]] = 1
        return {"features": self._features(self.tracks[track], start), "label": label}

    def _features(self, track: TrackShards, start: int) -> NDArray[np.float32]:
        """The frames of a window that begins at `start`."""
        stop = min(start + self.window.frames, track.n_frames)
        first, last = start // SHARD_FRAMES, -(-stop // SHARD_FRAMES)
        shards = np.asarray(track.array("features")[first:last])
        frames = shards.reshape(-1, shards.shape[-1])[start - first * SHARD_FRAMES : stop - first * SHARD_FRAMES]
        padding = ((0, self.window.frames - len(frames)), (0, 0))
        return np.pad(frames, padding, constant_values=self.silence)
