"""Activations of a network over a track, by overlapping windows that are cross-faded, in bounded memory.

Outputs near the ends of a window are dropped, and where two windows overlap, one is faded into the next. A network
with a receptive field of no more than `CONTEXT_FRAMES` on either side gives the same activations wherever the windows
begin; with recurrence the transitions are smooth. Either way the result does not depend on whether the features come at
once (evaluation) or in blocks (transcription of a stream).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mir_models.inference.threads import OrderedMap, one_by_one

WINDOW_FRAMES = 1024
"""Frames of a window: 23.8 s at 43.07 frames per second."""
CONTEXT_FRAMES = 96
"""Frames at either end of a window whose output is dropped."""
FADE_FRAMES = 64
"""Frames over which a window is cross-faded into the next one."""
HOP_FRAMES = WINDOW_FRAMES - 2 * CONTEXT_FRAMES - FADE_FRAMES
"""Frames from one window to the next."""
BATCH_WINDOWS = 4
"""Windows of which a network predicts several at once; see `predict_stream`."""

Array = NDArray[np.float32]
Activations = dict[str, Array]
Window = tuple[Array, int]
"""Features (1024, n_bins), and the number of output frames that are kept."""


def predict_track(model: Any, features: Array, *, silence: float) -> Activations:
    """Activations of a track: features (n_frames, n_bins) to (n_frames, n_targets) by head. See `predict_stream`."""
    parts = list(predict_stream(model, [features], silence=silence))
    return {head: np.concatenate([part[head] for part in parts]) for head in parts[0]}


def predict_stream(
    model: Any, blocks: Iterable[Array], *, silence: float, over: OrderedMap = one_by_one
) -> Iterator[Activations]:
    """Activations of consecutive blocks of features.

    Parameters
    ----------
    model : network
        Maps (batch, n_frames, n_bins) to ``{head: (batch, n_frames, n_targets)}`` by ``predict_on_batch``. One whose
        ``concurrent`` is true takes calls of several threads at once, of one window each.
    blocks : iterable of (n, n_bins) float32
        The features of a track, in order; blocks of any length.
    silence : float
        Value of the features before and after the track.
    over : function
        Applies the model to all batches, in order; of a concurrent network it may be `Threads.map`.

    Yields
    ------
    dict of (n, n_targets) float32 by head
        Concatenated, they have one row per frame of the track.
    """
    fading: Activations = {}
    batches = _batches(windows(blocks, silence=silence), 1 if getattr(model, "concurrent", False) else BATCH_WINDOWS)
    for kept in over(partial(_predict, model), batches):
        outputs, fading = _cross_fade(kept, fading)
        yield outputs
    if fading:
        yield fading


def windows(blocks: Iterable[Array], *, silence: float) -> Iterator[Window]:
    """Windows over a stream of frames, and the number of output frames kept of each after its `CONTEXT_FRAMES`.

    Parameters
    ----------
    blocks : iterable of (n, n_bins)
    silence : float
        Value of the features before the first and after the last frame.

    Yields
    ------
    (1024, n_bins), int in 1..832
        The windows are `HOP_FRAMES` apart; what is kept of one overlaps the next by `FADE_FRAMES`.
    """
    held: Array | None = None
    n_covered = 0
    for block in blocks:
        if held is None:
            held = np.full((CONTEXT_FRAMES, block.shape[1]), silence, dtype=np.float32)
        held = np.concatenate([held, block])
        while len(held) >= WINDOW_FRAMES:
            yield held[:WINDOW_FRAMES], HOP_FRAMES + FADE_FRAMES
            held = held[HOP_FRAMES:]
            n_covered = FADE_FRAMES
    while held is not None and len(held) > CONTEXT_FRAMES + n_covered:
        after = ((0, max(0, WINDOW_FRAMES - len(held))), (0, 0))
        last = np.pad(held, after, constant_values=silence)[:WINDOW_FRAMES]
        yield last, min(HOP_FRAMES + FADE_FRAMES, len(held) - CONTEXT_FRAMES)
        held, n_covered = held[HOP_FRAMES:], FADE_FRAMES


def _batches(windows: Iterator[Window], n: int) -> Iterator[list[Window]]:
    """`n` windows at a time; the last may be fewer."""
    while batch := list(islice(windows, n)):
        yield batch


def _cross_fade(outputs: list[Activations], fading: Activations) -> tuple[Activations, Activations]:
    """Outputs of consecutive windows joined, the end of the window before them faded in; and the end of the last."""
    parts: dict[str, list[Array]] = {head: [] for head in outputs[0]}
    for window in outputs:
        for head, values in window.items():
            mixed = _mix(fading[head], values) if fading else values
            parts[head].append(mixed[:HOP_FRAMES])
        fading = {head: values[HOP_FRAMES:] for head, values in window.items()}
    return {head: np.concatenate(arrays) for head, arrays in parts.items()}, fading


def _mix(old: Array, new: Array) -> Array:
    """`new` with `old` faded out over its beginning."""
    share = (np.arange(1, len(old) + 1, dtype=np.float32) / (len(old) + 1))[:, None]
    return np.concatenate([old + share * (new[: len(old)] - old), new[len(old) :]])


def _predict(model: Any, batch: list[Window]) -> list[Activations]:
    """Outputs kept of each window of a batch; the batch is filled up where a network is compiled once per shape."""
    inputs = [window for window, _ in batch]
    filled = BATCH_WINDOWS if getattr(model, "jit_compile", False) else len(inputs)
    outputs = model.predict_on_batch(np.stack(inputs + inputs[-1:] * (filled - len(inputs))))
    kept = [slice(CONTEXT_FRAMES, CONTEXT_FRAMES + n_kept) for _, n_kept in batch]
    return [{head: np.asarray(output)[i, rows] for head, output in outputs.items()} for i, rows in enumerate(kept)]
