"""Shards: a track cut into training examples of 512 frames, the last one padded and masked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from mir_models.errors import ParameterError
from mir_models.notes.regressed_onsets import SHORTEST_REACH
from mir_models.setting_types import WholeAmount, check_settings

SHARD_FRAMES = 512
"""Frames of one shard: 11.9 s at 22,050 Hz and a hop of 512."""
VERSION = 1
LARGEST_FLOAT16 = float(np.finfo(np.float16).max)


@dataclass(frozen=True)
class Params:
    """Targets that shards of notes have besides the four piano rolls, and how shards are stored.

    Attributes
    ----------
    regressed_onsets : int
        Frames on either side of an onset over which the target ``onset_regressed`` falls to 0, 2 or more
        (`mir_models.notes.regressed_onsets`); 0: no such target. 2 frames are 46 ms at 22,050 Hz and a hop of 512, near
        the 50 ms of Kong et al. 2021.
    compression : str
        What is compressed by zstd: ``"targets"``, a hundredth of their size; with ``"all"`` the features as well, a
        fifth smaller and slower to read; ``"none"`` reads fastest.
    dtype : str
        Of stored features, which training gets as float32: ``"float32"``, or ``"float16"`` in half the room. Each value
        is then rounded by a share of 2^-11 of it at most (0.03 dB between -64 and -128 dB), or by 3e-8 where it is
        below 6e-5, and none may exceed 65,504. Targets are the same.
    """

    regressed_onsets: WholeAmount = 2
    compression: Literal["none", "targets", "all"] = "targets"
    dtype: Literal["float32", "float16"] = "float32"

    def __post_init__(self) -> None:
        check_settings(self)
        if self.regressed_onsets != 0 and self.regressed_onsets < SHORTEST_REACH:
            expected = f"regressed_onsets of 0, or of {SHORTEST_REACH} frames or more"
            remedy = f"choose 0 for none, or {SHORTEST_REACH} to 5"
            raise ParameterError(expected, received=self.regressed_onsets, remedy=remedy)


def rounded(features: NDArray[np.float32], dtype: str) -> NDArray[Any]:
    """Features as they are stored, `dtype` as in `Params`.

    Raises
    ------
    ParameterError
        When they are too large for it.
    """
    if dtype == "float16" and (largest := float(np.abs(features).max(initial=0))) > LARGEST_FLOAT16:
        remedy = "store them with --set shards.dtype=float32"
        raise ParameterError(f"features up to {LARGEST_FLOAT16:.0f} for float16", received=largest, remedy=remedy)
    return features.astype(dtype, copy=False)


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
