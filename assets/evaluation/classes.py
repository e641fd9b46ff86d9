"""A judgement of a classification: a model's test scores beside the baselines', with its most confident mistakes."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from assets.evaluation import class_baselines
from assets.evaluation.excerpts import recording_of
from assets.evaluation.interpretability import inside
from assets.evaluation.report_fields import account
from assets.training.corpora import Corpora
from assets.training.task_data import heard_by
from mir_models.evaluation.classes import ClassParams, ClassPrediction, evaluate
from mir_models.examples.windows import Window
from mir_models.features import settings
from mir_models.figures.classes import confusion_matrix
from mir_models.figures.training import loss_curves
from mir_models.inference.classification import Voting
from storage import progress
from storage.examples.shards import TrackShards
from storage.media.png import png
from storage.models.trainings import Training
from storage.reports.evaluations import ReportStore
from storage.reports.pages import class_report as page

VERSION = 2
"""Raised when the report changes for the same model and the same shards."""
MISTAKES, SECONDS = 3, 20.0
"""How many of the most confident mistakes can be heard, and how much of each."""


def beside(corpora: Corpora) -> list[tuple[str, str, str]]:
    """What the baselines hear beside what the network hears: with other cepstra a report is another one."""
    return class_baselines.made_of(corpora)


def judge(trained: Training, corpora: Corpora, reports: ReportStore, made_from: str, home: Path) -> dict[str, Any]:
    """Evaluate on the test split, write the report, and return it."""
    record, model = trained.record(), trained.model()
    tested = {corpora.name(track): track for track in corpora.split("test")}
    baselines, notes = class_baselines.answered(corpora, record, model, tested)
    notes += _unheard(record, tested)
    evaluation = evaluate(_predictions(tested, corpora, record, model), _params(record, corpora, notes), baselines)
    mistakes, sounds = _mistakes(evaluation, tested, corpora)
    figures = {
        "confusion": png(confusion_matrix(evaluation["confusion"], evaluation["classes"])),
        **inside(model, record, corpora, evaluation, tested),
        "loss_curves": png(loss_curves(record["history"])),
    }
    written = account(record, corpora, evaluation, made_from, home) | {"mistakes": mistakes}
    reports.write(page.render(written, figures), written, {}, figures, sounds)
    return written


def _unheard(record: dict[str, Any], tested: dict[str, TrackShards]) -> tuple[str, ...]:
    """What has to be said where the test split lacks classes: scores are of those that it has."""
    label, known = record["labels"], set(record["classes"])
    there = known & {track.classes[label] for track in tested.values()}
    said = f"The test split has {len(there)} of the {len(known)} {label}s: the scores say nothing of the others."
    return () if there == known else (said,)


def _params(record: dict[str, Any], corpora: Corpora, notes: tuple[str, ...]) -> ClassParams:
    return ClassParams(
        tuple(record["classes"]),
        record["labels"],
        tuple(sorted(corpora.stores)),
        n_quarantined=len(corpora.quarantined()),
        notes=notes,
        seed=record["training"]["seed"],
    )


def _predictions(
    tested: dict[str, TrackShards], corpora: Corpora, record: dict[str, Any], model: Any
) -> Iterator[ClassPrediction]:
    heard = settings(record["preset"], record["feature"]["params"])
    voting = Voting(tuple(record["decoding"]["classes"]), Window(**record["decoding"]["window"]))
    stage = f"reports/{record['task']}/{record['architecture']}"
    for done, (name, track) in enumerate(tested.items()):
        probabilities = heard_by(model, voting, track, corpora, heard)
        yield ClassPrediction(name, track.classes[record["labels"]], probabilities)
        progress.tell(stage, done + 1, len(tested), name)


def _mistakes(
    evaluation: dict[str, Any], tested: dict[str, TrackShards], corpora: Corpora
) -> tuple[list[dict[str, Any]], dict[str, bytes]]:
    """The mistakes that can be heard, as the report tells them, and their sounds by path."""
    told, sounds = [], {}
    for number, row in enumerate([row for row in evaluation["tracks"] if not row["right"]][:MISTAKES], start=1):
        track = tested[row["track"]]
        length = next(
            r["duration"] for r in corpora.stores[track.dataset].raw_audio.records() if r["track"] == track.track
        )
        start = max(0.0, (length - SECONDS) / 2)
        sound, missing = recording_of(corpora, track, start, min(length, start + SECONDS))
        path = f"audio/mistake-{number}.ogg"
        told.append({**row, "recording": path if sound else None, "missing": missing})
        sounds |= {path: sound} if sound else {}
    return told, sounds
