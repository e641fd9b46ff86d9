"""Scores of a trained network on the test excerpts, by the product's own evaluation."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from experiments.ablation.network import Trained
from experiments.ablation.recipe import Recipe
from experiments.label_noise.excerpts import Excerpt
from experiments.peers.recordings import cut
from mir_models.evaluation.notes import NoteEvaluationParams, NotePrediction, evaluate_notes
from mir_models.notes import piano_roll

MEASURES = {
    "frame F1": "f1",
    "note onset F1": "note_onset_f1",
    "with offset": "note_onset_offset_f1",
    "with velocity": "note_onset_offset_velocity_f1",
}
"""By their names in the table, the scores of a recording; the last is None of a network without velocities."""

Scores = dict[str, dict[str, float | None]]


def evaluate(trained: Trained, music: Sequence[Excerpt], recipe: Recipe) -> Scores:
    """By test recording and measure, the F1 of each."""
    params = NoteEvaluationParams(recipe.features.grid, trained.decoding, datasets=("maps",), n_resamples=1)
    rows = evaluate_notes(_predictions(trained, music, recipe), params)["tracks"]
    return {str(row["track"]): {measure: _score(row[name]) for measure, name in MEASURES.items()} for row in rows}


def _score(value: str | float | None) -> float | None:
    return None if value is None else float(value)


def _predictions(trained: Trained, music: Sequence[Excerpt], recipe: Recipe) -> Iterator[NotePrediction]:
    """The test excerpts; a note that lasts longer than its excerpt ends with it."""
    grid = recipe.features.grid
    for each in (each for each in music if each.split == "test"):
        n_frames = len(each.features)
        notes = cut(each.notes, end=float(grid.times(n_frames)))
        roll = piano_roll.draw(notes, grid, n_frames).frame.astype(bool)
        yield NotePrediction(
            each.track, trained.predict(each.features), None, roll, notes, duration=n_frames / grid.frame_rate
        )
