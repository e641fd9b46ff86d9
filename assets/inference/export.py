"""Export of a trained model from the store into a folder of its own, with a model card."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from mir_models.errors import MirlitonError
from mir_models.tasks import TASKS
from storage import home
from storage.models.checkpoints import ModelStore, Training
from storage.models.exported import KERAS, ONNX, ModelFolder, to_keras_file
from storage.models.onnx_export import to_onnx
from storage.models.record import ExportedModelRecord, Score, Scores
from storage.objects.objects import open_objects
from storage.reports.evaluations import ReportStore
from storage.reports.pages import card
from storage.reports.record import ReportRecord

KEPT = (
    "task",
    "architecture",
    "versions",
    "preset",
    "feature",
    "decoding",
    "members",
    "network",
    "training",
    "augmentation",
    "start",
    "datasets",
    "licences",
    "protocols",
    "weights",
    "parameters",
    "train_hours",
    "validation_hours",
    "fingerprint",
)
"""Fields of the record of a training that the record of an export keeps."""


def export(task: str, architecture: str, folder: Path, *, licence: str) -> ExportedModelRecord:
    """Write the current model of an architecture into `folder`, under a licence; returns its record.

    Raises
    ------
    MirlitonError
        Where there is no model, or no report of this very model: a model card needs its scores.
    """
    objects = open_objects(home.store_address())
    training = ModelStore(objects, task, architecture).current()
    report = _check_report(ReportStore(objects, task, architecture).read(), training, f"{task} --model {architecture}")
    trained, network = training.finished_record(), training.model()
    record = ExportedModelRecord(
        **{name: getattr(trained, name) for name in KEPT},
        heads=sorted(network.output),
        licence=licence,
        measured=report.date,
        scores=_scores(report.evaluation, TASKS.get(trained.task).KIND),
    )
    weights = {KERAS: to_keras_file(network), ONNX: to_onnx(network)}
    sizes = {name: len(content) for name, content in weights.items()}
    return ModelFolder(folder).write(weights, record, card.render(record, sizes))


def _check_report(report: ReportRecord | None, training: Training, arguments: str) -> ReportRecord:
    """The report; refuses none, and one of another training."""
    if report is None or report.model != training.fingerprint:
        received = "none" if report is None else "a report of an earlier training"
        raise MirlitonError("a report of the model", received=received, remedy=f"mirliton evaluate {arguments}")
    return report


def _scores(evaluation: Mapping[str, Any], kind: str) -> Scores:
    """Scores of the model and of the baselines with their intervals, the convention, and the worst track of notes."""
    systems, scores_of = {"model": evaluation, **evaluation["baselines"]}, SCORES[kind]
    scores = Scores(
        convention=evaluation["convention"], systems={name: scores_of(each) for name, each in systems.items()}
    )
    return Scores(**scores, worst_track=evaluation["tracks"][0]) if kind == "notes" else scores


def _note_scores(scores: Mapping[str, Any]) -> dict[str, Score | None]:
    """F1 by kind, of those scores that have an interval."""
    found = {
        name: each for name, each in scores.items() if isinstance(each, dict) and each.keys() >= {"f1", "interval"}
    }
    return {name: {"score": each["f1"], "interval": each["interval"]} for name, each in found.items()}


def _class_scores(scores: Mapping[str, Any]) -> dict[str, Score | None]:
    """Accuracy and macro F1 of tracks."""
    return {name: {"score": scores[name], "interval": scores[f"{name}_interval"]} for name in ("accuracy", "macro_f1")}


SCORES: dict[str, Callable[[Mapping[str, Any]], dict[str, Score | None]]] = {
    "notes": _note_scores,
    "classes": _class_scores,
}
"""Scores of a model card, by the kind of the task."""
