"""Exporting: a trained model out of the store into a folder of its own, with its card."""

from pathlib import Path
from typing import Any

from mir_models.errors import MirlitonError
from mir_models.tasks import TASKS
from storage import home
from storage.models.exported import KERAS, ONNX, ModelFolder, to_keras_file
from storage.models.onnx_export import to_onnx
from storage.models.trainings import ModelStore, Training
from storage.objects.objects import open_objects
from storage.reports.evaluations import ReportStore
from storage.reports.pages import card

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
"""What the record of an exported model keeps of the record of its training."""


def export(task: str, architecture: str, folder: Path, *, licence: str) -> dict[str, Any]:
    """Write the current model of an architecture into `folder`, under a licence; returns its record.

    Raises
    ------
    MirlitonError
        Where there is no model, or no report of this very model: a card without scores is none.
    """
    objects = open_objects(home.store_address())
    trained = ModelStore(objects, task, architecture).current()
    report = _report_of(trained, ReportStore(objects, task, architecture).read(), f"{task} --model {architecture}")
    known, network = trained.record() or {}, trained.model()
    record = {
        **{key: known[key] for key in KEPT if key in known},
        "heads": sorted(network.output),
        "licence": licence,
        "measured": report["date"],
        "scores": _scores(report["evaluation"], TASKS.get(known["task"]).KIND),
    }
    weights = {KERAS: to_keras_file(network), ONNX: to_onnx(network)}
    return ModelFolder(folder).write(
        weights, record, card.render(record, {name: len(content) for name, content in weights.items()})
    )


def _report_of(trained: Training, report: dict[str, Any] | None, words: str) -> dict[str, Any]:
    """The report; refuses one of another training."""
    if report is None or report["model"] != trained.fingerprint:
        received = "none" if report is None else "a report of an earlier training"
        raise MirlitonError("a report of the model", received=received, remedy=f"mirliton evaluate {words}")
    return report


def _scores(evaluation: dict[str, Any], kind: str) -> dict[str, Any]:
    """Scores with their intervals, of the model and of the baselines, the convention, and the worst track of notes."""
    systems, told = {"model": evaluation, **evaluation["baselines"]}, TOLD[kind]
    return {
        "convention": evaluation["convention"],
        "systems": {name: told(scores) for name, scores in systems.items()},
        **({"worst_track": evaluation["tracks"][0]} if kind == "notes" else {}),
    }


def _of_notes(scores: dict[str, Any]) -> dict[str, Any]:
    """F1 by kind of scores, of those that have an interval."""
    found = {
        name: each for name, each in scores.items() if isinstance(each, dict) and each.keys() >= {"f1", "interval"}
    }
    return {name: {"score": each["f1"], "interval": each["interval"]} for name, each in found.items()}


def _of_classes(scores: dict[str, Any]) -> dict[str, Any]:
    """Accuracy and macro F1 of tracks."""
    return {name: {"score": scores[name], "interval": scores[f"{name}_interval"]} for name in ("accuracy", "macro_f1")}


TOLD = {"notes": _of_notes, "classes": _of_classes}
"""By the kind of a task, what a card tells of scores."""
