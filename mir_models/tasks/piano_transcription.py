"""Piano transcription: which of the 88 keys sound in each frame, where notes begin and end, and how loud they are.

Targets are the piano rolls of :mod:`mir_models.notes.piano_roll`. The onset and offset heads learn a soft target, 1 at the
frame of the event and 0.5 beside it: a peak that a decoder can find, at the resolution of the frames. A head
``onset_regressed`` learns the onset's exact time instead (:mod:`mir_models.notes.regressed_onsets`), from shards that hold it. The
head ``velocity`` learns MIDI velocity / 127, around onsets only, and nothing where all velocities are the placeholder
64. The loss of every head is the binary cross-entropy (Sigtia et al. 2016; of regressed onsets Kong et al. 2021).

The best epoch of a network that hears onsets is that of the highest **note onset F1** on the validation tracks, of
another one that of the highest micro-averaged **frame F1**. Accuracy is not used, for predicting nothing is right in
95 % of all cells. All thresholds are chosen on validation.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mir_models.evaluation.metrics.frame_level import ThresholdSweep
from mir_models.evaluation.metrics.note_level import note_scores
from mir_models.notes.annotations import Notes
from mir_models.notes.decoding import ONSET_HEADS, VELOCITY, Decoding, decode, onset_head
from mir_models.notes.frames import FrameGrid
from mir_models.notes.regressed_onsets import restored
from mir_models.training import losses as kinds

NAME = "piano_transcription"
KIND = "notes"
LABELS = "notes"
BASELINE_FEATURES: tuple[str, ...] = ()
VERSION = 4
"""Raised when targets, losses or the choice of an epoch change: models are then trained anew."""
ONSET_THRESHOLDS = (0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.6)
"""Candidates among which `calibrate` chooses."""
EPOCH_THRESHOLDS = (0.2, 0.3, 0.4)
"""Candidates among which `validate` chooses, after every epoch."""
WEIGHTS = {"onset_regressed": 2.0, "offset": 0.5, "velocity": 5.0}
"""Of the heads' losses in their sum, where it is not 1."""

Array = NDArray[Any]
Predict = Callable[[Array], dict[str, Array]]


def monitor(heads: Iterable[str]) -> str:
    """The validation score by which an epoch is chosen; higher is better."""
    return "val_note_f1" if set(heads) & set(ONSET_HEADS) else "val_frame_f1"


def targets(example: Mapping[str, Array], heads: Iterable[str]) -> dict[str, Array]:
    """What each head should say about an example with the `fields` of these heads: (n_frames, 88) float32 by head."""
    return {head: TARGETS[head](example) for head in heads}


def fields(heads: Iterable[str]) -> tuple[str, ...]:
    """The rolls from which the targets of these heads are drawn."""
    return tuple(dict.fromkeys([*heads, *(["onset"] if "velocity" in heads else [])]))


def losses(heads: Iterable[str], focal_gamma: float = 0.0) -> dict[str, Any]:
    """The loss of each head."""
    return {head: kinds.where_struck if head == "velocity" else kinds.cross_entropy(focal_gamma) for head in heads}


def weights(heads: Iterable[str]) -> dict[str, float]:
    """Of each head's loss in their sum."""
    return {head: WEIGHTS.get(head, 1.0) for head in heads}


def validate(
    predict: Predict, tracks: Iterable[tuple[Mapping[str, Array], Notes]], grid: FrameGrid
) -> dict[str, float]:
    """Loss, frame F1 and, of a network that hears onsets, note onset F1 over validation tracks.

    Parameters
    ----------
    predict : callable
        Features (n_frames, n_bins) to activations by head, each (n_frames, 88).
    tracks : iterable of (mapping, reference notes)
        ``features`` and the rolls of each track.
    grid : FrameGrid

    Returns
    -------
    dict
        ``val_loss`` (weighted sum over heads of the mean cross-entropy), ``val_frame_f1`` and its ``frame_threshold``;
        ``val_note_f1``, the mean over tracks at the best of `EPOCH_THRESHOLDS`.
    """
    sweep, entropy, cells, found = ThresholdSweep(), 0.0, 0, []
    for track, notes in tracks:
        activations = predict(track["features"])
        sweep.add(activations["frame"], track["frame"])
        wanted = targets(track, activations)
        of_heads = weights(activations)
        entropy += sum(of_heads[head] * _cross_entropy(head, wanted[head], activations[head]) for head in activations)
        cells += track["frame"].size
        if onset_head(activations):
            found.append([_onset_f1(activations, notes, grid, each) for each in EPOCH_THRESHOLDS])
    threshold, f1 = sweep.best()
    log = {"val_loss": entropy / max(cells, 1), "val_frame_f1": float(f1), "frame_threshold": float(threshold)}
    return log | ({"val_note_f1": float(np.mean(found, axis=0).max())} if found else {})


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


def _onset_f1(activations: Mapping[str, Array], notes: Notes, grid: FrameGrid, threshold: float) -> float:
    decoding = Decoding(frame_threshold=threshold, onset_threshold=threshold)
    return note_scores(notes, decode(activations, grid, decoding))["onset"]["f1"]


def _softened(roll: Array) -> Array:
    """1 at an event, 0.5 in the frames beside it."""
    events = roll.astype(np.float32)
    return np.maximum(events, 0.5 * _beside(events))


def _struck(example: Mapping[str, Array]) -> Array:
    """Velocity / 127 at an onset and in the frames beside it; 0, which asks for none, where labels tell none."""
    struck = example["velocity"][example["onset"] > 0]
    told = float((struck != VELOCITY).any())
    velocities = told * np.where(example["onset"] > 0, example["velocity"], 0).astype(np.float32) / 127
    return np.where(velocities > 0, velocities, _beside(velocities))


def _beside(events: Array) -> Array:
    """The larger of the values one frame earlier and one frame later."""
    beside = np.zeros_like(events)
    beside[1:] = events[:-1]
    beside[:-1] = np.maximum(beside[:-1], events[1:])
    return beside


def _cross_entropy(head: str, wanted: Array, activations: Array) -> float:
    clipped = np.clip(np.asarray(activations, dtype=np.float32), 1e-7, 1 - 1e-7)
    entropy = -(wanted * np.log(clipped) + (1 - wanted) * np.log(1 - clipped))
    return float(entropy[wanted > 0].sum() if head == "velocity" else entropy.sum())


TARGETS: dict[str, Callable[[Mapping[str, Array]], Array]] = {
    "frame": lambda example: example["frame"].astype(np.float32),
    "onset": lambda example: _softened(example["onset"]),
    "onset_regressed": lambda example: restored(example["onset_regressed"]),
    "offset": lambda example: _softened(example["offset"]),
    "velocity": _struck,
}
"""By head, what is drawn for it."""
