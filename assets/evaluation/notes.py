"""Evaluation of a transcription: test scores of a model and of baselines, figures, excerpts and predicted notes."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, NotRequired, TypedDict

import numpy as np

from assets.evaluation.excerpts import EstimatedNotes, Excerpt, choose_tracks, make_excerpt
from assets.evaluation.report_fields import base_report
from assets.inference.loaded_model import feature_params
from assets.preparation import alignments
from assets.training.dataset_shards import DatasetShards
from mir_models.evaluation import note_baselines
from mir_models.evaluation.matched_notes import note_probabilities
from mir_models.evaluation.notes import NoteEvaluation, NoteEvaluationParams, NotePrediction, evaluate_notes
from mir_models.features import FeatureParams, cqt
from mir_models.figures.onset_timing import onset_error_ecdf, tolerance_sweep
from mir_models.figures.training import loss_curves
from mir_models.figures.transcription import f1_by_track, per_note_f1
from mir_models.inference import activations as inference
from mir_models.notes.annotations import Notes
from mir_models.notes.decoding import Decoding
from mir_models.notes.semitones import first_semitone, on_semitones
from storage import progress
from storage.examples.track_shards import TrackShards
from storage.media import midi
from storage.media.png import png
from storage.models.checkpoints import Training
from storage.models.record import ModelRecord
from storage.reports.alignments import AlignmentPage
from storage.reports.evaluations import ReportStore, midi_name
from storage.reports.pages import note_report as page
from storage.reports.record import ReportRecord

VERSION = 4
"""Raised when the report changes for the same model and the same shards."""
Predict = Callable[[np.ndarray], Mapping[str, np.ndarray]]
"""Features (n_frames, n_bins) of a track to activations by head."""


def baseline_shards(data: DatasetShards) -> list[tuple[str, str, str]]:
    """The shards that only the baselines read: none, their input is that of the network."""
    return []


def evaluate(training: Training, data: DatasetShards, reports: ReportStore, made_from: str, home: Path) -> ReportRecord:
    """Evaluate on the test split, write the report, and return it."""
    record, params = training.finished_record(), feature_params(training.finished_record())
    tracks = {data.name(track): track for track in data.split("test")}
    evaluation, found = _evaluate_tracks(training.model(), record, data, tracks)
    excerpts = [
        make_excerpt(name, row, tracks[str(row["track"])], found[str(row["track"])], data, params)
        for name, row in choose_tracks(evaluation["tracks"]).items()
    ]
    figures = _figures(record, evaluation, excerpts, data)
    report = base_report(record, data, evaluation, made_from, home)
    report = replace(
        report,
        links={**report.links, **_pages(data, reports)},
        midis={track: midi_name(track) for track in found},
        excerpts=[each.record() for each in excerpts],
    )
    midis = {track: midi.encode(each.notes) for track, each in found.items()}
    sounds = {path: sound for each in excerpts for path, sound in each.sounds.items()}
    rolls = {each.name: each.roll for each in excerpts}
    html = page.render(report, figures, midis=midis, sounds=sounds, rolls=rolls)
    reports.write(html, report, midis=midis, figures=figures, sounds=sounds)
    return report


def _evaluate_tracks(
    model: Any, record: ModelRecord, data: DatasetShards, tracks: dict[str, TrackShards]
) -> tuple[NoteEvaluation, dict[str, EstimatedNotes]]:
    """The evaluation, and the predicted notes of each track."""
    params = feature_params(record)
    predict = partial(inference.predict_track, model, silence=params.silence)
    found: dict[str, EstimatedNotes] = {}
    evaluation_params = _params(record, data, params)

    def keep(track: NotePrediction, notes: Notes) -> None:
        radius = evaluation_params.decoding.onset_radius
        probabilities = note_probabilities(track.activations, notes, params.grid, radius=radius)
        found[track.track] = EstimatedNotes(notes, probabilities)

    predictions = _predictions(tracks, data, predict, params, f"reports/{record.task}/{record.architecture}")
    return evaluate_notes(predictions, evaluation_params, on_track=keep), found


def _params(record: ModelRecord, data: DatasetShards, params: FeatureParams) -> NoteEvaluationParams:
    """Thresholds from validation, and the convention of the scores."""
    pedals = {row.pedal for store in data.stores.values() for row in store.labels.records() if row.n_notes}
    return NoteEvaluationParams(
        grid=params.grid,
        decoding=Decoding(**record.decoding),
        datasets=tuple(sorted(data.stores)),
        **_energy(data, params),
        pedal="separate" if "none" in pedals else "applied",
        n_quarantined=len(data.quarantined()),
        seed=record.training["seed"],
    )


class EnergyBaseline(TypedDict):
    """Threshold of the energy baseline in dB, and the MIDI pitch of the first semitone of its features."""

    energy_threshold_db: NotRequired[float]
    first_pitch: NotRequired[int]


def _energy(data: DatasetShards, params: FeatureParams) -> EnergyBaseline:
    """The energy baseline, fitted to validation.

    Empty for features without semitones, and for datasets that only test: there is nothing to fit it to.
    """
    if not isinstance(params, cqt.Params) or not any(track.split == "validation" for track in data.tracks):
        return {}
    pairs = (
        (_semitones(arrays["features"], params), arrays["frame"] > 0)
        for arrays in data.split_arrays("validation", "features", "frame")
    )
    first_pitch = first_semitone(params.fmin, params.bins_per_octave)
    return {
        "energy_threshold_db": note_baselines.fit_energy(pairs, first_pitch=first_pitch),
        "first_pitch": first_pitch,
    }


def _semitones(features: np.ndarray, params: FeatureParams) -> Any:
    """Levels (n_frames, n_semitones) in dB for the energy baseline; None of features without semitones."""
    if not isinstance(params, cqt.Params):
        return None
    return on_semitones(features, fmin=params.fmin, bins_per_octave=params.bins_per_octave)


def _predictions(
    tracks: dict[str, TrackShards], data: DatasetShards, predict: Predict, params: FeatureParams, stage: str
) -> Iterator[NotePrediction]:
    """The test tracks with their activations and reference notes, one at a time."""
    for done, (name, track) in enumerate(tracks.items()):
        arrays = data.track_arrays(track, "features", "frame")
        seconds = track.n_frames / params.grid.frame_rate
        activations = predict(arrays["features"])
        levels = _semitones(arrays["features"], params)
        yield NotePrediction(name, activations, levels, arrays["frame"] > 0, data.notes(track), seconds)
        progress.report(stage, done + 1, len(tracks), name)


def _figures(
    record: ModelRecord, evaluation: NoteEvaluation, excerpts: list[Excerpt], data: DatasetShards
) -> dict[str, bytes]:
    """Figures of the page as PNG, by name."""
    stores = list(data.stores.values())
    aligned = [row for store in stores for row in alignments.measured_rows(alignments.alignment_rows(store))]
    refused = [row for store in stores for row in alignments.refused_rows(store)]
    systems = {record.architecture: evaluation, **dict(reversed(evaluation["baselines"].items()))}
    figures = {
        "tolerance_sweep": tolerance_sweep({name: each["tolerance_sweep"] for name, each in systems.items()}),
        "onset_errors": onset_error_ecdf({name: each["onset_errors"] for name, each in systems.items()}),
        "f1_by_track": f1_by_track(evaluation["tracks"]),
        "per_note_f1": per_note_f1(evaluation["per_note"]),
        "loss_curves": loss_curves(record.history),
    }
    rolls = {each.figure: each.picture for each in excerpts}
    return rolls | {name: png(figure) for name, figure in figures.items()} | alignments.figures(aligned, refused)


def _pages(data: DatasetShards, reports: ReportStore) -> dict[str, str]:
    """The datasets' pages of alignment, relative to the report's: both lie in one store."""
    pages = {name: AlignmentPage(store.objects, name) for name, store in data.stores.items()}
    up = "../" * (reports.prefix.count("/") + 1)
    return {f"Alignment of {name}": f"{up}{page.key}" for name, page in pages.items() if page.exists}
