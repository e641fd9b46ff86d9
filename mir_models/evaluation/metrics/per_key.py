"""Frame scores of each key of the piano."""

from __future__ import annotations

from typing import Any

from mir_models.evaluation.metrics import frame_level
from mir_models.evaluation.metrics.frame_level import FrameCounts
from mir_models.notes.annotations import LOWEST_PITCH

NAMES = ("C", "C♯", "D", "D♯", "E", "F", "F♯", "G", "G♯", "A", "A♯", "B")


def per_note(counts: FrameCounts) -> list[dict[str, Any]]:
    """88 rows, lowest key first: pitch, name, support (frames in the reference), precision, recall, F1."""
    scores = frame_level.precision_recall_f1(counts)
    return [
        {
            "pitch": LOWEST_PITCH + key,
            "name": pitch_name(LOWEST_PITCH + key),
            "support": int(counts.support[key]),
            "precision": float(scores.precision[key]),
            "recall": float(scores.recall[key]),
            "f1": float(scores.f1[key]),
        }
        for key in range(len(counts.tp))
    ]


def pitch_name(pitch: int) -> str:
    """Name of a MIDI number with its octave, in sharps: 21 is A0, 60 is C4."""
    return f"{NAMES[pitch % 12]}{pitch // 12 - 1}"
