"""Windows: stretches of a track of a network's input length, for classification.

One function gives where they begin, in training, in soft voting over a track and over a stream alike.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mir_models.setting_types import Count, check_settings


@dataclass(frozen=True)
class Window:
    """Length of a network's input, and distance of windows over a track.

    Attributes
    ----------
    frames : int >= 1
        Length of a window.
    hop : int >= 1
        Frames from one window to the next.
    rest : bool
        Whether frames that are left at the end, fewer than a window, are covered by a last window that ends with the
        track; without it they are cropped.
    """

    frames: Count = 512
    hop: Count = 512
    rest: bool = True

    def __post_init__(self) -> None:
        check_settings(self)

    def starts(self, n_frames: int) -> NDArray[np.int64]:
        """(n_windows,) first frame of each window over a track; one of 0 where the track is shorter than a window."""
        starts = np.arange(0, max(1, n_frames - self.frames + 1), self.hop, dtype=np.int64)
        if self.rest and starts[-1] + self.frames < n_frames:
            return np.append(starts, n_frames - self.frames)
        return starts

    def cut(self, frames: NDArray[Any], *, fill: float) -> NDArray[Any]:
        """(n_frames, ...) to (n_windows, window frames, ...); a track that is shorter is padded with `fill`."""
        padding = [(0, max(0, self.frames - len(frames)))] + [(0, 0)] * (frames.ndim - 1)
        padded = np.pad(frames, padding, constant_values=fill)
        return np.stack([padded[start : start + self.frames] for start in self.starts(len(frames))])
