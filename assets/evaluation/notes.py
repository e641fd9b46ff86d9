"""A judgement: a model's test scores beside the baselines', with the figures and the notes it heard."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from assets.evaluation.excerpts import Excerpt, chosen, excerpt
from assets.evaluation.report_fields import account
from assets.preparation import alignments
from assets.training.corpora import Corpora
from mir_models.evaluation import note_baselines
from mir_models.evaluation.notes import Evaluation, EvaluationParams, TrackPrediction, evaluate
from mir_models.features import settings
from mir_models.figures.onset_timing import onset_error_ecdf, tolerance_sweep
from mir_models.figures.training import loss_curves
from mir_models.figures.transcription import f1_by_track, per_note_f1
from mir_models.inference import activations as inference
from mir_models.notes.annotations import Notes
from mir_models.notes.decoding import Decoding
from mir_models.notes.semitones import first_semitone, on_semitones
from storage import progress
from storage.examples.shards import TrackShards
from storage.media import midi
from storage.media.png import png
from storage.models.trainings import Training
from storage.reports.alignments import AlignmentPage
from storage.reports.evaluations import ReportStore, midi_name
from storage.reports.pages import report as page

VERSION = 3
"""Raised when the report changes for the same model and the same shards."""


def beside(corpora: Corpora) -> list[tuple[str, str, str]]:
    """Nothing: the baselines hear what the network hears."""
    return []


def judge(trained: Training, corpora: Corpora, reports: ReportStore, made_from: str, home: Path) -> dict[str, Any]:
    """Evaluate on the test split, write the report, and return it."""
    record, model = trained.record(), trained.model()
    heard = settings(record["preset"], record["feature"]["params"])
    predict = partial(inference.activations, model, silence=heard.silence)
    found: dict[str, Notes] = {}
    tracks = {corpora.name(track): track for track in corpora.split("test")}
    evaluation = evaluate(
        _predictions(tracks, corpora, predict, heard, f"reports/{record['task']}/{record['architecture']}"),
        _params(record, corpora, heard),
        on_track=lambda track, notes: found.update({track.track: notes}),
    )
    excerpts = [
        excerpt(name, row, tracks[row["track"]], found[row["track"]], corpora, heard)
        for name, row in chosen(evaluation["tracks"]).items()
    ]
    midis = {track: midi.write(notes) for track, notes in found.items()}
    figures = _figures(record, evaluation, excerpts, corpora)
    written = account(record, corpora, evaluation, made_from, home) | {
        "midis": {track: midi_name(track) for track in midis},
        "excerpts": [each.told() for each in excerpts],
    }
    written["links"] |= _pages(corpora, reports)
    sounds = {path: sound for each in excerpts for path, sound in each.sounds.items()}
    reports.write(page.render(written, figures), written, midis, figures, sounds)
    return written


def _params(record: dict[str, Any], corpora: Corpora, heard: Any) -> EvaluationParams:
    """Thresholds from validation, and the convention that the numbers carry."""
    pedals = {row["pedal"] for store in corpora.stores.values() for row in store.labels.records() if row["n_notes"]}
    return EvaluationParams(
        grid=heard.grid,
        decoding=Decoding(**record["decoding"]),
        datasets=tuple(sorted(corpora.stores)),
        **_energy(corpora, heard),
        pedal="separate" if "none" in pedals else "applied",
        n_quarantined=len(corpora.quarantined()),
        seed=record["training"]["seed"],
    )


def _energy(corpora: Corpora, heard: Any) -> dict[str, Any]:
    """The threshold of the energy baseline, from validation, and where its semitones begin.

    None without semitones, and none for corpora that only test: there is nothing to choose it on.
    """
    if not hasattr(heard, "bins_per_octave") or not any(track.split == "validation" for track in corpora.tracks):
        return {}
    pairs = (
        (_semitones(whole["features"], heard), whole["frame"] > 0)
        for whole in corpora.wholes("validation", "features", "frame")
    )
    first_pitch = first_semitone(heard.fmin, heard.bins_per_octave)
    return {
        "energy_threshold_db": note_baselines.fit_energy(pairs, first_pitch=first_pitch),
        "first_pitch": first_pitch,
    }


def _semitones(features: Any, heard: Any) -> Any:
    """Levels of semitones, for the energy baseline; None where the network hears something else."""
    if not hasattr(heard, "bins_per_octave"):
        return None
    return on_semitones(features, fmin=heard.fmin, bins_per_octave=heard.bins_per_octave)


def _predictions(
    tracks: dict[str, TrackShards], corpora: Corpora, predict: Any, heard: Any, stage: str
) -> Iterator[TrackPrediction]:
    for done, (name, track) in enumerate(tracks.items()):
        whole = corpora.whole(track, "features", "frame")
        seconds = track.n_frames / heard.grid.frame_rate
        activations = predict(whole["features"])
        levels = _semitones(whole["features"], heard)
        yield TrackPrediction(name, activations, levels, whole["frame"] > 0, corpora.notes(track), seconds)
        progress.tell(stage, done + 1, len(tracks), name)


def _figures(
    record: dict[str, Any], evaluation: Evaluation, excerpts: list[Excerpt], corpora: Corpora
) -> dict[str, bytes]:
    """Pictures of the page, by name."""
    stores = list(corpora.stores.values())
    aligned = [row for store in stores for row in alignments.measured(alignments.rows(store))]
    refused = [row for store in stores for row in alignments.refused_rows(store)]
    systems = {record["architecture"]: evaluation, **dict(reversed(evaluation["baselines"].items()))}
    figures = {
        "tolerance_sweep": tolerance_sweep({name: each["tolerance_sweep"] for name, each in systems.items()}),
        "onset_errors": onset_error_ecdf({name: each["onset_errors"] for name, each in systems.items()}),
        "f1_by_track": f1_by_track(evaluation["tracks"]),
        "per_note_f1": per_note_f1(evaluation["per_note"]),
        "loss_curves": loss_curves(record["history"]),
    }
    pictures = {each.figure: each.picture for each in excerpts}
    return pictures | {name: png(figure) for name, figure in figures.items()} | alignments.figures(aligned, refused)


def _pages(corpora: Corpora, reports: ReportStore) -> dict[str, str]:
    """The datasets' pages of alignment, relative to the report's: both lie in one store."""
    pages = {name: AlignmentPage(store.objects, name) for name, store in corpora.stores.items()}
    up = "../" * (reports.prefix.count("/") + 1)
    return {f"Alignment of {name}": f"{up}{page.key}" for name, page in pages.items() if page.exists}
