"""Shards: a track cut into training examples of 512 frames, the last one padded and masked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mir_models.errors import ParameterError
from mir_models.notes.regressed_onsets import SHORTEST_REACH

SHARD_FRAMES = 512
"""Frames of one shard: 11.9 s at 22,050 Hz and a hop of 512."""
VERSION = 1


@dataclass(frozen=True)
class Params:
    """Targets that shards of notes have besides the four piano rolls.

    Attributes
    ----------
    regressed_onsets : int
        Frames on either side of an onset over which the target ``onset_regressed`` falls to 0, 2 or more
        (`mir_models.notes.regressed_onsets`); 0: no such target. 2 frames are 46 ms at 22,050 Hz and a hop of 512, near
        the 50 ms of Kong et al. 2021.
    """

    regressed_onsets: int = 2

    def __post_init__(self) -> None:
        if self.regressed_onsets != 0 and self.regressed_onsets < SHORTEST_REACH:
            expected = f"regressed_onsets of 0, or of {SHORTEST_REACH} frames or more"
            remedy = f"choose 0 for none, or {SHORTEST_REACH} to 5"
            raise ParameterError(expected, received=self.regressed_onsets, remedy=remedy)


def cut(frames: NDArray[Any], *, fill: float = 0) -> NDArray[Any]:
    """Cut an array over time into shards; the last one is padded with `fill`.

    Parameters
    ----------
    frames : (n_frames, ...)
    fill : float
        Value of the padding: 0 for targets, a feature's silence for features.

    Returns
    -------
    (ceil(n_frames / 512), 512, ...)
    """
    n_shards = -(-len(frames) // SHARD_FRAMES)
    padding = [(0, n_shards * SHARD_FRAMES - len(frames))] + [(0, 0)] * (frames.ndim - 1)
    return np.pad(frames, padding, constant_values=fill).reshape(n_shards, SHARD_FRAMES, *frames.shape[1:])


def mask(n_frames: int) -> NDArray[np.uint8]:
    """(n_shards, 512) uint8: 1 on the frames of the track, 0 on the padding."""
    return cut(np.ones(n_frames, dtype=np.uint8))


def starts(n_frames: int) -> NDArray[np.int64]:
    """(n_shards,) first frame of each shard."""
    return np.arange(0, n_frames, SHARD_FRAMES, dtype=np.int64)


def join(shards: NDArray[Any], mask: NDArray[np.uint8]) -> NDArray[Any]:
    """The inverse of `cut`: the frames of a track from its shards and their mask."""
    return shards.reshape(-1, *shards.shape[2:])[mask.reshape(-1).astype(bool)]
