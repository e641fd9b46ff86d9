"""Scores of a trained network on the test excerpts, by the product's own evaluation."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from experiments.ablation.network import Trained
from experiments.ablation.recipe import Recipe
from experiments.label_noise.excerpts import Excerpt
from experiments.peers.recordings import cut
from mir_models.evaluation.notes import EvaluationParams, TrackPrediction, evaluate
from mir_models.notes import piano_roll

MEASURES = {
    "frame F1": "f1",
    "note onset F1": "note_onset_f1",
    "with offset": "note_onset_offset_f1",
    "with velocity": "note_onset_offset_velocity_f1",
}
"""By their names in the table, the scores of a recording; the last is None of a network without velocities."""

Scores = dict[str, dict[str, float | None]]


def judge(trained: Trained, music: Sequence[Excerpt], recipe: Recipe) -> Scores:
    """By test recording and measure, the F1 of each."""
    params = EvaluationParams(recipe.heard.grid, trained.decoding, datasets=("maps",), n_resamples=1)
    rows = evaluate(_heard(trained, music, recipe), params)["tracks"]
    return {row["track"]: {measure: row[name] for measure, name in MEASURES.items()} for row in rows}


def _heard(trained: Trained, music: Sequence[Excerpt], recipe: Recipe) -> Iterator[TrackPrediction]:
    """The test excerpts; a note that lasts longer than its excerpt ends with it."""
    grid = recipe.heard.grid
    for each in (each for each in music if each.split == "test"):
        n_frames = len(each.features)
        notes = cut(each.notes, end=float(grid.times(n_frames)))
        roll = piano_roll.draw(notes, grid, n_frames).frame.astype(bool)
        yield TrackPrediction(
            each.track, trained.predict(each.features), None, roll, notes, duration=n_frames / grid.frame_rate
        )
