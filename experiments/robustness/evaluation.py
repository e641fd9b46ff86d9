"""Scores of a trained network on the recordings that rows are judged by."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from experiments.robustness.data import REAL, UNHEARD, Recording
from experiments.robustness.plan import Plan
from mir_models.evaluation.metrics import note_level
from mir_models.features import FeatureParams
from mir_models.inference import activations
from mir_models.notes import piano_roll
from mir_models.notes.annotations import Notes
from mir_models.notes.decoding import Activations, Decoding, decode

FOUND_WITHIN = 0.15
"""Seconds between the onsets of notes that were found, whatever the delay of the recording."""
OFFSET_RATIO = 0.2

Scores = dict[str, float]


def evaluate(model: Any, recordings: Sequence[Recording], params: FeatureParams, plan: Plan) -> dict[str, Any]:
    """By set of recordings, mean scores over its recordings, and note onset F1 by recording."""
    outputs = [activations.predict_track(model, each.features, silence=params.silence) for each in recordings]
    found = {}
    for kind in (REAL, UNHEARD):
        chosen = [number for number, each in enumerate(recordings) if each.kind == kind]
        of, own = [recordings[number] for number in chosen], [outputs[number] for number in chosen]
        found[kind] = _scores(of, own, params, plan)
    return found


def _scores(
    of: Sequence[Recording], outputs: Sequence[Activations], params: FeatureParams, plan: Plan
) -> dict[str, Any]:
    """Scores of one set, at its best thresholds."""
    frames = {
        each: np.mean([_frame_f1(a, b, each, params) for a, b in zip(of, outputs, strict=True)])
        for each in plan.thresholds
    }
    frame = max(frames, key=lambda each: frames[each])
    best: tuple[float, float, list[Notes]] = (-1.0, 0.0, [])
    for threshold in plan.thresholds:
        notes = [decode(output, params.grid, Decoding(frame, threshold)) for output in outputs]
        f1s = [note_f1(recording.notes, each) for recording, each in zip(of, notes, strict=True)]
        best = max(best, (float(np.mean(f1s)), threshold, notes), key=lambda each: each[0])
    f1, threshold, notes = best
    pairs = [(recording.notes, each) for recording, each in zip(of, notes, strict=True)]
    return {
        "note onset F1": f1,
        "lag taken out": float(np.mean([note_f1(ref, without_lag(ref, est)) for ref, est in pairs])),
        "within 150 ms": float(np.mean([note_f1(ref, est, within=FOUND_WITHIN) for ref, est in pairs])),
        "onset + offset": float(np.mean([note_f1(ref, est, offset_ratio=OFFSET_RATIO) for ref, est in pairs])),
        "frame F1": float(frames[frame]),
        "thresholds": {"onset": threshold, "frame": frame},
        "recordings": {r.track: note_f1(*pair) for r, pair in zip(of, pairs, strict=True)},
    }


def note_f1(
    ref: Notes, est: Notes, *, within: float = note_level.ONSET_TOLERANCE, offset_ratio: float | None = None
) -> float:
    """F1 of notes whose onsets lie within so many seconds, and whose offsets lie within a share of the duration."""
    n = len(note_level.matches(ref, est, onset_tolerance=within, offset_ratio=offset_ratio))
    return 2 * n / max(1, len(ref) + len(est))


def without_lag(ref: Notes, est: Notes) -> Notes:
    """`est` with the median of its lags behind `ref` taken out."""
    pairs = note_level.matches(ref, est, onset_tolerance=0.1)
    if not len(pairs):
        return est
    return est.shifted(-float(np.median(est.onset_times[pairs[:, 1]] - ref.onset_times[pairs[:, 0]])))


def _frame_f1(recording: Recording, output: Activations, threshold: float, params: FeatureParams) -> float:
    ref: NDArray[np.bool_] = piano_roll.draw(recording.notes, params.grid, len(recording.features)).frame.astype(bool)
    est = output["frame"] >= threshold
    return float(2 * (ref & est).sum() / max(1, ref.sum() + est.sum()))
