"""The warping path: the best path, the anchors about a map, and the robust fits through them."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from experiments.alignment import disturbances
from mir_models.alignment import ALIGNMENTS, _warping_path, drift, dtw
from mir_models.alignment._anchors import AnchorParams, Anchors, measure_anchors
from mir_models.alignment._cross_correlation import fine_lag
from mir_models.alignment._fits import STEEPEST, corrected_map, fit_constant, fit_line, fit_spline
from mir_models.alignment._warping_path import best_path, find_path, refine_path
from mir_models.errors import ParameterError
from mir_models.notes.annotations import Notes
from mir_models.notes.frames import FrameGrid
from mir_models.notes.time_map import TimeMap
from tests.synthetic_piano import ONSET_PARAMS, SECONDS, SR, errors, onset_features, piece

EXACT = TimeMap.shift(0.0)
FRAME = 512 / SR
ANCHOR_PARAMS = AnchorParams()
STIFF, FLEXIBLE = drift.Params().stiff, dtw.Params().flexible
SEEDS = st.integers(0, 2**32 - 1)


def notes_at(onset_times: NDArray[np.float64] | list[float], *, pitch: int = 60, velocity: int = 64) -> Notes:
    onsets, n = np.asarray(onset_times, dtype=float), len(onset_times)
    return Notes(np.c_[onsets, onsets + 0.2], np.full(n, pitch), np.full(n, velocity))


# The best path


def value(gains: NDArray[np.float32], costs: NDArray[np.float32], path: tuple[int, ...]) -> float:
    """Gains on the way less the costs of the steps; none may be longer than there are costs for."""
    steps = [abs(after - before) for before, after in pairwise(path)]
    if max(steps, default=0) >= len(costs):
        return -np.inf
    return float(sum(row[column] for row, column in zip(gains, path, strict=True)) - sum(costs[step] for step in steps))


@given(
    gains=st.tuples(st.integers(1, 5), st.integers(1, 4)).flatmap(
        lambda shape: arrays(np.float32, shape, elements=st.integers(-20, 20))
    ),
    rises=st.lists(st.integers(0, 15), max_size=3),
)
def test_the_best_path_is_the_best_of_all(gains: NDArray[np.float32], rises: list[int]) -> None:
    costs = np.cumsum([0, *rises]).astype(np.float32)
    found = best_path(gains, costs)
    n_rows, n_columns = gains.shape
    best = max(value(gains, costs, path) for path in product(range(n_columns), repeat=n_rows))
    assert value(gains, costs, tuple(found.tolist())) == best


def test_a_dear_step_is_not_taken_and_a_cheap_one_is() -> None:
    gains = np.array([[5, 0, 0], [0, 0, 6]], dtype=np.float32)
    assert best_path(gains, np.array([0, 1, 4], dtype=np.float32)).tolist() == [0, 2]
    assert best_path(gains, np.array([0, 1, 7], dtype=np.float32)).tolist() == [2, 2]
    assert best_path(gains, np.array([0, 1], dtype=np.float32)).tolist() == [2, 2]


# Tracking


def missed(path: Anchors, start: TimeMap, truth: TimeMap) -> NDArray[np.float64]:
    """Seconds by which a path misses the truth."""
    return np.abs(start(path.label_times) + path.deviations - truth(path.label_times))


@pytest.mark.parametrize("tracking", [STIFF, FLEXIBLE], ids=["stiff", "flexible"])
@pytest.mark.parametrize("lag", [-3.7, 0.0, 4.25])
def test_a_path_is_right_to_a_frame(tracking: _warping_path.PathParams, lag: float) -> None:
    path = find_path(onset_features(2, lag=lag), piece(2), EXACT, ONSET_PARAMS.grid, tracking, reach=30.0)
    inside = (path.label_times + lag > 0.5) & (path.label_times + lag < SECONDS)
    wrong = missed(path, EXACT, TimeMap.shift(lag))[inside]
    assert np.median(wrong) < FRAME
    assert np.mean(wrong > 2 * FRAME) < 0.15
    assert path.weights.sum() == len(piece(2))


@given(start=st.floats(-1, 1))
@settings(max_examples=10, deadline=None)
def test_deviations_are_from_the_map_one_starts_with(start: float) -> None:
    near = TimeMap.shift(start)
    path = find_path(onset_features(), piece(1), near, ONSET_PARAMS.grid, STIFF, reach=2.0, widening=False)
    assert np.median(missed(path, TimeMap.shift(start), EXACT)) < FRAME
    assert np.median(path.deviations) == pytest.approx(-start, abs=FRAME)


def test_the_largest_drift_is_known() -> None:
    """Three frames of 23 ms in half a second."""
    assert STIFF.max_drift(ONSET_PARAMS.grid) == pytest.approx(3 * FRAME / 0.5)
    assert FLEXIBLE.max_drift(ONSET_PARAMS.grid) > 0.5


def test_cells_without_notes_give_no_anchor() -> None:
    notes = piece(1).where((piece(1).onset_times < 5) | (piece(1).onset_times > 12))
    path = find_path(onset_features(), notes, EXACT, ONSET_PARAMS.grid, STIFF, reach=30.0)
    assert not ((path.label_times > 5.5) & (path.label_times < 11.5)).any()
    assert path.weights.sum() == len(notes)
    assert np.median(missed(path, EXACT, EXACT)) < FRAME


@pytest.mark.parametrize("onsets", [[1.0], [1.0, 1.0, 1.0], [0.0, 19.0]], ids=["a note", "a chord", "far apart"])
def test_very_few_notes_have_a_path(onsets: list[float]) -> None:
    for tracking in (STIFF, FLEXIBLE):
        path = find_path(onset_features(), notes_at(onsets), EXACT, ONSET_PARAMS.grid, tracking, reach=30.0)
        assert len(path.label_times) == len(set(onsets))
        assert np.isfinite(path.deviations).all()


@pytest.mark.parametrize("tracking", [STIFF, FLEXIBLE], ids=["stiff", "flexible"])
@pytest.mark.parametrize("lag", [-2.0, 0.0, 4.25])
def test_a_path_in_a_coarser_plane_first_is_right_as_well(
    tracking: _warping_path.PathParams, lag: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_warping_path, "MAX_PLANE", 20_000)
    test_a_path_is_right_to_a_frame(tracking, lag)


@pytest.mark.parametrize("max_plane", [100_000, 20_000])
@pytest.mark.parametrize("name", ["drift", "dtw"])
def test_a_long_recording_is_tracked_in_a_coarser_plane_first(
    name: str, max_plane: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The map is the same to a frame, and no plane is larger than allowed."""
    method = ALIGNMENTS.get(name)
    truth = disturbances.warp(np.random.default_rng(0), piece(1), share=0.01)
    labels = truth.inverse().moved(piece(1))
    in_one = method.match(onset_features(), labels, method.Params()).time_map
    sizes: list[int] = []

    def measured(gains: NDArray[np.float32], costs: NDArray[np.float32]) -> NDArray[np.int64]:
        sizes.append(gains.size)
        return best_path(gains, costs)

    monkeypatch.setattr(_warping_path, "MAX_PLANE", max_plane)
    monkeypatch.setattr(_warping_path, "best_path", measured)
    pooled = method.match(onset_features(), labels, method.Params()).time_map
    np.testing.assert_allclose(pooled(labels.onset_times), in_one(labels.onset_times), atol=FRAME)
    assert 0 < max(sizes) <= 1.1 * max_plane


def test_the_flux_is_followed_to_milliseconds() -> None:
    """A map that is up to 25 ms wrong, differently everywhere."""
    knots = np.arange(0.0, SECONDS + 1)
    wrong = TimeMap(np.c_[knots, knots + 0.025 * np.sin(knots / 3)])
    path = refine_path(onset_features().flux, piece(1), wrong, ONSET_PARAMS.fine_grid, ANCHOR_PARAMS)
    assert np.median(missed(path, wrong, EXACT)) < 0.004
    assert missed(path, wrong, EXACT).max() < 0.012


# Anchors


def anchors(time_map: TimeMap, notes: Notes | None = None, **params: float) -> Anchors:
    notes = piece(1) if notes is None else notes
    return measure_anchors(onset_features(), notes, time_map, ONSET_PARAMS, AnchorParams(**params))


def test_anchors_about_an_exact_map_are_near_zero() -> None:
    found = anchors(EXACT)
    assert abs(fit_constant(found.deviations, found.weights)) < 0.001
    assert np.abs(found.deviations).max() < 0.005
    assert (np.diff(found.label_times) > 0).all()


@given(lag=st.floats(-0.012, 0.012))
@settings(max_examples=20, deadline=None)
def test_anchors_measure_how_late_the_onsets_are(lag: float) -> None:
    found = anchors(TimeMap.shift(lag))
    assert np.median(found.deviations) == pytest.approx(-lag, abs=0.0015)


def test_anchors_measure_a_tempo() -> None:
    ratio = 1.001
    found = anchors(TimeMap.line(-0.01, ratio))
    intercept, slope = fit_line(found.label_times, found.deviations, found.weights)
    assert slope == pytest.approx(1 - ratio, abs=2e-4)
    assert intercept == pytest.approx(0.01, abs=0.002)


def test_anchors_gather_notes_until_a_pause() -> None:
    """At least six notes and half a second; a pause of more than a second ends a group early."""
    onsets = [*np.arange(0, 1.25, 0.25), *np.arange(4, 7, 0.25)]
    found = anchors(EXACT, notes_at(onsets), group_notes=6, group_seconds=0.5, pause=1.0)
    assert found.weights.tolist() == [5, 6, 6]
    assert found.label_times == pytest.approx([0.5, 4.625, 6.125])


def test_a_group_lasts_even_where_notes_are_many() -> None:
    found = anchors(EXACT, notes_at(np.arange(0, 2, 0.05)), group_notes=6, group_seconds=0.5)
    assert found.weights.tolist() == [10, 10, 10, 10]


def test_anchors_outside_the_recording_do_not_count() -> None:
    """Labels that begin 10 s before the recording; the map is exact."""
    cut = onset_features(first=10)
    found = measure_anchors(cut, piece(1), TimeMap.shift(-10.0), ONSET_PARAMS, ANCHOR_PARAMS)
    assert np.abs(found.deviations).max() < 0.005


def test_fine_lag_of_a_single_rise() -> None:
    grid, flux = FrameGrid(SR, 128), np.zeros(1000, dtype=np.float32)
    flux[400] = 1
    onset = (400 - 0.5) * 128 / SR + ANCHOR_PARAMS.flux_lead
    found = fine_lag(flux, notes_at([onset - 0.0123]), EXACT, grid, ANCHOR_PARAMS)
    assert found == pytest.approx(0.0123, abs=0.0006)


# Robust fits


def spoilt(rng: np.random.Generator, y: NDArray[np.float64]) -> NDArray[np.float64]:
    """`y` with noise of 1 ms, and a fifth of outliers of 20 to 500 ms, all on the same side."""
    wrong = rng.permutation(len(y)) < len(y) / 5
    return y + 1e-3 * rng.standard_normal(len(y)) + wrong * rng.uniform(0.02, 0.5, len(y))


@given(seed=SEEDS, value=st.floats(-1, 1))
@settings(deadline=None)
def test_a_constant_ignores_outliers(seed: int, value: float) -> None:
    rng = np.random.default_rng(seed)
    y = spoilt(rng, np.full(100, value))
    assert fit_constant(y, rng.uniform(1, 9, 100)) == pytest.approx(value, abs=0.001)


@given(seed=SEEDS, intercept=st.floats(-1, 1), slope=st.floats(-0.05, 0.05))
@settings(deadline=None)
def test_a_line_ignores_outliers(seed: int, intercept: float, slope: float) -> None:
    rng = np.random.default_rng(seed)
    x = np.sort(rng.uniform(0, 100, 150))
    found = fit_line(x, spoilt(rng, intercept + slope * x), rng.uniform(1, 9, 150))
    assert found == pytest.approx((intercept, slope), abs=0.001)
    assert found[1] == pytest.approx(slope, abs=2e-5)


@given(intercept=st.floats(-1, 1), slope=st.floats(-0.05, 0.05))
@settings(max_examples=20, deadline=None)
def test_fits_through_exact_points_are_exact(intercept: float, slope: float) -> None:
    x = np.array([0.0, 1, 2, 5, 9, 13, 20, 21, 22, 30, 40])
    y, weights = intercept + slope * x, np.arange(1.0, 12)
    assert fit_line(x, y, weights) == pytest.approx((intercept, slope), abs=1e-6)
    at = np.linspace(0, 40, 33)
    np.testing.assert_allclose(fit_spline(x, y, weights, at), intercept + slope * at, atol=1e-5)
    assert fit_constant(np.full(11, slope), weights) == pytest.approx(slope, abs=1e-9)


def test_weights_count() -> None:
    x, y = np.arange(4.0), np.array([0.0, 0.0, 1.0, 1.0])
    heavy_first, heavy_last = np.array([9.0, 9, 1, 1]), np.array([1.0, 1, 9, 9])
    assert fit_constant(y, heavy_first) < 0.2 < 0.8 < fit_constant(y, heavy_last)
    assert fit_line(x, np.array([0.0, 1, 2, 4]), heavy_last)[1] > fit_line(x, np.array([0.0, 1, 2, 4]), heavy_first)[1]


@given(seed=SEEDS, period=st.floats(12, 60), share=st.sampled_from([0.0, 0.2]))
@settings(max_examples=25, deadline=None)
def test_a_curve_follows_a_sine_and_no_outliers(seed: int, period: float, share: float) -> None:
    """Outliers as anchors have them: anywhere within the reach; of 1,750 draws the mean error was 0.0031 at most."""
    rng = np.random.default_rng(seed)
    x = np.cumsum(rng.uniform(0.1, 0.9, 120))
    wave = 0.02 * np.sin(2 * np.pi * x / period)
    wrong = rng.random(120) < share
    y = np.where(wrong, rng.uniform(-0.03, 0.03, 120), wave + 1e-3 * rng.standard_normal(120))
    found = fit_spline(x, y, np.full(120, 6.0), x)
    assert np.mean(np.abs(found - wave)[4:-4]) < (0.004 if share else 0.001)


def test_a_curve_through_noise_is_smooth() -> None:
    """Where the data show no more than a line, it is one: the noise is not followed."""
    rng = np.random.default_rng(0)
    x = np.arange(0, 60, 0.5)
    y = 0.3 + 0.002 * x + 1e-3 * rng.standard_normal(len(x))
    found = fit_spline(x, y, np.ones(len(x)), x)
    assert np.abs(found - (0.3 + 0.002 * x)).max() < 0.0006


def test_a_curve_through_few_points_is_a_constant() -> None:
    found = fit_spline(np.arange(4.0), np.array([1.0, 1, 1, 1.1]), np.ones(4), np.arange(-3.0, 9))
    assert np.ptp(found) == 0
    assert found[0] == pytest.approx(1, abs=0.03)


def test_a_curve_stays_where_its_points_end() -> None:
    x = np.arange(0, 20.0)
    found = fit_spline(x, 0.01 * x, np.ones(20), np.array([-50.0, 0, 19, 50]))
    assert found == pytest.approx([0, 0, 0.19, 0.19], abs=1e-4)


# A map moved by its anchors


@given(
    steps=st.lists(st.floats(0.05, 20), min_size=1, max_size=15),
    deviations=st.lists(st.floats(-30, 30), min_size=15, max_size=15),
    smoothness=st.sampled_from([None, 0.03, 3.0]),
)
@settings(deadline=None)
def test_a_corrected_map_ascends_whatever_the_anchors_are(
    steps: list[float], deviations: list[float], smoothness: float | None
) -> None:
    x = np.cumsum(steps)
    anchors = Anchors(x, np.array(deviations)[: len(x)], np.full(len(x), 6.0))
    assert (corrected_map(EXACT, anchors, smoothness=smoothness).ratios() >= STEEPEST * (1 - 1e-6)).all()


def test_a_map_that_would_fall_rises_as_little_as_is_allowed() -> None:
    """Anchors by which five seconds of labels sound backwards."""
    x = np.arange(0, 20, 0.5)
    backwards = np.where(x < 7, 0.0, np.where(x < 12, -2 * (x - 7), -10.0))
    found = corrected_map(EXACT, Anchors(x, backwards, np.ones(len(x))), smoothness=0.03)
    assert found.ratios().min() == pytest.approx(STEEPEST)
    assert errors(found, EXACT, notes_at(np.arange(0, 6, 0.1))).max() < 0.3


def test_a_map_that_is_right_is_not_moved() -> None:
    x = np.arange(1, 30, 0.7)
    found = corrected_map(TimeMap.line(1.5, 1.02), Anchors(x, np.zeros(len(x)), np.ones(len(x))))
    np.testing.assert_allclose(found(x), 1.5 + 1.02 * x, atol=1e-9)


def test_a_map_moves_to_where_its_anchors_are() -> None:
    truth = disturbances.warp(np.random.default_rng(2), piece(1), share=0.02)
    x = np.arange(0, SECONDS + 4, 0.5)
    found = corrected_map(EXACT, Anchors(x, truth.lags(x), np.full(len(x), 6.0)))
    assert errors(found, truth, truth.inverse().moved(piece(1))).max() < 0.002


def test_between_far_anchors_a_map_does_not_swing_out() -> None:
    """Fritsch & Carlson 1980: monotone between two points, whatever the slopes before and after."""
    x = np.r_[np.arange(0, 5, 0.5), np.arange(25, 30, 0.5)]
    deviations = np.r_[np.linspace(0, 0.3, 10), np.linspace(0.31, 0.6, 10)]
    lags = corrected_map(EXACT, Anchors(x, deviations, np.ones(20))).lags(np.arange(5, 25, 0.25))
    assert 0.25 < lags.min() <= lags.max() < 0.36


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"cell": 0.0}, "cell above 0"),
        ({"smoothing": 2}, "an odd smoothing"),
        ({"max_step": 0}, "max_step at least 1, at most 127"),
        ({"max_step": 128}, "max_step at least 1, at most 127"),
    ],
)
def test_impossible_path_parameters_raise(wrong: dict[str, float], message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        replace(STIFF, **wrong)
