"""Resampling by soxr (HQ): sampling-rate conversion of recordings and of streams."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray


def resample(y: NDArray[np.float32], sr: float, target_sr: float) -> NDArray[np.float32]:
    """`y` (n_samples,) at `sr` Hz, converted to `target_sr` Hz."""
    import soxr

    return y if sr == target_sr else soxr.resample(y, sr, target_sr, quality="HQ").astype(np.float32, copy=False)


def resample_blocks(blocks: Iterable[NDArray[np.float32]], sr: int, target_sr: int) -> Iterator[NDArray[np.float32]]:
    """The blocks of a stream, each (n_samples,), converted one by one; concatenated, they equal `resample` of all."""
    import soxr

    stream = soxr.ResampleStream(sr, target_sr, 1, dtype="float32", quality="HQ")
    for block in blocks:
        yield block if sr == target_sr else stream.resample_chunk(block)
    if sr != target_sr:
        yield stream.resample_chunk(np.zeros(0, dtype=np.float32), last=True)
