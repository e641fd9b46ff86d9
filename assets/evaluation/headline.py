"""The two scores by which systems are compared at a glance: transcriptions, or classifications."""

from typing import TYPE_CHECKING

from mir_models.evaluation.classes import ClassScores
from mir_models.evaluation.metrics.bootstrap import Interval
from mir_models.evaluation.metrics.tally import SystemScores

if TYPE_CHECKING:
    from typing_extensions import TypeIs

    from storage.reports.record import Evaluation

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


def with_intervals(scores: SystemScores | ClassScores) -> dict[str, tuple[float, Interval] | None]:
    """The scores of a system with their intervals, by name; None for one that it does not have.

    Those of `headline`, and of a transcription note onset and offset F1, and that with velocity.
    """
    if of_classes(scores):
        return {
            "accuracy": (scores["accuracy"], scores["accuracy_interval"]),
            "macro_f1": (scores["macro_f1"], scores["macro_f1_interval"]),
        }
    by_name = {
        "note_onset_f1": scores["note_onset"],
        "note_onset_offset_f1": scores["note_onset_offset"],
        "note_onset_offset_velocity_f1": scores["note_onset_offset_velocity"],
    }
    return {
        "frame_f1": (scores["micro"]["f1"], scores["frame"]["interval"]),
        **{name: (each["f1"], each["interval"]) if each else None for name, each in by_name.items()},
    }


def not_beaten(evaluation: "Evaluation") -> dict[str, list[str]]:
    """By baseline, the scores of `headline` in which the network is not above it; empty where it beats all of them."""
    scores = headline(evaluation)
    baselines = {name: headline(each) for name, each in evaluation["baselines"].items()}
    not_above = {name: [key for key in scores if scores[key] <= each[key]] for name, each in baselines.items()}
    return {name: keys for name, keys in not_above.items() if keys}
