"""Export of a trained model from the store into a folder of its own, with a model card."""

from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path

from assets.evaluation.headline import of_classes
from assets.inference.licences import stated_licences
from mir_models.errors import MirlitonError
from mir_models.evaluation.classes import ClassScores
from mir_models.evaluation.metrics.tally import SystemScores
from storage import home
from storage.models.checkpoints import ModelStore
from storage.models.exported import KERAS, ONNX, ModelFolder, to_keras_file
from storage.models.onnx_export import to_onnx
from storage.models.record import ExportedModelRecord, ModelRecord, Score, Scores
from storage.objects.objects import open_objects
from storage.reports.evaluations import ReportStore
from storage.reports.pages import card
from storage.reports.record import Evaluation, ReportRecord

LEFT_OUT = {
    *("data", "labels", "training_audio", "training_datasets", "shards", "classes", "run_id"),
    *("best_epoch", "history", "seconds_of_last_run", "peak_memory_mib"),
}
"""Fields of the record of a training that the record of an export has not: of recordings, and of how it went."""


def export(
    task: str,
    architecture: str,
    folder: Path,
    *,
    licence: str,
    data_licences: Mapping[str, str] | None = None,
    overwrite: bool = False,
) -> ExportedModelRecord:
    """Write the current model of an architecture into `folder`, under a licence; returns its record.

    Parameters
    ----------
    task, architecture : str
    folder : Path
    licence : str
        Of the weights.
    data_licences : mapping of str to str, optional
        By dataset, in the place of those with which they were registered; see `licences.stated_licences`.
    overwrite : bool

    Raises
    ------
    MirlitonError
        Where there is no model, no report of this very model, since a model card needs its scores, or no licence of
        a dataset. Without `overwrite`, where a file in `folder` is none of an earlier export, or was changed since.
    """
    ModelFolder(folder).check_outputs(overwrite=overwrite)
    objects = open_objects(home.store_address())
    training = ModelStore(objects, task, architecture).current()
    trained = training.finished_record()
    licences, network = stated_licences(trained.licences, data_licences or {}), training.model()
    report = _check_report(ReportStore(objects, task, architecture).read(), trained)
    kept = {each.name: getattr(trained, each.name) for each in fields(trained) if each.name not in LEFT_OUT}
    record = ExportedModelRecord(
        **{**kept, "licences": licences},
        heads=sorted(network.output),
        licence=licence,
        measured=report.date,
        scores=_scores(report.evaluation),
    )
    weights = {KERAS: to_keras_file(network), ONNX: to_onnx(network)}
    sizes = {name: len(content) for name, content in weights.items()}
    return ModelFolder(folder).write(weights, record, card.render(record, sizes), overwrite=overwrite)


def _check_report(report: ReportRecord | None, trained: ModelRecord) -> ReportRecord:
    """The report; refuses none, and one of another training or decoding."""
    if report is None or report.model != trained.decoded_fingerprint:
        received = "none" if report is None else "a report of an earlier training or decoding"
        remedy = f"mirliton evaluate {trained.task} --model {trained.architecture}"
        raise MirlitonError("a report of the model", received=received, remedy=remedy)
    return report


def _scores(evaluation: Evaluation) -> Scores:
    """Scores of the model and of the baselines with their intervals, the convention, and the worst track of notes."""
    if of_classes(evaluation):
        classes = {"model": _class_scores(evaluation)}
        classes |= {name: _class_scores(each) for name, each in evaluation["baselines"].items()}
        return Scores(convention=evaluation["convention"], systems=classes)
    notes = {"model": _note_scores(evaluation)}
    notes |= {name: _note_scores(each) for name, each in evaluation["baselines"].items()}
    return Scores(convention=evaluation["convention"], systems=notes, worst_track=evaluation["tracks"][0])


def _note_scores(scores: SystemScores) -> dict[str, Score | None]:
    """F1 of frames and notes by kind, of those that the system has."""
    with_interval = {"f1", "interval"}
    found = {name: each for name, each in scores.items() if isinstance(each, dict) and each.keys() >= with_interval}
    return {name: {"score": each["f1"], "interval": each["interval"]} for name, each in found.items()}


def _class_scores(scores: ClassScores) -> dict[str, Score | None]:
    """Accuracy and macro F1 of tracks."""
    return {
        "accuracy": {"score": scores["accuracy"], "interval": scores["accuracy_interval"]},
        "macro_f1": {"score": scores["macro_f1"], "interval": scores["macro_f1_interval"]},
    }
