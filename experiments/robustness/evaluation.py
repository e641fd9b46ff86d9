"""Scores of a trained network on the recordings that rows are judged by, its thresholds chosen on others."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from experiments.robustness.data import CHOICE, REAL, UNHEARD, Recording
from experiments.robustness.plan import Plan
from mir_models.evaluation.metrics import note_level
from mir_models.evaluation.thresholds import choose_frame_threshold, choose_note_thresholds
from mir_models.features import FeatureParams
from mir_models.inference import activations
from mir_models.notes import piano_roll
from mir_models.notes.annotations import Notes
from mir_models.notes.decoding import Activations, Decoding, decode

FOUND_WITHIN = 0.15
"""Seconds between the onsets of notes that were found, whatever the delay of the recording."""
OFFSET_RATIO = 0.2

Pair = tuple[Recording, Activations]


def evaluate(model: Any, recordings: Sequence[Recording], params: FeatureParams, plan: Plan) -> dict[str, Any]:
    """By set of recordings, mean scores over its recordings, and note onset F1 by recording."""
    pairs = [(each, activations.predict_track(model, each.features, silence=params.silence)) for each in recordings]
    decoding = _decoding([pair for pair in pairs if pair[0].kind == CHOICE], params, plan)
    return {
        kind: _scores([pair for pair in pairs if pair[0].kind == kind], decoding, params, plan)
        for kind in (REAL, UNHEARD)
    }


def _decoding(pairs: Sequence[Pair], params: FeatureParams, plan: Plan) -> Decoding:
    """By thresholds chosen as those of the product are, `mir_models.tasks.piano_transcription`."""
    frame, _ = choose_frame_threshold((output["frame"], _roll(recording, params)) for recording, output in pairs)
    of = ((output, recording.notes) for recording, output in pairs)
    chosen = choose_note_thresholds(of, params.grid, frame_threshold=frame, onset_thresholds=plan.thresholds)
    return Decoding(frame, chosen.onset, end_threshold=chosen.end)


def _scores(pairs: Sequence[Pair], decoding: Decoding, params: FeatureParams, plan: Plan) -> dict[str, Any]:
    """Scores of one set."""
    found = [(recording.notes, decode(output, params.grid, decoding)) for recording, output in pairs]
    f1s = [note_f1(ref, est) for ref, est in found]
    frame_f1s = [_frame_f1(_roll(each, params), output["frame"], decoding) for each, output in pairs]
    return {
        "note onset F1": float(np.mean(f1s)),
        "at the best threshold": max(_f1s_by_threshold(pairs, decoding, params, plan)),
        "lag taken out": float(np.mean([note_f1(ref, without_lag(ref, est)) for ref, est in found])),
        "within 150 ms": float(np.mean([note_f1(ref, est, within=FOUND_WITHIN) for ref, est in found])),
        "onset + offset": float(np.mean([note_f1(ref, est, offset_ratio=OFFSET_RATIO) for ref, est in found])),
        "frame F1": float(np.mean(frame_f1s)),
        "thresholds": {
            "onset": decoding.onset_threshold, "frame": decoding.frame_threshold, "end": decoding.end_threshold,
        },
        "recordings": {recording.track: f1 for (recording, _), f1 in zip(pairs, f1s, strict=True)},
    }  # fmt: skip


def _f1s_by_threshold(pairs: Sequence[Pair], decoding: Decoding, params: FeatureParams, plan: Plan) -> Iterator[float]:
    """Mean note onset F1 of a set by each of the onset thresholds."""
    for threshold in plan.thresholds:
        each = Decoding(decoding.frame_threshold, threshold, end_threshold=decoding.end_threshold)
        yield float(np.mean([note_f1(of.notes, decode(output, params.grid, each)) for of, output in pairs]))


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


def _roll(recording: Recording, params: FeatureParams) -> NDArray[np.bool_]:
    return piano_roll.draw(recording.notes, params.grid, len(recording.features)).frame.astype(bool)


def _frame_f1(ref: NDArray[np.bool_], output: NDArray[np.float32], decoding: Decoding) -> float:
    est = output >= np.float32(decoding.frame_threshold)
    return float(2 * (ref & est).sum() / max(1, ref.sum() + est.sum()))
