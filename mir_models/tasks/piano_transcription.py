"""Piano transcription: which of the 88 keys sound in each frame, and where notes begin.

Targets are the piano rolls of :mod:`mir_models.piano_roll`. The onset head learns a soft target, 1 at the onset's frame
and 0.5 beside it: a peak that a decoder can find, at the resolution of the frames. A head ``onset_regressed`` learns
the onset's exact time instead (:mod:`mir_models.regression`), from shards that hold it. The loss of every head is the
binary cross-entropy (Sigtia et al. 2016; of regressed onsets Kong et al. 2021). The best epoch is that of the highest
micro-averaged **frame F1** on the validation tracks, its threshold chosen there too; accuracy is not used, for
predicting nothing is right in 95 % of all cells.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mir_models.annotations import Notes
from mir_models.decoding import Decoding, decode, onset_head
from mir_models.frames import FrameGrid
from mir_models.metrics.frame_level import ThresholdSweep
from mir_models.metrics.note_level import note_scores
from mir_models.regression import restored

LABELS = "notes"
MONITOR = "val_frame_f1"
ONSET_THRESHOLDS = (0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.5, 0.6)
"""Candidates among which `calibrate` chooses."""

Array = NDArray[Any]
Predict = Callable[[Array], dict[str, Array]]


def targets(example: Mapping[str, Array], heads: Iterable[str]) -> dict[str, Array]:
    """What each head should say about an example: (n_frames, 88) float32 by head."""
    drawn = {"frame": _as_float, "onset": _softened, "onset_regressed": restored}
    return {head: drawn[head](example[head]) for head in heads}


def losses(heads: Iterable[str]) -> dict[str, str]:
    """The loss of each head."""
    return dict.fromkeys(heads, "binary_crossentropy")


def validate(predict: Predict, tracks: Iterable[Mapping[str, Array]]) -> dict[str, float]:
    """Loss and frame F1 over validation tracks.

    Parameters
    ----------
    predict : callable
        Features (n_frames, n_bins) to activations by head, each (n_frames, 88).
    tracks : iterable of mappings
        ``features`` and the rolls of each track.

    Returns
    -------
    dict
        ``val_loss`` (sum over heads of the mean cross-entropy), ``val_frame_f1`` and its ``frame_threshold``.
    """
    sweep, entropy, cells = ThresholdSweep(), 0.0, 0
    for track in tracks:
        activations = predict(track["features"])
        sweep.add(activations["frame"], track["frame"])
        wanted = targets(track, activations)
        entropy += sum(float(_cross_entropy(wanted[head], activations[head]).sum()) for head in activations)
        cells += track["frame"].size
    threshold, f1 = sweep.best()
    return {"val_loss": entropy / max(cells, 1), "val_frame_f1": float(f1), "frame_threshold": float(threshold)}


def calibrate(
    predict: Predict, tracks: Iterable[tuple[Mapping[str, Array], Notes]], grid: FrameGrid, frame_threshold: float
) -> Decoding:
    """The decoder whose onset threshold gives the highest mean note-onset F1 over validation tracks.

    Parameters
    ----------
    predict : callable
        As in `validate`.
    tracks : iterable of (track, reference notes)
    grid : FrameGrid
    frame_threshold : float
        Chosen by `validate`; kept.

    Returns
    -------
    Decoding
    """
    candidates = [Decoding(frame_threshold=frame_threshold, onset_threshold=onset) for onset in ONSET_THRESHOLDS]
    scores = np.zeros(len(candidates))
    for track, notes in tracks:
        activations = predict(track["features"])
        if onset_head(activations) is None:
            return replace(candidates[0], onset_threshold=frame_threshold)
        scores += [note_scores(notes, decode(activations, grid, each))["onset"]["f1"] for each in candidates]
    return candidates[int(np.argmax(scores))]


def _as_float(roll: Array) -> Array:
    return roll.astype(np.float32)


def _softened(onset_roll: Array) -> Array:
    """1 at an onset, 0.5 in the frames beside it."""
    onsets = onset_roll.astype(np.float32)
    beside = np.zeros_like(onsets)
    beside[1:] = onsets[:-1]
    beside[:-1] = np.maximum(beside[:-1], onsets[1:])
    return np.maximum(onsets, 0.5 * beside)


def _cross_entropy(wanted: Array, activations: Array) -> Array:
    clipped = np.clip(activations, 1e-7, 1 - 1e-7)
    return -(wanted * np.log(clipped) + (1 - wanted) * np.log(1 - clipped))
