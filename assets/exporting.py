"""Exporting: a trained model out of the store into a folder of its own, with its card."""

from pathlib import Path
from typing import Any

from mir_models.architectures import ARCHITECTURES
from mir_models.errors import MirlitonError
from mir_models.tasks import TASKS
from storage import home
from storage.model_folders import KERAS, ONNX, ModelFolder, to_keras_file
from storage.models import ModelStore, Training
from storage.objects import open_objects
from storage.onnx_export import to_onnx
from storage.pages import card
from storage.reports import ReportStore

KEPT = (
    "task",
    "architecture",
    "versions",
    "preset",
    "feature",
    "decoding",
    "network",
    "training",
    "augmentation",
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
    _refuse_classes(ARCHITECTURES.get(architecture).TASK)
    objects = open_objects(home.store_address())
    trained = ModelStore(objects, task, architecture).current()
    report = _report_of(trained, ReportStore(objects, task, architecture).read(), f"{task} --model {architecture}")
    known, network = trained.record() or {}, trained.model()
    record = {
        **{key: known[key] for key in KEPT if key in known},
        "heads": sorted(network.output),
        "licence": licence,
        "measured": report["date"],
        "scores": _scores(report["evaluation"]),
    }
    weights = {KERAS: to_keras_file(network), ONNX: to_onnx(network)}
    return ModelFolder(folder).write(
        weights, record, card.render(record, {name: len(content) for name, content in weights.items()})
    )


def _refuse_classes(task: str) -> None:
    """Refuse a network that names classes: there is no card for it yet."""
    if TASKS.get(task).KIND != "notes":
        remedy = "use it where it was trained: mirliton evaluate"
        raise MirlitonError("a transcriber to hand on", received=f"a network for {task}", remedy=remedy)


def _report_of(trained: Training, report: dict[str, Any] | None, words: str) -> dict[str, Any]:
    """The report; refuses one of another training."""
    if report is None or report["model"] != trained.fingerprint:
        received = "none" if report is None else "a report of an earlier training"
        raise MirlitonError("a report of the model", received=received, remedy=f"mirliton evaluate {words}")
    return report


def _scores(evaluation: dict[str, Any]) -> dict[str, Any]:
    """F1 with its interval by kind, of the model and of the baselines, and the convention."""
    systems = {"model": evaluation, **evaluation["baselines"]}
    return {
        "convention": evaluation["convention"],
        "systems": {
            name: {kind: _f1(scores[kind]) for kind in scores if _f1(scores[kind])} for name, scores in systems.items()
        },
        "worst_track": evaluation["tracks"][0],
    }


def _f1(scores: Any) -> dict[str, Any] | None:
    """F1 and its interval where a kind of scores has both."""
    has_both = isinstance(scores, dict) and scores.keys() >= {"f1", "interval"}
    return {key: scores[key] for key in ("f1", "interval")} if has_both else None
