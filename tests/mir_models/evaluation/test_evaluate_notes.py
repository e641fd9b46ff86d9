"""Evaluation: a perfect and a poor track, their baselines, and the convention of the scores."""

from __future__ import annotations

import json
import warnings
from dataclasses import replace

import numpy as np
import pytest

from mir_models.errors import MirlitonError, TrackError
from mir_models.evaluation.metrics import bootstrap
from mir_models.evaluation.metrics.per_key import pitch_name
from mir_models.evaluation.metrics.tally import SystemScores
from mir_models.evaluation.notes import COMPARED, evaluate_notes
from mir_models.notes import piano_roll
from mir_models.notes.annotations import N_KEYS, NO_NOTES, Notes
from tests.mir_models.evaluation.predicted_tracks import GRID, N_FRAMES, PARAMS, track


def dynamic(item):
    """The track with notes that are not all as loud as each other."""
    notes = item.ref_notes
    return replace(item, ref_notes=Notes(notes.intervals, notes.pitches, 30 + 3 * np.arange(len(notes))))


def test_a_perfect_track_scores_one():
    result = evaluate_notes([track()], PARAMS)
    for scores in (result["micro"], result["macro"]):
        assert scores == {"precision": 1, "recall": 1, "f1": 1}
    perfect = {"precision": 1, "recall": 1, "f1": 1, "interval": None}
    assert result["note_onset"] == perfect | {"micro": perfect}
    assert result["note_onset_offset"]["f1"] == 1
    assert result["frame"] == {"f1": 1, "interval": None}
    assert result["tracks"][0]["n_ref_notes"] == result["tracks"][0]["n_est_notes"] == len(track().ref_notes)


def test_scores_pool_frames_and_average_notes():
    result = evaluate_notes([track("a"), track("b", share=0.5, seed=1)], PARAMS)
    assert result["micro"]["precision"] == 1
    assert result["micro"]["recall"] == pytest.approx((31 + 16) / 62)
    assert result["note_onset"]["recall"] == pytest.approx((1 + 16 / 31) / 2)
    low, high = result["frame"]["interval"]
    assert low == pytest.approx(32 / 47)
    assert high == 1
    assert low <= result["frame"]["f1"] == result["micro"]["f1"] <= high


def test_pooled_note_scores_weigh_tracks_by_their_notes():
    brief = replace(track("b", seed=1), ref_notes=track("b", seed=1).ref_notes.where(np.arange(31) < 1))
    result = evaluate_notes([track("a"), brief, track("c", seed=2)], replace(PARAMS, level=0.5))["note_onset"]
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
    with_velocities = replace(item, activations=item.activations | {"velocity": struck})
    without, result = evaluate_notes([item], PARAMS), evaluate_notes([with_velocities], PARAMS)
    assert without["note_onset_offset_velocity"] is None
    assert without["tracks"][0]["note_onset_offset_velocity_f1"] is None
    assert result["note_onset_offset_velocity"]["f1"] == result["tracks"][0]["note_onset_offset_velocity_f1"] == 1
    assert result["baselines"]["energy"]["note_onset_offset_velocity"] is None


def test_velocities_are_not_scored_by_labels_that_have_none():
    """Where all notes are as loud as each other, the line of least squares makes any estimate right."""
    item = track()
    assert np.ptp(item.ref_notes.velocities) == 0
    guessed = np.random.default_rng(0).random(item.ref_roll.shape).astype(np.float32)
    with_velocities, without_velocities = (
        replace(each, activations=each.activations | {"velocity": guessed}) for each in (dynamic(item), item)
    )
    assert evaluate_notes([without_velocities], PARAMS)["note_onset_offset_velocity"] is None
    both, one = (
        evaluate_notes([with_velocities, replace(without_velocities, track="b")], PARAMS),
        evaluate_notes([with_velocities], PARAMS),
    )
    assert both["note_onset_offset_velocity"] == one["note_onset_offset_velocity"]
    rows = {row["track"]: row["note_onset_offset_velocity_f1"] for row in both["tracks"]}
    assert rows["b"] is None
    assert rows[with_velocities.track] < 1


def test_a_late_network_is_late_in_the_errors_and_finds_nothing_within_less():
    late = track()
    rolled = np.roll(late.activations["frame"], 2, axis=0)
    result = evaluate_notes([replace(late, activations={"frame": rolled})], PARAMS)
    delay = 2 * 512 / 22.05
    assert [row["f1"] for row in result["tolerance_sweep"]] == [0] * 4 + [1] * 6
    assert result["onset_errors"]["n"] == 31
    for name in ("median", "median_abs", "p90_abs"):
        assert result["onset_errors"][name] == pytest.approx(delay)
    assert result["tracks"][0]["onset_error"] == pytest.approx(delay)


def test_tracks_come_worst_first_and_one_at_a_time():
    alive, seen = [], []

    def stream():
        for name, share in (("good", 1.0), ("bad", 0.2), ("fair", 0.6)):
            assert len(seen) == len(alive), "the former track was not finished"
            alive.append(name)
            yield track(name, share=share)

    result = evaluate_notes(
        stream(), PARAMS, on_track=lambda prediction, notes: seen.append((prediction.track, len(notes)))
    )
    assert [row["track"] for row in result["tracks"]] == ["bad", "fair", "good"]
    assert seen == [("good", 31), ("bad", 7), ("fair", 19)]


def test_baselines_are_scored_with_the_model():
    result = evaluate_notes([track("a"), track("b", seed=1)], PARAMS)
    silence, energy = result["baselines"]["silence"], result["baselines"]["energy"]
    assert silence["micro"] == {"precision": 0, "recall": 0, "f1": 0}
    nothing = {"precision": 0, "recall": 0, "f1": 0, "interval": [0, 0]}
    assert silence["note_onset"] == nothing | {"micro": nothing}
    assert silence["onset_errors"]["quantiles"] is None
    assert energy["micro"]["recall"] == 1
    assert 0 < energy["micro"]["precision"] < 1
    assert energy.keys() == silence.keys() == set(SystemScores.__annotations__)
    kept = result["baseline_tracks"]
    assert kept["silence"] == dict.fromkeys("ab", dict.fromkeys(COMPARED[:3], 0.0) | {COMPARED[3]: None})
    assert np.mean([row["note_onset_f1"] for row in kept["energy"].values()]) == energy["note_onset"]["f1"]


def test_ends_and_probabilities_are_summed_over_tracks():
    result = evaluate_notes([track("a"), track("b", share=0.5)], PARAMS)
    ends = result["note_ends"]
    assert (ends["n"], ends["early"], ends["late"], ends["found_share"]) == (47, 0, 0, pytest.approx(1.0))
    assert [row["n"] for row in ends["by_duration"]] == [0, 0, 47, 0, 0, 0, 0]
    calibration = result["calibration"]
    assert (calibration["events"], calibration["n"], calibration["error"]) == ("frames of keys", 47 * 20, 0.0)
    assert calibration["bins"][-1] == {"low": 0.9, "high": 1.0, "n": 47 * 20, "probability": 1.0, "share": 1.0}


def test_no_energy_baseline_without_features_or_threshold():
    assert list(evaluate_notes([replace(track(), features=None)], PARAMS)["baselines"]) == ["silence"]
    assert list(evaluate_notes([track()], replace(PARAMS, energy_threshold_db=None))["baselines"]) == ["silence"]


def test_per_note_has_a_row_for_every_key():
    rows = evaluate_notes([track(share=0.5)], PARAMS)["per_note"]
    assert [row["pitch"] for row in rows] == list(range(21, 109))
    assert [rows[0]["name"], rows[39]["name"], rows[49]["name"], rows[87]["name"]] == ["A0", "C4", "A♯4", "C8"]
    assert sum(row["support"] for row in rows) == 31 * 20
    assert {row["f1"] for row in rows} == {0, 1}
    assert pitch_name(69) == "A4"


def test_scores_have_their_convention():
    found = evaluate_notes([track()], PARAMS)["convention"]
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
    for tracks in ([track()], [track("a"), track("b", share=0)]):
        result = evaluate_notes(tracks, PARAMS)
        assert json.loads(json.dumps(result, allow_nan=False)) == result


def test_a_track_without_notes_is_no_error():
    silent = replace(track("s"), ref_roll=np.zeros((N_FRAMES, N_KEYS), dtype=bool), ref_notes=NO_NOTES)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        result = evaluate_notes([silent], PARAMS)
    assert result["tracks"][0]["f1"] == result["tracks"][0]["note_onset_f1"] == 0


def test_no_tracks_and_unequal_frames_are_errors():
    with pytest.raises(MirlitonError, match="tracks in the test split"):
        evaluate_notes([], PARAMS)
    short = replace(track("chopin/op10"), ref_roll=np.zeros((N_FRAMES - 1, N_KEYS), dtype=bool))
    with pytest.raises(TrackError, match="chopin/op10"):
        evaluate_notes([short], PARAMS)
