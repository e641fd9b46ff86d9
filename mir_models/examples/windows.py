"""Windows: stretches of a track as long as a network wants to hear, whatever the length of shards.

One function decides where they begin, for training, for voting over a track and for a stream alike.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mir_models.errors import MirlitonError


@dataclass(frozen=True)
class Window:
    """What a network hears at once.

    Attributes
    ----------
    frames : int >= 1
        Its length.
    hop : int >= 1
        Frames from one window to the next.
    rest : bool
        Whether frames that no whole window is left for are heard by one more, which ends with the track; without it
        they are cropped.
    """

    frames: int = 512
    hop: int = 512
    rest: bool = True

    def __post_init__(self) -> None:
        if self.frames < 1 or self.hop < 1:
            received = f"{self.frames} frames, {self.hop} apart"
            raise MirlitonError("windows of 1 frame or more", received=received, remedy="give both at least 1")

    def starts(self, n_frames: int) -> NDArray[np.int64]:
        """(n_windows,) first frame of each window over a track; one of 0 where the track is shorter than a window."""
        starts = np.arange(0, max(1, n_frames - self.frames + 1), self.hop, dtype=np.int64)
        if self.rest and starts[-1] + self.frames < n_frames:
            return np.append(starts, n_frames - self.frames)
        return starts

    def cut(self, frames: NDArray[Any], *, fill: float) -> NDArray[Any]:
        """(n_frames, ...) to (n_windows, window frames, ...); a track that is shorter is followed by `fill`."""
        padding = [(0, max(0, self.frames - len(frames)))] + [(0, 0)] * (frames.ndim - 1)
        padded = np.pad(frames, padding, constant_values=fill)
        return np.stack([padded[start : start + self.frames] for start in self.starts(len(frames))])
