"""Piano transcription: which of the 88 keys sound in each frame, where notes begin and end, and how loud they are.

Targets are the piano rolls of :mod:`mir_models.notes.piano_roll`. The onset and offset heads have a soft target, 1 at
the frame of the event and 0.5 beside it: a peak that a decoder can find, at the resolution of the frames. The target
of a head ``onset_regressed`` is the onset's exact time instead (:mod:`mir_models.notes.regressed_onsets`), from shards
that hold it. That of the head ``velocity`` is MIDI velocity / 127, around onsets only, and nothing where all velocities
are the placeholder 64. The loss of every head is the binary cross-entropy (Sigtia et al. 2016; of regressed onsets Kong
et al. 2021).

The best epoch of a network with an onset head is that of the highest **note onset F1** on the validation tracks, of
another one that of the highest micro-averaged **frame F1**. Accuracy is not used: predicting nothing is right in 95 %
of all cells. All thresholds are chosen on validation
(:mod:`mir_models.evaluation.thresholds`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from mir_models.evaluation.thresholds import ThresholdSweep, choose_note_thresholds, note_f1s
from mir_models.notes.annotations import Notes
from mir_models.notes.decoding import ONSET_HEADS, VELOCITY, Decoding, onset_head
from mir_models.notes.frames import FrameGrid
from mir_models.notes.regressed_onsets import dequantize
from mir_models.training import losses as kinds
from mir_models.training.chance import mean_targets
from mir_models.training.distillation import mixed_targets

NAME = "piano_transcription"
KIND: Literal["notes"] = "notes"
LABELS = "notes"
BASELINE_FEATURES: tuple[str, ...] = ()
VERSION = 4
"""Raised when targets, losses or the choice of an epoch change: models are then trained anew."""
EPOCH_DECODINGS = tuple(Decoding(frame_threshold=each, onset_threshold=each) for each in (0.2, 0.3, 0.4))
"""Candidates of which `validate` takes the best, after every epoch."""
VELOCITY_RADIUS = 1
"""Frames on either side of an onset from which the velocity of a note is read."""
WEIGHTS = {"onset_regressed": 2.0, "offset": 0.5, "velocity": 5.0}
"""Of the heads' losses in their sum, where it is not 1."""

Array = NDArray[Any]
Predict = Callable[[Array], dict[str, Array]]


def monitor(heads: Iterable[str]) -> str:
    """The validation score by which an epoch is chosen; higher is better."""
    return "val_note_f1" if set(heads) & set(ONSET_HEADS) else "val_frame_f1"


def decoding_version(heads: Iterable[str]) -> int:
    """Raised when `choose_decoding` chooses otherwise for these heads: thresholds are then chosen anew.

    5: likely ends leave the same notes as others. 4: with likely ends a note lasts `min_frames` at least. 3: ends may
    have higher thresholds. 2: the ends of notes and velocities are read otherwise than in 1. None of them changes
    networks without an onset head.
    """
    return 5 if set(heads) & set(ONSET_HEADS) else 1


def targets(examples: Mapping[str, Array], heads: Iterable[str]) -> dict[str, Array]:
    """The target of each head in [0, 1], (..., n_frames, 88), from examples with the `fields` of these heads.

    float32, but for ``frame``: the roll itself, uint8, of a quarter of the bytes; losses cast it on the device.
    """
    return {head: TARGETS[head](examples) for head in heads}


def fields(heads: Iterable[str]) -> tuple[str, ...]:
    """The piano rolls from which the targets of these heads are computed."""
    return tuple(dict.fromkeys([*heads, *(["onset"] if "velocity" in heads else [])]))


def losses(heads: Iterable[str], focal_gamma: float = 0.0) -> dict[str, Any]:
    """The loss of each head."""
    return {
        head: kinds.onset_velocity_loss if head == "velocity" else kinds.cross_entropy(focal_gamma) for head in heads
    }


def mixed(targets: Mapping[str, Array], activations: Mapping[str, Array], share: float) -> dict[str, Array]:
    """Targets mixed with the activations of another network; velocities count around the onsets of the labels only."""
    return mixed_targets(targets, activations, share, where_positive=("velocity",))


def weights(heads: Iterable[str]) -> dict[str, float]:
    """The weight of each head's loss in their sum."""
    return {head: WEIGHTS.get(head, 1.0) for head in heads}


def constants(every: Iterable[tuple[Mapping[str, Array], float]]) -> dict[str, Array]:
    """The constant prediction of every head, (88,): how often each key is on, how loud its onsets are."""
    return mean_targets(every, where_positive=("velocity",))


def validate(
    predict: Predict, tracks: Iterable[tuple[Mapping[str, Array], Notes]], grid: FrameGrid
) -> dict[str, float]:
    """Loss, frame F1 and, of a network with an onset head, note onset F1 over validation tracks.

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
        ``val_note_f1``, the mean over tracks at the best of `EPOCH_DECODINGS`.
    """
    sweep, entropy, cells, onset_f1s = ThresholdSweep(), 0.0, 0, []
    for track, notes in tracks:
        activations = predict(track["features"])
        sweep.add(activations["frame"], track["frame"])
        head_targets, head_weights = targets(track, activations), weights(activations)
        entropy += sum(
            head_weights[head] * _cross_entropy(head, head_targets[head], activations[head]) for head in activations
        )
        cells += track["frame"].size
        if onset_head(activations):
            onset_f1s.append(note_f1s(activations, notes, grid, EPOCH_DECODINGS))
    threshold, f1 = sweep.best()
    log = {"val_loss": entropy / max(cells, 1), "val_frame_f1": float(f1), "frame_threshold": float(threshold)}
    return log | ({"val_note_f1": float(np.mean(onset_f1s, axis=0).max())} if onset_f1s else {})


def choose_decoding(
    predict: Predict, tracks: Iterable[tuple[Mapping[str, Array], Notes]], grid: FrameGrid, frame_threshold: float
) -> Decoding:
    """The decoding whose thresholds give the highest mean note F1 over validation tracks.

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
    predicted = ((predict(track["features"]), notes) for track, notes in tracks)
    chosen = choose_note_thresholds(predicted, grid, frame_threshold=frame_threshold)
    return Decoding(
        frame_threshold=frame_threshold,
        onset_threshold=chosen.onset,
        end_threshold=chosen.end,
        velocity_radius=VELOCITY_RADIUS,
    )


def _soft_events(roll: Array) -> Array:
    """1 at an event, 0.5 in the frames beside it."""
    events = roll.astype(np.float32)
    return np.maximum(events, 0.5 * _neighbours(events))


def _onset_velocities(examples: Mapping[str, Array]) -> Array:
    """Velocity / 127 at an onset and in the frames beside it; 0, which has no loss, where labels have no velocities."""
    at_onsets = examples["onset"] > 0
    are_known = (at_onsets & (examples["velocity"] != VELOCITY)).any(axis=(-2, -1), keepdims=True)
    velocities = np.where(at_onsets & are_known, examples["velocity"], 0).astype(np.float32) / 127
    return np.where(velocities > 0, velocities, _neighbours(velocities))


def _neighbours(events: Array) -> Array:
    """The larger of the values one frame earlier and one frame later."""
    largest = np.zeros_like(events)
    largest[..., 1:, :] = events[..., :-1, :]
    np.maximum(largest[..., :-1, :], events[..., 1:, :], out=largest[..., :-1, :])
    return largest


def _cross_entropy(head: str, target: Array, activations: Array) -> float:
    clipped = np.clip(np.asarray(activations, dtype=np.float32), 1e-7, 1 - 1e-7)
    entropy = -(target * np.log(clipped) + (1 - target) * np.log(1 - clipped))
    return float(entropy[target > 0].sum() if head == "velocity" else entropy.sum())


TARGETS: dict[str, Callable[[Mapping[str, Array]], Array]] = {
    "frame": lambda examples: examples["frame"],
    "onset": lambda examples: _soft_events(examples["onset"]),
    "onset_regressed": lambda examples: dequantize(examples["onset_regressed"]),
    "offset": lambda examples: _soft_events(examples["offset"]),
    "velocity": _onset_velocities,
}
"""The function of examples that computes the target, by head."""
