"""A judgement: a model's test scores beside the baselines', with the figures and the notes it heard."""

from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from assets import alignments
from assets.corpora import Corpora
from mir_models import baselines, inference
from mir_models.decoding import Decoding
from mir_models.evaluation import EvaluationParams, TrackPrediction, evaluate
from mir_models.features import preset as feature_of
from mir_models.figures.learning import loss_curves
from mir_models.figures.transcription import frame_f1_by_track, per_note_f1, roll_over_cqt
from storage import midi, progress
from storage.alignment_page import AlignmentPage
from storage.examples import TrackShards, digests
from storage.models import Training
from storage.pages import report as page
from storage.pictures import png
from storage.reports import ReportStore, midi_name
from storage.tracking import run_address

VERSION = 2
"""Raised when the report changes for the same model and the same shards."""
EXCERPT_SECONDS = 20.0


def judge(trained: Training, corpora: Corpora, reports: ReportStore, made_from: str, home: Path) -> dict[str, Any]:
    """Evaluate on the test split, write the report, and return it."""
    record, model = trained.record(), trained.model()
    feature = feature_of(record["preset"])
    heard = type(feature.PRESETS[record["preset"]])(**record["feature"]["params"])
    predict = partial(inference.activations, model, silence=heard.silence)
    params = _params(record, corpora, heard)
    midis: dict[str, bytes] = {}
    tracks = {_name(corpora, track): track for track in corpora.split("test")}
    evaluation = evaluate(
        _predictions(tracks, corpora, predict, heard, f"reports/{record['task']}/{record['architecture']}"),
        params,
        on_track=lambda track, notes: midis.update({track.track: midi.write(notes)}),
    )
    figures = _figures(record, evaluation, tracks, corpora, predict, params)
    written = {
        "task": record["task"],
        "architecture": record["architecture"],
        "date": datetime.now(UTC).date().isoformat(),
        "fingerprint": made_from,
        "model": record["fingerprint"],
        "labels": record["labels"],
        "preset": record["preset"],
        "shards": digests(corpora.tracks),
        "evaluation": evaluation,
        "quarantine": corpora.quarantined(),
        "parameters": {key: record[key] for key in ("network", "training", "feature", "decoding", "licences")},
        "links": {"MLflow run": run_address(home, record["run_id"]), **_pages(corpora, reports)},
        "midis": {track: midi_name(track) for track in midis},
    }
    reports.write(page.render(written, figures), written, midis, figures)
    return written


def _params(record: dict[str, Any], corpora: Corpora, heard: Any) -> EvaluationParams:
    """Thresholds from validation, and the convention that the numbers carry."""
    validation = (
        (whole["features"], whole["frame"] > 0) for whole in corpora.wholes("validation", "features", "frame")
    )
    pedals = {row["pedal"] for store in corpora.stores.values() for row in store.labels.records() if row["n_notes"]}
    return EvaluationParams(
        grid=heard.grid,
        decoding=Decoding(**record["decoding"]),
        datasets=tuple(sorted(corpora.stores)),
        energy_threshold_db=baselines.fit_energy(validation, first_pitch=heard.first_pitch),
        first_pitch=heard.first_pitch,
        pedal="separate" if "none" in pedals else "applied",
        n_quarantined=len(corpora.quarantined()),
        seed=record["training"]["seed"],
    )


def _predictions(
    tracks: dict[str, TrackShards], corpora: Corpora, predict: Any, heard: Any, stage: str
) -> Iterator[TrackPrediction]:
    for done, (name, track) in enumerate(tracks.items()):
        whole = corpora.whole(track, "features", "frame")
        seconds = track.n_frames / heard.grid.frame_rate
        activations = predict(whole["features"])
        yield TrackPrediction(name, activations, whole["features"], whole["frame"] > 0, corpora.notes(track), seconds)
        progress.tell(stage, done + 1, len(tracks), name)


def _figures(
    record: dict[str, Any],
    evaluation: Any,
    tracks: dict[str, TrackShards],
    corpora: Corpora,
    predict: Any,
    params: EvaluationParams,
) -> dict[str, bytes]:
    """Pictures of the page, by name: excerpts of the best, the middle and the worst track among them."""
    rows = evaluation["tracks"]
    chosen = {"best": rows[-1], "middle": rows[len(rows) // 2], "worst": rows[0]}
    stores = list(corpora.stores.values())
    aligned = [row for store in stores for row in alignments.measured(alignments.rows(store))]
    refused = [row for store in stores for row in alignments.refused_rows(store)]
    excerpts = {
        f"roll_{which}": _excerpt(tracks[row["track"]], row, which, corpora, predict, params)
        for which, row in chosen.items()
    }
    figures = {
        "loss_curves": loss_curves(record["history"]),
        "frame_f1_by_track": frame_f1_by_track(rows),
        **excerpts,
        "per_note_f1": per_note_f1(evaluation["per_note"]),
    }
    return {**{name: png(figure) for name, figure in figures.items()}, **alignments.figures(aligned, refused)}


def _excerpt(
    track: TrackShards, row: dict[str, Any], which: str, corpora: Corpora, predict: Any, params: EvaluationParams
) -> Any:
    whole = corpora.whole(track, "features", "frame")
    middle = track.n_frames / params.grid.frame_rate / 2
    return roll_over_cqt(
        whole["features"],
        predict(whole["features"])["frame"],
        whole["frame"] > 0,
        params.grid,
        start=max(0.0, middle - EXCERPT_SECONDS / 2),
        seconds=EXCERPT_SECONDS,
        first_pitch=params.first_pitch,
        title=f"{row['track']} ({which} track, frame F1 {row['f1']:.3f})",
        threshold=params.decoding.frame_threshold,
    )


def _pages(corpora: Corpora, reports: ReportStore) -> dict[str, str]:
    """The datasets' pages of alignment, relative to the report's: both lie in one store."""
    pages = {name: AlignmentPage(store.objects, name) for name, store in corpora.stores.items()}
    up = "../" * (reports.prefix.count("/") + 1)
    return {f"Alignment of {name}": f"{up}{page.key}" for name, page in pages.items() if page.exists}


def _name(corpora: Corpora, track: TrackShards) -> str:
    """Id of a track, with its dataset where there are several."""
    return track.track if len(corpora.stores) == 1 else f"{track.dataset}/{track.track}"
