"""The two scores by which systems are compared at a glance: transcriptions, or classifications."""

from collections.abc import Mapping
from typing import Any

MEASURES = {
    "frame_f1": "frame F1",
    "note_onset_f1": "note onset F1",
    "accuracy": "accuracy",
    "macro_f1": "macro F1",
}
"""Names of the scores in texts."""


def headline(scores: Mapping[str, Any]) -> dict[str, float]:
    """Accuracy and macro F1 of a classification, else frame F1 and note onset F1, by the keys of `MEASURES`."""
    if "accuracy" in scores:
        return {"accuracy": scores["accuracy"], "macro_f1": scores["macro_f1"]}
    return {"frame_f1": scores["micro"]["f1"], "note_onset_f1": scores["note_onset"]["f1"]}
