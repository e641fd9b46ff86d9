"""The two scores by which systems are compared at a glance: transcriptions, or classifications."""

from typing import TYPE_CHECKING

from mir_models.evaluation.classes import ClassScores
from mir_models.evaluation.metrics.tally import SystemScores

if TYPE_CHECKING:
    from typing_extensions import TypeIs

MEASURES = {
    "frame_f1": "frame F1",
    "note_onset_f1": "note onset F1",
    "accuracy": "accuracy",
    "macro_f1": "macro F1",
}
"""Names of the scores in texts."""


def of_classes(scores: SystemScores | ClassScores) -> "TypeIs[ClassScores]":
    """Whether scores are of a classification; otherwise they are of a transcription."""
    return "accuracy" in scores


def headline(scores: SystemScores | ClassScores) -> dict[str, float]:
    """Accuracy and macro F1 of a classification, else frame F1 and note onset F1, by the keys of `MEASURES`."""
    if of_classes(scores):
        return {"accuracy": scores["accuracy"], "macro_f1": scores["macro_f1"]}
    return {"frame_f1": scores["micro"]["f1"], "note_onset_f1": scores["note_onset"]["f1"]}
