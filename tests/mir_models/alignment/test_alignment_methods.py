"""Alignment: what each method is for."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from mir_models.alignment import auto, dtw, none
from mir_models.alignment._confidence import ConfidenceParams
from mir_models.notes.annotations import NO_NOTES, Notes
from mir_models.notes.time_map import TimeMap
from tests.mir_models.alignment.matches import EXACT, accepted, labels_of, matched, warped
from tests.synthetic_piano import SR, errors, onset_features, piece


@pytest.mark.parametrize("name", ["correlation", "drift"])
def test_a_straight_map_has_the_same_ratio_everywhere(name: str) -> None:
    labels, _ = warped(0, share=0.05)
    assert np.ptp(matched(name, onset_features(), labels).time_map.ratios()) == 0


@pytest.mark.parametrize("ratio", [0.97, 0.99, 0.995, 1.005, 1.01, 1.03])
def test_drift_finds_the_tempo(ratio: float) -> None:
    truth = TimeMap.line(0.05, ratio)
    found = matched("drift", onset_features(), labels_of(truth))
    assert found.time_map.ratios()[0] == pytest.approx(ratio, abs=2e-4)
    assert errors(found.time_map, truth, labels_of(truth)).mean() < 0.002
    assert accepted("drift", found)


@pytest.mark.parametrize("ratio", [0.97, 0.99, 1.01, 1.03])
def test_one_lag_is_not_trusted_at_another_tempo(ratio: float) -> None:
    labels = labels_of(TimeMap.line(0.05, ratio))
    lag, line = (matched(name, onset_features(), labels) for name in ("correlation", "drift"))
    assert not accepted("correlation", lag)
    assert lag.confidence < line.confidence


def test_drift_of_less_than_five_seconds_is_a_lag() -> None:
    """Few anchors close together fit any tempo."""
    notes = piece(1).where(piece(1).onset_times < 4)
    found = matched("drift", onset_features(last=4), notes)
    assert found.time_map.ratios().tolist() == [1]
    assert errors(found.time_map, EXACT, notes).max() < 0.003


@pytest.mark.parametrize("share", [0.01, 0.02, 0.05, 0.1])
@pytest.mark.parametrize("seed", [0, 1])
def test_dtw_follows_a_wandering_tempo(share: float, seed: int) -> None:
    labels, truth = warped(seed, share=share)
    found = matched("dtw", onset_features(), labels)
    missed = errors(found.time_map, truth, labels)
    assert missed.mean() < 0.0025
    assert missed.max() < 0.05
    assert accepted("dtw", found)


RUBATO = dtw.Params(judging=ConfidenceParams(doubtful_swing=0.5))
"""For scores that are played with much of it."""


@pytest.mark.parametrize("seed", range(8))
def test_dtw_follows_rubato(seed: int) -> None:
    """A tempo that is up to a fifth slower or faster: it may be left for a while, but is found again."""
    labels, truth = warped(seed, share=0.2)
    found = dtw.match(onset_features(), labels, RUBATO)
    missed = errors(found.time_map, truth, labels)
    assert np.median(missed) < 0.004
    assert np.mean(missed > 0.05) < 0.2
    assert missed.max() < 0.2
    assert accepted("dtw", found)


def test_dtw_searches_flexibly_where_a_stiff_path_does_not_suffice() -> None:
    labels, truth = warped(0, share=0.2)
    stiff, flexible = (
        dtw.match(onset_features(), labels, replace(RUBATO, flexible_below=below)) for below in (0.0, 1.0)
    )
    assert errors(stiff.time_map, truth, labels).max() > 0.1
    assert errors(flexible.time_map, truth, labels).max() < 0.05
    assert stiff.confidence < flexible.confidence


@pytest.mark.parametrize(
    ("truth", "chosen"),
    [
        (TimeMap.shift(-1.2), "correlation"),
        (TimeMap.line(0.05, 0.98), "drift"),
        (TimeMap.line(-2.0, 1.02), "drift"),
        (warped(0, share=0.02)[1], "dtw"),
        (warped(1, share=0.05)[1], "dtw"),
    ],
    ids=["lag", "faster", "slower", "wandering by 2 %", "wandering by 5 %"],
)
def test_auto_chooses_the_cheapest_that_suffices(truth: TimeMap, chosen: str) -> None:
    labels = labels_of(truth)
    found = matched("auto", onset_features(), labels)
    assert found.method == chosen
    np.testing.assert_array_equal(found.time_map.knots, matched(chosen, onset_features(), labels).time_map.knots)
    assert errors(found.time_map, truth, labels).mean() < 0.002


def test_auto_is_as_confident_as_the_best_where_none_suffices() -> None:
    best = max(matched(name, onset_features(), piece(22)).confidence for name in ("correlation", "drift", "dtw"))
    assert matched("auto", onset_features(), piece(22)).confidence == best


def test_none_reports_the_lag_and_applies_nothing() -> None:
    found = matched("none", onset_features(2, lag=0.402), piece(2))
    assert (found.lag, found.method) == (0, "none")
    assert found.time_map.lags(piece(2).onset_times).max() == 0
    assert found.measured_lag == pytest.approx(0.402, abs=0.002)
    assert errors(found.measured, TimeMap.shift(0.402), piece(2)).max() < 0.002


@pytest.mark.parametrize(("y", "notes"), [(np.zeros(SR, np.float32), piece(1)), (np.ones(SR, np.float32), NO_NOTES)])
def test_none_accepts_what_cannot_be_measured(y: np.ndarray, notes: Notes) -> None:
    found = none.align(y, notes, none.Params())
    assert (found.lag, found.measured, found.measured_lag, found.confidence) == (0, None, None, 0)
    assert accepted("none", found)


def test_maps_are_chosen_by_what_tells_them_apart_and_not_by_what_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    """A line can be trusted nearly as much as the curve that is nearer to the notes."""
    found = matched("correlation", onset_features(), piece(1))
    line = replace(found, method="line", confidence=0.9, preference=0.4)
    curve = replace(found, method="curve", confidence=0.8, preference=0.6)
    methods = [SimpleNamespace(match=lambda *_, of=each: of) for each in (line, curve)]
    monkeypatch.setattr(auto, "METHODS", methods)
    assert auto.match(onset_features(), piece(1), auto.Params(sufficient=0.7)).method == "curve"
    assert auto.match(onset_features(), piece(1), auto.Params(sufficient=0.3)).method == "line", (
        "no dearer one is tried"
    )
