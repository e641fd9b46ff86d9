"""Inference: a network's activations over a track, window by window, so that memory does not grow with the track.

Windows overlap. What a window says near its ends is not kept, and where two windows both speak, one fades into the
other. A network that hears no more than `CONTEXT_FRAMES` on either side gives the same activations wherever the windows
fall; of a recurrent one the seams are smooth. Either way a track gives the same whether its features come at once
(evaluation) or in blocks (transcription of a stream).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

WINDOW_FRAMES = 1024
"""Frames a network hears at once: 23.8 s at 43.07 frames per second."""
CONTEXT_FRAMES = 96
"""Frames on either side of a window whose output is not kept."""
FADE_FRAMES = 64
"""Frames over which a window fades into the next one."""
HOP_FRAMES = WINDOW_FRAMES - 2 * CONTEXT_FRAMES - FADE_FRAMES
"""Frames from one window to the next."""
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
    fading: Activations = {}
    for window in windows(blocks, silence=silence):
        batch.append(window)
        if len(batch) == BATCH_WINDOWS:
            spoken, fading = _faded(_predict(model, batch), fading)
            yield spoken
            batch = []
    if batch:
        spoken, fading = _faded(_predict(model, batch), fading)
        yield spoken
    if fading:
        yield fading


def windows(blocks: Iterable[Array], *, silence: float) -> Iterator[tuple[Array, int]]:
    """Windows over a stream of frames, with how many frames of each are kept after its `CONTEXT_FRAMES`.

    Parameters
    ----------
    blocks : iterable of (n, n_bins)
    silence : float
        What stands before the first and after the last frame.

    Yields
    ------
    (1024, n_bins), int in 1..832
        The windows lie `HOP_FRAMES` apart; what is kept of one reaches `FADE_FRAMES` into the next.
    """
    held: Array | None = None
    said = 0
    for block in blocks:
        if held is None:
            held = np.full((CONTEXT_FRAMES, block.shape[1]), silence, dtype=np.float32)
        held = np.concatenate([held, block])
        while len(held) >= WINDOW_FRAMES:
            yield held[:WINDOW_FRAMES], HOP_FRAMES + FADE_FRAMES
            held = held[HOP_FRAMES:]
            said = FADE_FRAMES
    while held is not None and len(held) > CONTEXT_FRAMES + said:
        after = ((0, max(0, WINDOW_FRAMES - len(held))), (0, 0))
        heard = np.pad(held, after, constant_values=silence)[:WINDOW_FRAMES]
        yield heard, min(HOP_FRAMES + FADE_FRAMES, len(held) - CONTEXT_FRAMES)
        held, said = held[HOP_FRAMES:], FADE_FRAMES


def _faded(spoken: list[Activations], fading: Activations) -> tuple[Activations, Activations]:
    """Consecutive windows joined, after what the one before them left to fade; and what the last of them leaves."""
    joined: dict[str, list[Array]] = {head: [] for head in spoken[0]}
    for said in spoken:
        for head, values in said.items():
            mixed = _mixed(fading[head], values) if fading else values
            joined[head].append(mixed[:HOP_FRAMES])
        fading = {head: values[HOP_FRAMES:] for head, values in said.items()}
    return {head: np.concatenate(parts) for head, parts in joined.items()}, fading


def _mixed(old: Array, new: Array) -> Array:
    """`new` with `old` fading out over its beginning."""
    share = (np.arange(1, len(old) + 1, dtype=np.float32) / (len(old) + 1))[:, None]
    return np.concatenate([old + share * (new[: len(old)] - old), new[len(old) :]])


def _predict(model: Any, batch: list[tuple[Array, int]]) -> list[Activations]:
    """What is kept of each window of a batch; the batch is filled up where a network is compiled once per shape."""
    heard = [window for window, _ in batch]
    filled = BATCH_WINDOWS if getattr(model, "jit_compile", False) else len(heard)
    outputs = model.predict_on_batch(np.stack(heard + heard[-1:] * (filled - len(heard))))
    kept = [slice(CONTEXT_FRAMES, CONTEXT_FRAMES + n_kept) for _, n_kept in batch]
    return [{head: np.asarray(output)[i, rows] for head, output in outputs.items()} for i, rows in enumerate(kept)]
