"""The time map: a strictly increasing function of label time, and what it does to notes."""

from __future__ import annotations

from dataclasses import FrozenInstanceError

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from mir_models.notes.annotations import NO_NOTES, Notes
from mir_models.notes.time_map import TimeMap

TIMES = st.floats(-600, 600)
RATIOS = st.floats(0.1, 10)


@st.composite
def time_maps(draw: st.DrawFn, *, least: int = 1) -> TimeMap:
    """Maps of some knots, 10 ms to 100 s apart, of tempo ratios from 0.1 to 10."""
    steps = draw(st.lists(st.tuples(st.floats(0.01, 100), RATIOS), min_size=least - 1, max_size=12))
    label_steps, ratios = np.array(steps).reshape(-1, 2).T
    start, lag = draw(TIMES), draw(st.floats(-60, 60))
    label_times = start + np.r_[0.0, np.cumsum(label_steps)]
    return TimeMap(np.c_[label_times, start + lag + np.r_[0.0, np.cumsum(ratios * label_steps)]])


@st.composite
def pieces(draw: st.DrawFn) -> Notes:
    """Notes that last 1 ms to 10 s, some of them in the same key at once."""
    rows = draw(st.lists(st.tuples(TIMES, st.floats(0.001, 10), st.integers(21, 108)), max_size=20))
    onsets, durations, pitches = np.array(rows, dtype=float).reshape(-1, 3).T
    return Notes(np.c_[onsets, onsets + durations], pitches.astype(int), np.arange(len(rows)) + 1)


def around(time_map: TimeMap) -> NDArray[np.float64]:
    """Times before, between, at and after the knots, ascending and 1 ms apart or more."""
    knots = time_map.knots[:, 0]
    middles = (knots[:-1] + knots[1:]) / 2
    return np.sort(np.r_[knots, middles, knots[0] - [50, 1, 0.001], knots[-1] + [0.001, 1, 50]])


def test_a_shift_and_a_line_by_hand() -> None:
    assert TimeMap.shift(0.5).knots.tolist() == [[0, 0.5]]
    assert TimeMap.shift(0.5)([-1, 0, 3]).tolist() == [-0.5, 0.5, 3.5]
    assert TimeMap.shift(0.5).ratios().tolist() == [1]
    assert TimeMap.line(0.5, 2).knots.tolist() == [[0, 0.5], [1, 2.5]]
    assert TimeMap.line(0.5, 2)([-1, 0, 3]).tolist() == [-1.5, 0.5, 6.5]
    assert TimeMap.line(0.5, 2).ratios().tolist() == [2]
    assert TimeMap(np.array([[3, 5]]))(4.5) == 6.5, "one knot, anywhere"


def test_times_may_be_whole_numbers_and_maps_are_frozen() -> None:
    time_map = TimeMap([[0, 1], [2, 3]])  # type: ignore[arg-type]
    assert time_map.knots.dtype == time_map(np.array([1, 2])).dtype == time_map.lags([1, 2]).dtype == np.float64
    with pytest.raises(FrozenInstanceError):
        time_map.__setattr__("knots", time_map.knots)
    assert time_map != TimeMap(time_map.knots), "which compares identities: arrays have no one truth"
    assert time_map == time_map


def test_ratios_and_lags_by_hand() -> None:
    """Half a second late, then twice as slow from 10 s to 12 s."""
    time_map = TimeMap(np.array([[0, 0.5], [10, 10.5], [12, 14.5]]))
    assert time_map.ratios().tolist() == [1, 2]
    assert time_map([0, 5, 11, 12]).tolist() == [0.5, 5.5, 12.5, 14.5]
    assert time_map.lags([[0, 11], [12, 13]]).tolist() == [[0.5, 1.5], [2.5, 3.5]]


def test_the_inverse_by_hand() -> None:
    inverse = TimeMap(np.array([[0, 0.5], [10, 10.5], [12, 14.5]])).inverse()
    assert inverse.knots.tolist() == [[0.5, 0], [10.5, 10], [14.5, 12]]
    assert inverse.ratios().tolist() == [1, 0.5]
    assert inverse([0, 0.5, 12.5, 16.5]).tolist() == [-0.5, 0, 11, 13]
    assert TimeMap.shift(3.0).inverse()(5.0) == 2.0
    assert TimeMap.line(1.0, 4.0).inverse()([1, 3, 9]).tolist() == [0, 0.5, 2]


def test_moved_notes_by_hand() -> None:
    """From 10 s on everything is twice as slow; pitches and velocities stay with their notes."""
    time_map = TimeMap(np.array([[0, 0.5], [10, 10.5], [12, 14.5]]))
    notes = Notes(np.array([[9.0, 11.0], [1.0, 2.0], [12.0, 13.0]]), np.array([60, 62, 64]), np.array([10, 20, 30]))
    moved = time_map.moved(notes)
    assert moved.intervals.tolist() == [[1.5, 2.5], [9.5, 12.5], [14.5, 16.5]]
    assert moved.pitches.tolist() == [62, 60, 64]
    assert moved.velocities.tolist() == [20, 10, 30]
    assert notes.intervals.tolist() == [[1, 2], [9, 11], [12, 13]], "left as they were"


def test_one_map_after_another_by_hand() -> None:
    """Twice as slow from 10 s, and beyond 14 s of the result (12 s of the labels) three times: knots of both count."""
    one = TimeMap(np.array([[0, 0], [10, 10], [11, 12]]))
    other = TimeMap(np.array([[0, 1], [14, 15], [15, 18]]))
    both = one.then(other)
    assert both.knots.tolist() == [[-1, 0], [0, 1], [10, 11], [11, 13], [12, 15], [12.5, 18], [13.5, 24]]
    assert both([-2, 5, 10.5, 11.5, 12, 12.25, 14]).tolist() == [-1, 6, 12, 14, 15, 16.5, 27]


def test_knots_that_meet_in_a_map_after_another_are_one() -> None:
    """Less than a nanosecond apart, in either time, they would give a tempo ratio of rounding errors."""
    one = TimeMap(np.array([[0, 0], [1, 1]]))
    assert one.then(TimeMap(np.array([[0, 0], [1 + 5e-10, 1 + 5e-10], [2, 2]]))).knots.tolist() == (
        [[-1, -1], [0, 0], [1, 1], [2, 2], [3, 3]]
    )
    apart = one.then(TimeMap(np.array([[0, 0], [1 + 2e-9, 1 + 2e-9], [2, 2]]))).knots
    np.testing.assert_allclose(apart[:, 0], [-1, 0, 1, 1 + 2e-9, 2, 3], rtol=0, atol=1e-12)
    border = TimeMap(np.array([[0, 0], [1e-9, 1e-9], [2, 2]]))
    assert border.then(TimeMap.shift(0.0)).knots[:, 0].tolist() == [-1, 0, 2, 3], "a nanosecond is not enough"
    flat = one.then(TimeMap(np.array([[0, 0], [1, 1], [1 + 2e-9, 1 + 2e-10], [2, 2]]))).knots
    assert flat[:, 0].tolist() == [-1, 0, 1, 2, 3]


@given(time_maps())
def test_a_map_increases_strictly(time_map: TimeMap) -> None:
    assert (np.diff(time_map(around(time_map))) > 0).all()


@given(time_maps(), TIMES, TIMES)
def test_what_is_later_stays_later(time_map: TimeMap, one: float, other: float) -> None:
    early, late = min(one, other), max(one, other)
    assert time_map(early) <= time_map(late)
    if late - early > 1e-6:
        assert time_map(early) < time_map(late)


@given(time_maps())
def test_a_map_goes_through_its_knots(time_map: TimeMap) -> None:
    label_times, audio_times = time_map.knots.T
    np.testing.assert_allclose(time_map(label_times), audio_times, atol=1e-9)
    middles = (label_times[:-1] + label_times[1:]) / 2
    np.testing.assert_allclose(time_map(middles), (audio_times[:-1] + audio_times[1:]) / 2, atol=1e-9)


@given(time_maps(), TIMES)
def test_the_inverse_leads_back(time_map: TimeMap, time: float) -> None:
    times = np.r_[around(time_map), time]
    np.testing.assert_allclose(time_map.inverse()(time_map(times)), times, atol=1e-7)
    np.testing.assert_allclose(time_map(time_map.inverse()(times)), times, atol=1e-7)
    np.testing.assert_array_equal(time_map.inverse().inverse().knots, time_map.knots)


@given(time_maps(least=2), st.floats(0.001, 1000))
def test_outside_it_goes_on_as_in_the_nearest_piece(time_map: TimeMap, beyond: float) -> None:
    ratios, (first, last) = time_map.ratios(), time_map.knots[[0, -1]]
    assert time_map(first[0] - beyond) == pytest.approx(first[1] - ratios[0] * beyond)
    assert time_map(last[0] + beyond) == pytest.approx(last[1] + ratios[-1] * beyond)


@given(time_maps(), pieces())
def test_moved_notes_keep_their_order_and_last_for_some_time(time_map: TimeMap, notes: Notes) -> None:
    moved = time_map.moved(notes)
    assert len(moved) == len(notes)
    assert (moved.offset_times > moved.onset_times).all()
    at_least, at_most = time_map.ratios().min(), time_map.ratios().max()
    durations = moved.offset_times - moved.onset_times
    before = np.empty(len(notes))
    before[notes.velocities - 1] = notes.offset_times - notes.onset_times
    assert (durations >= at_least * before[moved.velocities - 1] - 1e-9).all()
    assert (durations <= at_most * before[moved.velocities - 1] + 1e-9).all()
    onset_of = dict(zip(notes.velocities.tolist(), notes.onset_times.tolist(), strict=True))
    assert (np.diff([onset_of[name] for name in moved.velocities.tolist()]) > -1e-9).all()
    np.testing.assert_allclose(np.sort(moved.intervals, axis=0), np.sort(time_map(notes.intervals), axis=0))


def test_no_notes_are_moved_to_no_notes() -> None:
    assert len(TimeMap.line(1.0, 2.0).moved(NO_NOTES)) == 0


@given(st.floats(-100, 100), TIMES)
def test_a_shift_adds_its_lag(lag: float, time: float) -> None:
    time_map = TimeMap.shift(lag)
    assert time_map(time) == pytest.approx(time + lag)
    assert time_map.lags(time) == pytest.approx(lag, abs=1e-9)
    assert time_map.ratios().tolist() == [1]


@given(st.floats(-100, 100), RATIOS, TIMES)
def test_a_line_lasts_ratio_times_as_long(lag: float, ratio: float, time: float) -> None:
    """Audio of 10 s whose labels last 5 s has the ratio 2."""
    time_map = TimeMap.line(lag, ratio)
    assert time_map(time) == pytest.approx(lag + ratio * time)
    assert time_map.lags(time) == pytest.approx(lag + (ratio - 1) * time, abs=1e-9)
    assert time_map.ratios() == pytest.approx([ratio])


@given(time_maps(), time_maps(), TIMES)
def test_one_map_after_another_is_their_composition(one: TimeMap, other: TimeMap, time: float) -> None:
    times = np.r_[around(one), one.inverse()(around(other)), time]
    expected = other(one(times))
    np.testing.assert_allclose(one.then(other)(times), expected, rtol=1e-6, atol=1e-5)


@given(time_maps(), TIMES)
def test_a_map_and_its_inverse_leave_time_as_it_is(time_map: TimeMap, time: float) -> None:
    times = np.r_[around(time_map), time]
    for both in (time_map.then(time_map.inverse()), time_map.inverse().then(time_map)):
        np.testing.assert_allclose(both(times), times, rtol=1e-6, atol=1e-5)


@pytest.mark.parametrize("shape", [(), (0,), (3,), (2, 2)])
def test_times_keep_their_shape(shape: tuple[int, ...]) -> None:
    times = np.arange(np.prod(shape, dtype=int), dtype=float).reshape(shape)
    for time_map in (TimeMap.shift(1.0), TimeMap.line(1.0, 2.0)):
        assert time_map(times).shape == time_map.lags(times).shape == shape


@pytest.mark.parametrize(
    ("knots", "received"),
    [
        (np.zeros((0, 2)), r"\(0, 2\)"),
        (np.zeros((3, 3)), r"\(3, 3\)"),
        (np.zeros(2), r"shape \(2,\)"),
        (np.zeros((1, 2, 2)), r"shape \(1, 2, 2\)"),
        ([[0], [1], [2]], r"shape \(3, 1\)"),
        ([[0, np.nan]], r"\(1, 2\)"),
        ([[0, 0], [1, np.inf]], r"\(2, 2\)"),
        ([[0, 0], [1, 2], [1, 3]], r"\[1.0, 2.0\] before \[1.0, 3.0\]"),
        ([[0, 0], [1, 2], [2, 2]], r"\[1.0, 2.0\] before \[2.0, 2.0\]"),
        ([[0, 5], [1, 4]], r"\[0.0, 5.0\] before \[1.0, 4.0\]"),
        ([[3, 0], [1, 4]], r"\[3.0, 0.0\] before \[1.0, 4.0\]"),
    ],
    ids=[
        "none",
        "three columns",
        "flat",
        "deep",
        "one column",
        "nan",
        "inf",
        "label still",
        "audio still",
        "audio back",
        "label back",
    ],
)
def test_knots_that_make_no_map_are_refused(knots: NDArray[np.float64], received: str) -> None:
    with pytest.raises(ValueError, match=f"Received: .*{received}"):
        TimeMap(knots)


@pytest.mark.parametrize("ratio", [0.0, -1.0])
def test_a_line_that_does_not_rise_is_refused(ratio: float) -> None:
    with pytest.raises(ValueError, match="ascend strictly"):
        TimeMap.line(0.0, ratio)
