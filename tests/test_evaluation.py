"""Evaluation: a perfect and a poor track, the baselines beside them, and numbers that carry their convention."""

from __future__ import annotations

import json
import warnings
from dataclasses import replace

import numpy as np
import pytest

from mir_models.annotations import LOWEST_PITCH, N_KEYS, NO_NOTES, Notes
from mir_models.decoding import Decoding
from mir_models.errors import MirlitonError, TrackError
from mir_models.evaluation import EvaluationParams, TrackPrediction, evaluate, pitch_name
from mir_models.figures.learning import loss_curves
from mir_models.figures.transcription import frame_f1_by_track, per_note_f1, roll_over_cqt
from mir_models.frames import FrameGrid

GRID = FrameGrid(22050, 512)
PARAMS = EvaluationParams(
    GRID, Decoding(0.5), ("synthetic",), energy_threshold_db=-30.0, first_pitch=21, n_quarantined=3, n_resamples=200
)
N_FRAMES = 400


def track(name="a", *, heard=1.0, seed=0):
    """A track of which the network hears the part `heard` of the notes, and the energy baseline all and more."""
    rng = np.random.default_rng(seed)
    first = np.arange(5, N_FRAMES - 30, 12)
    keys = rng.permutation(N_KEYS)[: len(first)]
    notes = Notes(GRID.times(np.stack([first, first + 20], axis=1)), keys + LOWEST_PITCH, np.full(len(first), 64))
    ref, est = np.zeros((2, N_FRAMES, N_KEYS), dtype=bool)
    for n, (start, key) in enumerate(zip(first, keys, strict=True)):
        ref[start : start + 20, key] = True
        est[start : start + 20, key] = n < heard * len(first)
    levels = np.where(ref, -20, -60).astype(np.float32)
    levels[:, 10] = -20
    return TrackPrediction(name, {"frame": est.astype(np.float32)}, levels, ref, notes, N_FRAMES * 512 / 22050)


def test_a_perfect_track_scores_one():
    result = evaluate([track()], PARAMS)
    for scores in (result["micro"], result["macro"]):
        assert scores == {"precision": 1, "recall": 1, "f1": 1}
    assert result["note_onset"] == {"precision": 1, "recall": 1, "f1": 1, "interval": None}
    assert result["note_onset_offset"]["f1"] == 1
    assert result["frame"] == {"f1": 1, "interval": None}
    assert result["tracks"][0]["n_ref_notes"] == result["tracks"][0]["n_est_notes"] == len(track().ref_notes)


def test_scores_pool_frames_and_average_notes():
    result = evaluate([track("a"), track("b", heard=0.5, seed=1)], PARAMS)
    assert result["micro"]["precision"] == 1
    assert result["micro"]["recall"] == pytest.approx((31 + 16) / 62)
    assert result["note_onset"]["recall"] == pytest.approx((1 + 16 / 31) / 2)
    low, high = result["frame"]["interval"]
    assert low == pytest.approx(32 / 47)
    assert high == 1
    assert low <= result["frame"]["f1"] == result["micro"]["f1"] <= high


def test_tracks_come_worst_first_and_one_at_a_time():
    alive, seen = [], []

    def stream():
        for name, heard in (("good", 1.0), ("bad", 0.2), ("fair", 0.6)):
            assert len(seen) == len(alive), "the former track was not finished"
            alive.append(name)
            yield track(name, heard=heard)

    result = evaluate(stream(), PARAMS, on_track=lambda prediction, notes: seen.append((prediction.track, len(notes))))
    assert [row["track"] for row in result["tracks"]] == ["bad", "fair", "good"]
    assert seen == [("good", 31), ("bad", 7), ("fair", 19)]


def test_baselines_stand_beside_the_model():
    result = evaluate([track("a"), track("b", seed=1)], PARAMS)
    silence, energy = result["baselines"]["silence"], result["baselines"]["energy"]
    assert silence["micro"] == {"precision": 0, "recall": 0, "f1": 0}
    assert silence["note_onset"] == {"precision": 0, "recall": 0, "f1": 0, "interval": [0, 0]}
    assert energy["micro"]["recall"] == 1
    assert 0 < energy["micro"]["precision"] < 1
    assert energy.keys() == silence.keys() == result.keys() - {"baselines", "tracks", "per_note", "convention"}


def test_no_energy_baseline_without_features_or_threshold():
    assert list(evaluate([replace(track(), features=None)], PARAMS)["baselines"]) == ["silence"]
    assert list(evaluate([track()], replace(PARAMS, energy_threshold_db=None))["baselines"]) == ["silence"]


def test_per_note_has_a_row_for_every_key():
    rows = evaluate([track(heard=0.5)], PARAMS)["per_note"]
    assert [row["pitch"] for row in rows] == list(range(21, 109))
    assert [rows[0]["name"], rows[39]["name"], rows[49]["name"], rows[87]["name"]] == ["A0", "C4", "A♯4", "C8"]
    assert sum(row["support"] for row in rows) == 31 * 20
    assert {row["f1"] for row in rows} == {0, 1}
    assert pitch_name(69) == "A4"


def test_numbers_carry_their_convention():
    found = evaluate([track()], PARAMS)["convention"]
    expected = {
        "datasets": ["synthetic"],
        "split": "test",
        "n_tracks": 1,
        "n_quarantined": 3,
        "frame_threshold": 0.5,
        "thresholds_from": "validation",
        "onset_tolerance": 0.05,
        "offset_ratio": 0.2,
        "hop_length": 512,
        "pedal": "separate",
        "bootstrap": {"over": "tracks", "level": 0.95, "n_resamples": 200, "seed": 0},
    }
    assert {key: found[key] for key in expected} == expected


def test_the_result_is_json():
    for tracks in ([track()], [track("a"), track("b", heard=0)]):
        result = evaluate(tracks, PARAMS)
        assert json.loads(json.dumps(result, allow_nan=False)) == result


def test_a_track_without_notes_is_no_error():
    silent = replace(track("s"), ref_roll=np.zeros((N_FRAMES, N_KEYS), dtype=bool), ref_notes=NO_NOTES)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        result = evaluate([silent], PARAMS)
    assert result["tracks"][0]["f1"] == result["tracks"][0]["note_onset_f1"] == 0


def test_no_tracks_and_unequal_frames_are_errors():
    with pytest.raises(MirlitonError, match="tracks in the test split"):
        evaluate([], PARAMS)
    short = replace(track("chopin/op10"), ref_roll=np.zeros((N_FRAMES - 1, N_KEYS), dtype=bool))
    with pytest.raises(TrackError, match="chopin/op10"):
        evaluate([short], PARAMS)


# figures


def colours(figure):
    """Share of each colour among the pixels of a figure."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    pixels = np.asarray(canvas.buffer_rgba())[..., :3].reshape(-1, 3)
    values, counts = np.unique(pixels, axis=0, return_counts=True)
    return {tuple(value): n / len(pixels) for value, n in zip(values.tolist(), counts, strict=True)}


BLUE, VERMILLION, GREY = (0, 114, 178), (213, 94, 0), (176, 176, 176)


def test_the_roll_shows_found_added_and_missed():
    item = track(heard=0.5)
    figure = roll_over_cqt(
        item.features, item.activations["frame"], item.ref_roll, GRID, start=0, seconds=20, first_pitch=21, title="$a_b"
    )
    lower = figure.axes[1].images[0].get_array()
    found, missed = (np.count_nonzero(lower == kind) for kind in (1, 3))
    assert (found, missed, np.count_nonzero(lower == 2)) == (16 * 20, 15 * 20, 0)
    shares = colours(figure)
    assert shares[BLUE] > 1e-3
    assert shares[GREY] > 1e-3
    assert shares[VERMILLION] < 1e-3


def test_the_boxes_lie_on_the_frames_they_outline():
    ref = np.zeros((100, N_KEYS), dtype=bool)
    ref[60:70, 39] = True
    levels = np.where(ref, 0.0, -80.0).astype(np.float32)
    figure = roll_over_cqt(levels, ref, ref, GRID, start=1, seconds=1, first_pitch=21, title="")
    image, (boxes,) = figure.axes[0].images[0], figure.axes[0].collections
    left, right, low, _ = image.get_extent()
    frame = int(np.flatnonzero(image.get_array()[60 - 21] == 0)[0])
    width = (right - left) / image.get_array().shape[1]
    (x, y), (x_end, y_end) = boxes.get_paths()[0].get_extents().get_points()
    assert x == pytest.approx(left + frame * width)
    assert x_end - x == pytest.approx(10 * width)
    assert (y, y_end) == (59.5, 60.5)
    assert low == 20.5


def test_an_excerpt_may_be_silent_but_not_beyond_the_end():
    silent, levels = np.zeros((300, N_KEYS), dtype=bool), np.full((300, 84), -80, dtype=np.float32)
    assert colours(roll_over_cqt(levels, silent, silent, GRID, start=5, first_pitch=24, title=""))
    with pytest.raises(MirlitonError, match=r"from 7 s of 7\.0 s"):
        roll_over_cqt(levels, silent, silent, GRID, start=7, first_pitch=24, title="")


def test_scores_by_key_and_by_track():
    result = evaluate([track("a"), track("b", heard=0.4, seed=1)], PARAMS)
    assert colours(per_note_f1(result["per_note"]))[BLUE] > 0.05
    assert colours(frame_f1_by_track(result["tracks"]))[BLUE] > 1e-5


@pytest.mark.parametrize(
    "history",
    [
        [],
        [{"loss": 0.5}],
        [{"epoch": 1, "loss": 0.5, "val_loss": None}, {"epoch": 2, "loss": 0.4, "val_loss": 0.6}],
        [{"epoch": n, "loss": 1 / n, "val_loss": 2 / n, "val_frame_f1": 0.5, "learning_rate": 1e-3} for n in (1, 2)],
    ],
)
def test_a_history_may_be_incomplete(history):
    figure = loss_curves(history)
    drawn = {line.get_label() for axes in figure.axes for line in axes.get_lines()}
    assert ("training" in drawn) == any("loss" in row for row in history)
    assert ("validation" in drawn) == any(row.get("val_loss") is not None for row in history)
    assert colours(figure)
