"""Windows of tracks on disk as training examples: gathered across the consecutive shards of a track, with its class."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from mir_models.examples.gathering import Arrays, Indices
from mir_models.examples.shards import SHARD_FRAMES
from mir_models.examples.windows import Window
from storage.examples.indexed import TrackExamples
from storage.examples.stored_fields import Piece
from storage.examples.track_fields import TrackFields


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
    def stored(self) -> TrackFields:
        """The arrays that are read; refuses tracks of which an object is lost."""
        return TrackFields.of(self.tracks, ["features"])

    @cached_property
    def per_track(self) -> list[int]:  # type: ignore[override]  # a property that is computed once
        """Windows of each track."""
        return [len(self.window.starts(track.n_frames)) for track in self.tracks]

    @cached_property
    def _starts(self) -> Indices:
        return np.concatenate([np.arange(0), *(self.window.starts(track.n_frames) for track in self.tracks)])

    def gather(self, indices: Indices) -> Arrays:
        """Windows: ``features`` (n, window.frames, n_bins) float32 and ``label`` (n, n_classes) float32, one-hot."""
        tracks, _ = self.places(indices)
        n, frames = len(indices), self.window.frames
        features = self.stored.empty("features", n * frames)
        features[...] = self.silence
        starts = zip(tracks, self._starts[indices].tolist(), range(0, n * frames, frames), strict=True)
        self.stored.read(
            Piece(self.stored.field("features", track), row, slice(a, b), features[at + begin : at + begin + b - a])
            for track, start, at in starts
            for row, a, b, begin in _parts(start, min(start + frames, self.tracks[track].n_frames))
        )
        label = np.eye(self.n_classes, dtype=np.float32)[[self.labels[track] for track in tracks]]
        return {"features": features.reshape(n, frames, *features.shape[1:]), "label": label}


def _parts(start: int, stop: int) -> list[tuple[int, int, int, int]]:
    """Frames `start` to before `stop` of a track, by shard: its number, first and last of its frames, and their place.

    The place is that of the first one within the whole.
    """
    shards = range(start // SHARD_FRAMES, -(-stop // SHARD_FRAMES))
    firsts = [max(start, shard * SHARD_FRAMES) for shard in shards]
    lasts = [min(stop, (shard + 1) * SHARD_FRAMES) for shard in shards]
    return [
        (shard, first - shard * SHARD_FRAMES, last - shard * SHARD_FRAMES, first - start)
        for shard, first, last in zip(shards, firsts, lasts, strict=True)
    ]
