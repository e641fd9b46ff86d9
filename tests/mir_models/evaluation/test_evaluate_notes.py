"""Evaluation: a perfect and a poor track, the baselines beside them, and numbers that carry their convention."""

from __future__ import annotations

import json
import warnings
from dataclasses import replace

import numpy as np
import pytest

from mir_models.errors import MirlitonError, TrackError
from mir_models.evaluation.metrics import bootstrap
from mir_models.evaluation.metrics.per_key import pitch_name
from mir_models.evaluation.notes import EvaluationParams, TrackPrediction, evaluate
from mir_models.figures.onset_timing import onset_error_ecdf, tolerance_sweep
from mir_models.figures.training import loss_curves
from mir_models.figures.transcription import Spectrum, f1_by_track, notes_found, per_note_f1
from mir_models.notes import piano_roll
from mir_models.notes.annotations import LOWEST_PITCH, N_KEYS, NO_NOTES, Notes
from mir_models.notes.decoding import Decoding
from mir_models.notes.frames import FrameGrid

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


def dynamic(item):
    """The track with notes that are not all as loud as each other."""
    notes = item.ref_notes
    return replace(item, ref_notes=Notes(notes.intervals, notes.pitches, 30 + 3 * np.arange(len(notes))))


def test_a_perfect_track_scores_one():
    result = evaluate([track()], PARAMS)
    for scores in (result["micro"], result["macro"]):
        assert scores == {"precision": 1, "recall": 1, "f1": 1}
    perfect = {"precision": 1, "recall": 1, "f1": 1, "interval": None}
    assert result["note_onset"] == perfect | {"micro": perfect}
    assert result["note_onset_offset"]["f1"] == 1
    assert result["frame"] == {"f1": 1, "interval": None}
    assert result["tracks"][0]["n_ref_notes"] == result["tracks"][0]["n_est_notes"] == len(track().ref_notes)


def notes(*rows):
    """Notes of rows (onset, offset, pitch)."""
    values = np.array(rows, dtype=float).reshape(-1, 3)
    return Notes(values[:, :2], values[:, 2], np.full(len(values), 64))


def test_scores_pool_frames_and_average_notes():
    result = evaluate([track("a"), track("b", heard=0.5, seed=1)], PARAMS)
    assert result["micro"]["precision"] == 1
    assert result["micro"]["recall"] == pytest.approx((31 + 16) / 62)
    assert result["note_onset"]["recall"] == pytest.approx((1 + 16 / 31) / 2)
    low, high = result["frame"]["interval"]
    assert low == pytest.approx(32 / 47)
    assert high == 1
    assert low <= result["frame"]["f1"] == result["micro"]["f1"] <= high


def test_pooled_note_scores_weigh_tracks_by_their_notes():
    brief = replace(track("b", seed=1), ref_notes=track("b", seed=1).ref_notes.where(np.arange(31) < 1))
    result = evaluate([track("a"), brief, track("c", seed=2)], replace(PARAMS, level=0.5))["note_onset"]
    assert result["precision"] == pytest.approx((2 + 1 / 31) / 3)
    assert result["micro"]["precision"] == pytest.approx(63 / 93)
    assert result["micro"]["recall"] == 1
    counts = [[31, 0, 0], [1, 30, 0], [31, 0, 0]]
    expected = bootstrap.interval(counts, bootstrap.pooled_f1, n_resamples=200, level=0.5)
    assert result["micro"]["interval"] == pytest.approx(expected)
    assert expected != pytest.approx(result["interval"]), "which is that of the mean"


def test_velocities_count_where_the_network_has_them():
    item = dynamic(track())
    struck = piano_roll.draw(item.ref_notes, GRID, len(item.ref_roll)).velocity.astype(np.float32) / 127
    heard = replace(item, activations=item.activations | {"velocity": struck})
    without, result = evaluate([item], PARAMS), evaluate([heard], PARAMS)
    assert without["note_onset_offset_velocity"] is None
    assert without["tracks"][0]["note_onset_offset_velocity_f1"] is None
    assert result["note_onset_offset_velocity"]["f1"] == result["tracks"][0]["note_onset_offset_velocity_f1"] == 1
    assert result["baselines"]["energy"]["note_onset_offset_velocity"] is None


def test_velocities_are_not_judged_by_labels_that_tell_none():
    """Where all notes are as loud as each other, the line of least squares makes any estimate right."""
    item = track()
    assert np.ptp(item.ref_notes.velocities) == 0
    guessed = np.random.default_rng(0).random(item.ref_roll.shape).astype(np.float32)
    told, untold = (
        replace(each, activations=each.activations | {"velocity": guessed}) for each in (dynamic(item), item)
    )
    assert evaluate([untold], PARAMS)["note_onset_offset_velocity"] is None
    both, one = evaluate([told, replace(untold, track="b")], PARAMS), evaluate([told], PARAMS)
    assert both["note_onset_offset_velocity"] == one["note_onset_offset_velocity"]
    rows = {row["track"]: row["note_onset_offset_velocity_f1"] for row in both["tracks"]}
    assert rows["b"] is None
    assert rows[told.track] < 1


def test_a_late_network_is_late_in_the_errors_and_finds_nothing_within_less():
    late = track()
    heard = np.roll(late.activations["frame"], 2, axis=0)
    result = evaluate([replace(late, activations={"frame": heard})], PARAMS)
    delay = 2 * 512 / 22.05
    assert [row["f1"] for row in result["tolerance_sweep"]] == [0] * 4 + [1] * 6
    assert result["onset_errors"]["n"] == 31
    for name in ("median", "median_abs", "p90_abs"):
        assert result["onset_errors"][name] == pytest.approx(delay)
    assert result["tracks"][0]["onset_error"] == pytest.approx(delay)


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
    nothing = {"precision": 0, "recall": 0, "f1": 0, "interval": [0, 0]}
    assert silence["note_onset"] == nothing | {"micro": nothing}
    assert silence["onset_errors"]["quantiles"] is None
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
    assert found == [(1.02, 1.5, 59.5, 60.5)], "as it was heard"
    assert true == [(1, 2, 59.5, 60.5)], "with the outline of the true note"
    shares = colours(figure)
    assert min(shares[BLUE], shares[GREY], shares[VERMILLION]) > 1e-3


def test_colours_agree_with_the_scores():
    item = track(heard=0.5)
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
    result = evaluate([track("a"), track("b", heard=0.5, seed=1)], PARAMS)
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
    result = evaluate([track("a"), track("b", heard=0.4, seed=1)], PARAMS)
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
        [{"epoch": n, "loss": 1 / n, "val_loss": 2 / n, "val_frame_f1": 0.5, "learning_rate": 1e-3} for n in (1, 2)],
    ],
)
def test_a_history_may_be_incomplete(history):
    figure = loss_curves(history)
    drawn = {line.get_label() for axes in figure.axes for line in axes.get_lines()}
    assert ("training" in drawn) == any("loss" in row for row in history)
    assert ("validation" in drawn) == any(row.get("val_loss") is not None for row in history)
    assert colours(figure)
