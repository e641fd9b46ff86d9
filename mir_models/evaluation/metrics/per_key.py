"""Frame scores per key of the piano, and names of pitches."""

from __future__ import annotations

from typing import TypedDict

from mir_models.evaluation.metrics import frame_level
from mir_models.evaluation.metrics.frame_level import FrameCounts
from mir_models.notes.annotations import LOWEST_PITCH

NAMES = ("C", "C♯", "D", "D♯", "E", "F", "F♯", "G", "G♯", "A", "A♯", "B")


class KeyScores(TypedDict):
    """Frame scores of one key, ready for JSON.

    Attributes
    ----------
    pitch : int
        MIDI number.
    name : str
        See `pitch_name`.
    support : int
        Frames of the reference in which the key sounds.
    precision, recall, f1 : float
    """

    pitch: int
    name: str
    support: int
    precision: float
    recall: float
    f1: float


def key_scores(counts: FrameCounts) -> list[KeyScores]:
    """Scores of the 88 keys, lowest key first."""
    scores = frame_level.precision_recall_f1(counts)
    return [
        KeyScores(
            pitch=LOWEST_PITCH + key,
            name=pitch_name(LOWEST_PITCH + key),
            support=int(counts.support[key]),
            precision=float(scores.precision[key]),
            recall=float(scores.recall[key]),
            f1=float(scores.f1[key]),
        )
        for key in range(len(counts.tp))
    ]


def pitch_name(pitch: int) -> str:
    """Name of a MIDI number with its octave, in sharps: 21 is A0, 60 is C4."""
    return f"{NAMES[pitch % 12]}{pitch // 12 - 1}"
