"""Figures: notes found, added and missed, sweeps and errors, scores by key and by track, curves of a training."""

from __future__ import annotations

import numpy as np
import pytest

from mir_models.errors import MirlitonError
from mir_models.evaluation.notes import evaluate_notes
from mir_models.figures.example import features_and_targets
from mir_models.figures.onset_timing import onset_error_ecdf, tolerance_sweep
from mir_models.figures.training import loss_curves
from mir_models.figures.transcription import Spectrum, f1_by_track, notes_found, per_note_f1
from mir_models.notes.annotations import NO_NOTES
from tests.mir_models.evaluation.predicted_tracks import GRID, PARAMS, notes, track


def colours(figure):
    """Share of each colour among the pixels of a figure."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    pixels = np.asarray(canvas.buffer_rgba())[..., :3].reshape(-1, 3)
    values, counts = np.unique(pixels, axis=0, return_counts=True)
    return {tuple(value): n / len(pixels) for value, n in zip(values.tolist(), counts, strict=True)}


BLUE, VERMILLION, GREY = (0, 114, 178), (213, 94, 0), (176, 176, 176)


def boxes(axes):
    """The rectangles of each collection: (x, x_end, y, y_end) rows in the order they were added."""
    return [
        [tuple(np.asarray(path.get_extents().get_points()).T.ravel()) for path in each.get_paths()]
        for each in axes.collections
    ]


def test_the_picture_shows_notes_found_added_and_missed_in_three_colours():
    ref = notes((1.0, 2.0, 60), (3.0, 4.0, 64), (30.0, 31.0, 70))
    est = notes((1.02, 1.5, 60), (5.0, 6.0, 67))
    figure = notes_found(ref, est, start=0, seconds=10, title="$a_b")
    (axes,) = figure.axes
    missed, added, found, true = boxes(axes)
    assert (missed, added) == ([(3, 4, 63.5, 64.5)], [(5, 6, 66.5, 67.5)])
    assert found == [(1.02, 1.5, 59.5, 60.5)], "as it sounds"
    assert true == [(1, 2, 59.5, 60.5)], "with the outline of the true note"
    shares = colours(figure)
    assert min(shares[BLUE], shares[GREY], shares[VERMILLION]) > 1e-3


@pytest.mark.parametrize("with_notes", [True, False])
def test_a_training_example_shows_features_above_targets_on_one_axis_of_time(with_notes):
    features, frame = np.zeros((40, 12)), np.zeros((40, 88), dtype=np.uint8)
    features[10:20, 3] = 1
    frame[10:20, 60 - 21] = 1
    onset = frame * (np.arange(40) == 10)[:, None]
    rolls = {"frame": frame, "onset": onset} if with_notes else {}
    figure = features_and_targets(features, 20.0, start=3.0, title="a $track", **rolls)
    assert len(figure.axes) == 1 + with_notes
    assert figure.axes[0].get_images()[0].get_extent() == [3.0, 5.0, 0, 12]
    np.testing.assert_array_equal(figure.axes[0].get_images()[0].get_array(), features.T)
    if with_notes:
        roll = figure.axes[1].get_images()[0].get_array()
        assert tuple(np.round(roll[39, 10] * 255).astype(int)) == VERMILLION
        assert tuple(np.round(roll[39, 15] * 255).astype(int)) == BLUE
        assert roll[38].min() == 1, "a silent key is white"
        assert figure.axes[1].get_xlim() == figure.axes[0].get_xlim() == (3.0, 5.0)


def test_colours_agree_with_the_scores():
    item = track(share=0.5)
    est = item.ref_notes.where(np.arange(31) < 16)
    missed, added, found, _ = boxes(notes_found(item.ref_notes, est, start=0, seconds=20, title="").axes[0])
    assert (len(found), len(added), len(missed)) == (16, 0, 15)


@pytest.mark.parametrize("bins_per_semitone", [1, 3])
def test_the_boxes_lie_on_the_bins_they_outline(bins_per_semitone):
    levels = np.full((100, 88 * bins_per_semitone), -80, dtype=np.float32)
    middle = bins_per_semitone // 2
    levels[60:70, 39 * bins_per_semitone + middle] = 0
    lowest = 21 - middle / bins_per_semitone
    sound = notes((*GRID.times([59.5, 69.5]), 60))
    spectrum = Spectrum(levels, GRID, lowest, 12 * bins_per_semitone)
    figure = notes_found(sound, sound, start=0, seconds=2, title="", spectrum=spectrum)
    image = figure.axes[0].images[0]
    left, right, low, high = image.get_extent()
    rows, columns = np.nonzero(image.get_array() == 0)
    height, width = (high - low) / levels.shape[1], (right - left) / image.get_array().shape[1]
    (((x, x_end, y, y_end),),) = boxes(figure.axes[0])
    assert (x, x_end) == pytest.approx((left + columns.min() * width, left + (columns.max() + 1) * width))
    assert (y + y_end) / 2 == pytest.approx(low + (rows[0] + 0.5) * height)


def test_an_excerpt_may_be_silent_but_not_beyond_the_end():
    spectrum = Spectrum(np.full((300, 84), -80, dtype=np.float32), GRID, 24)
    assert colours(notes_found(NO_NOTES, NO_NOTES, start=5, seconds=20, title="", spectrum=spectrum))
    with pytest.raises(MirlitonError, match=r"from 7 s of 7\.0 s"):
        notes_found(NO_NOTES, NO_NOTES, start=7, seconds=20, title="", spectrum=spectrum)


def test_the_sweep_and_the_errors_are_drawn_as_they_were_counted():
    result = evaluate_notes([track("a"), track("b", share=0.5, seed=1)], PARAMS)
    systems = {"model": result, **result["baselines"]}
    swept = tolerance_sweep({name: each["tolerance_sweep"] for name, each in systems.items()}).axes[0]
    lines = {line.get_label(): line.get_xydata() for line in swept.get_lines()}
    assert lines["model"][:, 0] == pytest.approx(np.arange(10, 101, 10))
    assert lines["model"][4, 1] == result["note_onset"]["f1"]
    errors = onset_error_ecdf({name: each["onset_errors"] for name, each in systems.items()}).axes[0]
    drawn = [line.get_label().partition(":")[0] for line in errors.get_lines() if line.get_label()[0] != "_"]
    assert drawn == ["model", "energy"], "silence has no errors"
    assert colours(onset_error_ecdf({"silence": result["baselines"]["silence"]["onset_errors"]}))


def test_scores_by_key_and_by_track():
    result = evaluate_notes([track("a"), track("b", share=0.4, seed=1)], PARAMS)
    by_key, by_track = per_note_f1(result["per_note"]), f1_by_track(result["tracks"])
    assert colours(by_key)[BLUE] > 0.05
    assert colours(by_track)[BLUE] > 1e-5
    occurring = [row for row in result["per_note"] if row["support"]]
    for axes, name in zip(by_key.axes, ("f1", "support"), strict=True):
        bars = [(bar.get_x() + bar.get_width() / 2, bar.get_height()) for bar in axes.patches]
        np.testing.assert_allclose(bars, [(row["pitch"], row[name]) for row in occurring])
    onset, frame = (line.get_xydata().tolist() for line in by_track.axes[0].get_lines())
    rows = list(enumerate(result["tracks"], 1))
    assert onset == [[rank, row["note_onset_f1"]] for rank, row in rows]
    assert frame == [[rank, row["f1"]] for rank, row in rows]


@pytest.mark.parametrize(
    "history",
    [
        [],
        [{"loss": 0.5}],
        [{"epoch": 1, "loss": 0.5, "val_loss": None}, {"epoch": 2, "loss": 0.4, "val_loss": 0.6}],
        [{"loss": 0.5, "val_loss": 0.6, "chance_loss": 0.55}],
        [{"epoch": n, "loss": 1 / n, "val_loss": 2 / n, "val_frame_f1": 0.5, "learning_rate": 1e-3} for n in (1, 2)],
    ],
)
def test_a_history_may_be_incomplete(history):
    figure = loss_curves(history)
    drawn = {line.get_label() for axes in figure.axes for line in axes.get_lines()}
    assert ("training" in drawn) == any("loss" in row for row in history)
    assert ("chance: constant prediction" in drawn) == any("chance_loss" in row for row in history)
    assert ("validation" in drawn) == any(row.get("val_loss") is not None for row in history)
    assert colours(figure)
