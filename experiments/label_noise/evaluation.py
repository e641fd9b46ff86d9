"""Scores of a trained network on recordings, with thresholds from the validation recordings."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypedDict

import numpy as np

from experiments.label_noise.excerpts import PARAMS, Excerpt
from experiments.label_noise.noise import jittered
from experiments.label_noise.plan import KINDS, TOLERANCES
from mir_models.evaluation.metrics.frame_level import scores
from mir_models.evaluation.thresholds import choose_frame_threshold
from mir_models.notes import piano_roll
from mir_models.notes.annotations import Notes
from mir_models.notes.decoding import Decoding, decode
from mir_models.notes.regressed_onsets import Onsets, read

CANDIDATES = (0.03, 0.05, 0.08, 0.12, 0.16, 0.2, 0.25, 0.3, 0.35, 0.4, 0.5, 0.6, 0.7)
"""Thresholds for onsets: noise flattens the peaks of a head, and the best threshold falls with it."""
FRAME = "frame F1"

Predict = Callable[[np.ndarray], Mapping[str, np.ndarray]]
Predictions = list[tuple[Excerpt, Mapping[str, np.ndarray]]]
"""Excerpts with their activations (n_frames, 88) by kind of target."""
Scores = dict[str, dict[str, float]]
"""By measure and kind of target."""


class Evaluation(TypedDict):
    """Thresholds by kind of target, and the scores of each test recording with them."""

    thresholds: dict[str, float]
    scores: dict[str, Scores]


def evaluate(predict: Predict, excerpts: Sequence[Excerpt], *, jitter: float, seed: int) -> dict[str, Evaluation]:
    """Thresholds, and the scores of each test recording, for either kind of validation labels.

    Returns
    -------
    dict of Evaluation
        By ``"jittered"`` and ``"exact"``, the validation labels.
    """
    predicted = {
        split: [(each, predict(each.features)) for each in excerpts if each.split == split]
        for split in ("validation", "test")
    }
    with_noise = [
        (Excerpt(e.track, e.split, e.features, jittered(e.notes, jitter, seed=seed, track=e.track)), activations)
        for e, activations in predicted["validation"]
    ]
    evaluations: dict[str, Evaluation] = {}
    for labels, validation in (("jittered", with_noise), ("exact", predicted["validation"])):
        chosen = thresholds(validation)
        evaluations[labels] = {
            "thresholds": chosen,
            "scores": {each.track: _scores(each, activations, chosen) for each, activations in predicted["test"]},
        }
    return evaluations


def thresholds(validation: Predictions) -> dict[str, float]:
    """The threshold of every kind with the highest mean note onset F1, and that with the highest frame F1."""
    frames = ((activations["frame"], _frame_roll(excerpt)) for excerpt, activations in validation)
    chosen = {FRAME: choose_frame_threshold(frames)[0]}
    for kind in KINDS:
        means = [
            np.mean([onset_f1(e.notes, onsets(a[kind], kind, each), TOLERANCES[0]) for e, a in validation])
            for each in CANDIDATES
        ]
        chosen[kind] = CANDIDATES[int(np.argmax(means))]
    return chosen


def onsets(activations: np.ndarray, kind: str, threshold: float) -> Onsets:
    """Onsets decoded from a head: beginnings of runs of the frame head, peaks of the others."""
    if kind != "frame":
        return read(activations, PARAMS.grid, threshold=threshold)
    notes = decode({"frame": activations}, PARAMS.grid, Decoding(frame_threshold=threshold))
    return Onsets(notes.onset_times, notes.pitches)


def onset_f1(ref: Notes, est: Onsets, tolerance: float) -> float:
    """F1 of notes by pitch and onset (mir_eval), matched pitch by pitch, which gives the same and is quicker."""
    matched = sum(
        _matched(ref.onset_times[ref.pitches == pitch], est.times[est.pitches == pitch], tolerance)
        for pitch in np.intersect1d(ref.pitches, est.pitches)
    )
    return float(scores(matched, len(est.times) - matched, len(ref) - matched).f1)


def _matched(ref_times: np.ndarray, est_times: np.ndarray, tolerance: float) -> int:
    from mir_eval.transcription import match_note_onsets

    sides = (np.column_stack([times, times + 1]) for times in (ref_times, est_times))
    return len(match_note_onsets(*sides, onset_tolerance=tolerance))


def _scores(excerpt: Excerpt, activations: Mapping[str, np.ndarray], chosen: Mapping[str, float]) -> Scores:
    active, ref = activations["frame"] >= np.float32(chosen[FRAME]), _frame_roll(excerpt).astype(bool)
    frame = scores((active & ref).sum(), (active & ~ref).sum(), (~active & ref).sum()).f1
    est = {kind: onsets(activations[kind], kind, chosen[kind]) for kind in KINDS}
    return {
        FRAME: {"frame": float(frame)},
        **{
            measure(tolerance): {kind: onset_f1(excerpt.notes, each, tolerance) for kind, each in est.items()}
            for tolerance in TOLERANCES
        },
    }


def measure(tolerance: float) -> str:
    """Name of the note onset score within a tolerance in seconds."""
    return f"note onset F1, {1000 * tolerance:.0f} ms"


def _frame_roll(excerpt: Excerpt) -> np.ndarray:
    return piano_roll.draw(excerpt.notes, PARAMS.grid, len(excerpt.features)).frame
