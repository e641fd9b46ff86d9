"""Inference: a network's activations over a track, window by window, so that memory does not grow with the track.

A track gives the same activations whether its features come at once (evaluation) or in blocks (transcription of a
stream): the windows lie on the same frames.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

WINDOW_FRAMES = 1024
"""Frames a network hears at once: 23.8 s at 43.07 frames per second."""
CONTEXT_FRAMES = 64
"""Frames on either side of a window whose output is not kept."""
HOP_FRAMES = WINDOW_FRAMES - 2 * CONTEXT_FRAMES
BATCH_WINDOWS = 4

Array = NDArray[np.float32]
Activations = dict[str, Array]


def activations(model: Any, features: Array, *, silence: float) -> Activations:
    """Activations of a whole track: (n_frames, n_bins) to (n_frames, n_targets) by head. See `stream`."""
    parts = list(stream(model, [features], silence=silence))
    return {head: np.concatenate([part[head] for part in parts]) for head in parts[0]}


def stream(model: Any, blocks: Iterable[Array], *, silence: float) -> Iterator[Activations]:
    """Activations of consecutive blocks of features.

    Parameters
    ----------
    model : keras.Model
        Maps (batch, n_frames, n_bins) to ``{head: (batch, n_frames, n_targets)}``.
    blocks : iterable of (n, n_bins) float32
        The features of a track, in order; blocks of any length.
    silence : float
        Value of the features before and after the track.

    Yields
    ------
    dict of (n, n_targets) float32 by head
        Joined, they have one row per frame of the track.
    """
    batch: list[tuple[Array, int]] = []
    for window in windows(blocks, silence=silence):
        batch.append(window)
        if len(batch) == BATCH_WINDOWS:
            yield _predict(model, batch)
            batch = []
    if batch:
        yield _predict(model, batch)


def windows(blocks: Iterable[Array], *, silence: float) -> Iterator[tuple[Array, int]]:
    """Windows over a stream of frames, with how many frames of each are kept after its `CONTEXT_FRAMES`.

    Parameters
    ----------
    blocks : iterable of (n, n_bins)
    silence : float
        What stands before the first and after the last frame.

    Yields
    ------
    (1024, n_bins), int in 1..896
    """
    held: Array | None = None
    for block in blocks:
        if held is None:
            held = np.full((CONTEXT_FRAMES, block.shape[1]), silence, dtype=np.float32)
        held = np.concatenate([held, block])
        while len(held) >= WINDOW_FRAMES:
            yield held[:WINDOW_FRAMES], HOP_FRAMES
            held = held[HOP_FRAMES:]
    while held is not None and len(held) > CONTEXT_FRAMES:
        after = ((0, max(0, WINDOW_FRAMES - len(held))), (0, 0))
        heard = np.pad(held, after, constant_values=silence)[:WINDOW_FRAMES]
        yield heard, min(HOP_FRAMES, len(held) - CONTEXT_FRAMES)
        held = held[HOP_FRAMES:]


def _predict(model: Any, batch: list[tuple[Array, int]]) -> Activations:
    """What is kept of a batch's windows; the batch is filled up, for a network is compiled once per shape."""
    heard = [window for window, _ in batch]
    outputs = model.predict_on_batch(np.stack(heard + heard[-1:] * (BATCH_WINDOWS - len(heard))))
    kept = [slice(CONTEXT_FRAMES, CONTEXT_FRAMES + n_kept) for _, n_kept in batch]
    return {
        head: np.concatenate([np.asarray(output)[i, rows] for i, rows in enumerate(kept)])
        for head, output in outputs.items()
    }
