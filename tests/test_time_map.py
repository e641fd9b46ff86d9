"""The time map: a strictly increasing function of label time, and what it does to notes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from mir_models.annotations import NO_NOTES, Notes
from mir_models.time_map import TimeMap

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
    written = np.empty(len(notes))
    written[notes.velocities - 1] = notes.offset_times - notes.onset_times
    assert (durations >= at_least * written[moved.velocities - 1] - 1e-9).all()
    assert (durations <= at_most * written[moved.velocities - 1] + 1e-9).all()
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


def test_ratios_and_lags_by_hand() -> None:
    """Half a second late, then twice as slow from 10 s to 12 s."""
    time_map = TimeMap(np.array([[0, 0.5], [10, 10.5], [12, 14.5]]))
    assert time_map.ratios().tolist() == [1, 2]
    assert time_map([0, 5, 11, 12]).tolist() == [0.5, 5.5, 12.5, 14.5]
    assert time_map.lags([[0, 11], [12, 13]]).tolist() == [[0.5, 1.5], [2.5, 3.5]]


@pytest.mark.parametrize(
    ("knots", "received"),
    [
        (np.zeros((0, 2)), r"\(0, 2\)"),
        (np.zeros((3, 3)), r"\(3, 3\)"),
        (np.zeros(2), r"\(2,\)"),
        ([[0, np.nan]], r"\(1, 2\)"),
        ([[0, 0], [1, np.inf]], r"\(2, 2\)"),
        ([[0, 0], [1, 2], [1, 3]], r"\[1.0, 2.0\] before \[1.0, 3.0\]"),
        ([[0, 0], [1, 2], [2, 2]], r"\[1.0, 2.0\] before \[2.0, 2.0\]"),
        ([[0, 5], [1, 4]], r"\[0.0, 5.0\] before \[1.0, 4.0\]"),
        ([[3, 0], [1, 4]], r"\[3.0, 0.0\] before \[1.0, 4.0\]"),
    ],
    ids=["none", "three columns", "flat", "nan", "inf", "label still", "audio still", "audio back", "label back"],
)
def test_knots_that_make_no_map_are_refused(knots: NDArray[np.float64], received: str) -> None:
    with pytest.raises(ValueError, match=f"Received: .*{received}"):
        TimeMap(knots)


@pytest.mark.parametrize("ratio", [0.0, -1.0])
def test_a_line_that_does_not_rise_is_refused(ratio: float) -> None:
    with pytest.raises(ValueError, match="ascend strictly"):
        TimeMap.line(0.0, ratio)
