"""Evaluation of a classification: test scores of a model and of baselines, with its most confident mistakes."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from assets.evaluation import class_baselines
from assets.evaluation.excerpts import read_excerpt
from assets.evaluation.interpretability import interpretability_figures
from assets.evaluation.report_fields import base_report
from assets.inference.loaded_model import feature_params, voting
from assets.training.dataset_shards import DatasetShards
from assets.training.task_data import predict_windows
from mir_models.evaluation.classes import ClassEvaluation, ClassEvaluationParams, ClassPrediction, evaluate_classes
from mir_models.figures.classes import confusion_matrix
from mir_models.figures.training import loss_curves
from storage import progress
from storage.examples.track_shards import TrackShards
from storage.media.png import png
from storage.models.checkpoints import Training
from storage.models.record import ModelRecord
from storage.reports.evaluations import ReportStore
from storage.reports.pages import class_report as page
from storage.reports.record import Mistake, ReportRecord

VERSION = 3
"""Raised when the report changes for the same model and the same shards."""
MISTAKES, SECONDS = 3, 20.0
"""How many of the most confident mistakes are played, and seconds of each."""


def baseline_shards(data: DatasetShards) -> list[tuple[str, str, str]]:
    """The shards that only the baselines read: with others the report is another one."""
    return class_baselines.mfcc_fingerprints(data)


def evaluate(training: Training, data: DatasetShards, reports: ReportStore, made_from: str, home: Path) -> ReportRecord:
    """Evaluate on the test split, write the report, and return it."""
    record, model = training.finished_record(), training.model()
    tested = {data.name(track): track for track in data.split("test")}
    baselines, notes = class_baselines.predict_baselines(data, record, model, tested)
    params = _params(record, data, (*notes, *_missing_classes(record, tested)))
    evaluation = evaluate_classes(_predictions(tested, data, record, model), params, baselines)
    mistakes, sounds = _mistakes(evaluation, tested, data)
    figures = {
        "confusion": png(confusion_matrix(evaluation["confusion"], evaluation["classes"])),
        **interpretability_figures(model, record, data, evaluation, tested),
        "loss_curves": png(loss_curves(record.history)),
    }
    report = replace(base_report(record, data, evaluation, made_from, home), mistakes=mistakes)
    reports.write(page.render(report, figures, sounds=sounds), report, midis={}, figures=figures, sounds=sounds)
    return report


def _missing_classes(record: ModelRecord, tested: dict[str, TrackShards]) -> tuple[str, ...]:
    """A sentence where the test split lacks classes: scores are of those that it has."""
    label, classes = record.labels, set(record.classes or ())
    present = classes & {track.classes[label] for track in tested.values()}
    note = f"The test split has {len(present)} of the {len(classes)} {label}s: the scores leave the others out."
    return () if present == classes else (note,)


def _params(record: ModelRecord, data: DatasetShards, notes: tuple[str, ...]) -> ClassEvaluationParams:
    return ClassEvaluationParams(
        tuple(record.classes or ()),
        record.labels,
        tuple(sorted(data.stores)),
        n_quarantined=len(data.quarantined()),
        notes=notes,
        seed=record.training["seed"],
    )


def _predictions(
    tested: dict[str, TrackShards], data: DatasetShards, record: ModelRecord, model: Any
) -> Iterator[ClassPrediction]:
    """The test tracks with the probabilities of their windows, one at a time."""
    params, votes = feature_params(record), voting(record)
    stage = f"reports/{record.task}/{record.architecture}"
    for done, (name, track) in enumerate(tested.items()):
        probabilities = predict_windows(model, votes, track, data, params)
        yield ClassPrediction(name, track.classes[record.labels], probabilities)
        progress.report(stage, done + 1, len(tested), name)


def _mistakes(
    evaluation: ClassEvaluation, tested: dict[str, TrackShards], data: DatasetShards
) -> tuple[list[Mistake], dict[str, bytes]]:
    """The mistakes that are played, as rows of the report, and their sounds by path."""
    rows: list[Mistake] = []
    sounds: dict[str, bytes] = {}
    for number, row in enumerate([row for row in evaluation["tracks"] if not row["right"]][:MISTAKES], start=1):
        track = tested[row["track"]]
        start, stop = _middle(data, track)
        sound, missing = read_excerpt(data, track, start, stop)
        path = f"audio/mistake-{number}.ogg"
        rows.append({**row, "recording": path if sound else None, "missing": missing})
        sounds |= {path: sound} if sound else {}
    return rows, sounds


def _middle(data: DatasetShards, track: TrackShards) -> tuple[float, float]:
    """Beginning and end of the middle `SECONDS` of a track."""
    records = data.stores[track.dataset].raw_audio.records()
    duration = next(each.duration for each in records if each.track == track.track)
    start = max(0.0, (duration - SECONDS) / 2)
    return start, min(duration, start + SECONDS)
