"""Onset timing: the sweep of tolerances, errors of onsets and their summary."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings

from mir_models.evaluation.metrics import frame_level, onset_timing
from mir_models.evaluation.metrics.note_level import note_counts, note_scores
from mir_models.evaluation.metrics.onset_timing import TOLERANCES
from tests.mir_models.evaluation.metrics.rolls_and_notes import SCALE, note_lists, notes, sides


@given(note_lists, note_lists)
@settings(max_examples=40, deadline=None)
def test_the_sweep_equals_mir_eval_at_each_tolerance(ref, est):
    from mir_eval.transcription import precision_recall_f1_overlap

    for tolerance, counted in zip(TOLERANCES, onset_timing.sweep(ref, est), strict=True):
        expected = precision_recall_f1_overlap(*sides(ref, est), onset_tolerance=tolerance, offset_ratio=None)[:3]
        assert tuple(frame_level.scores(*counted)) == pytest.approx(expected)


@given(note_lists, note_lists)
@settings(max_examples=40, deadline=None)
def test_a_wider_tolerance_finds_no_fewer_notes(ref, est):
    found = onset_timing.sweep(ref, est)[:, 0]
    assert (np.diff(found) >= 0).all()
    assert len(onset_timing.onset_errors(ref, est)) == found[-1]
    assert found[4] == note_counts(ref, est)["onset"][0]


@pytest.mark.parametrize("lag", [0.03, -0.045, 0.099])
def test_errors_of_onsets_have_the_sign_of_the_delay(lag):
    errors = onset_timing.onset_errors(SCALE, SCALE.shifted(lag))
    np.testing.assert_allclose(errors, lag)
    assert len(errors) == len(SCALE)


def test_notes_beyond_100_ms_have_no_error():
    assert len(onset_timing.onset_errors(SCALE, SCALE.shifted(0.11))) == 0


def test_the_sweep_of_tolerances_by_hand():
    """Onsets that are 5, 15 and 95 ms off, of four notes by five."""
    ref = notes((0, 1, 60), (1, 2, 60), (2, 3, 60), (3, 4, 60))
    est = notes((0.005, 1, 60), (0.985, 2, 60), (2.095, 3, 60), (5, 6, 60), (6, 7, 60))
    assert TOLERANCES == (0.01, 0.02, 0.03, 0.04, 0.05, 0.06, 0.07, 0.08, 0.09, 0.1)
    assert onset_timing.sweep(ref, est).tolist() == [[1, 4, 3], *[[2, 3, 2]] * 8, [3, 2, 1]]
    assert onset_timing.onset_errors(ref, est) == pytest.approx([0.005, -0.015, 0.095])


def test_errors_of_notes_that_lie_in_another_order():
    ref, est = notes((0, 1, 64), (0.02, 1, 60)), notes((0.03, 1, 60), (0.05, 1, 64))
    assert onset_timing.onset_errors(ref, est) == pytest.approx([0.01, 0.05])


def test_the_summary_of_errors_by_hand():
    found = onset_timing.summary(np.array([-0.04, -0.01, 0.0, 0.01, 0.02]))
    assert (found["n"], found["within"]) == (5, 0.1)
    assert (found["median"], found["median_abs"], found["p90_abs"]) == pytest.approx((0, 10, 32))
    assert found["quantiles"][::50] == pytest.approx([-40, -10, 0, 10, 20])
    assert len(found["quantiles"]) == 201
    assert onset_timing.summary(np.array([0.0123456, 0.0, -0.1])) == {
        "within": 0.1,
        "n": 3,
        "median": 0,
        "median_abs": pytest.approx(12.3456),
        "p90_abs": pytest.approx(82.46912),
        "quantiles": pytest.approx([*np.arange(-100, 0), *(np.arange(101) * 0.123456).round(2)], abs=0.0051),
    }
    one = onset_timing.summary(np.array([-0.0123456]))
    assert one["quantiles"] == [-12.35] * 201
    assert (one["n"], one["median"], one["median_abs"]) == pytest.approx((1, -12.3456, 12.3456))


def test_the_summary_of_no_errors_is_none():
    nothing = dict.fromkeys(("median", "median_abs", "p90_abs", "quantiles"))
    assert onset_timing.summary(np.zeros(0)) == {"within": 0.1, "n": 0, **nothing}


@given(note_lists, note_lists)
@settings(max_examples=60, deadline=None)
def test_onset_precision_and_recall_change_places(ref, est):
    forth, back = note_scores(ref, est)["onset"], note_scores(est, ref)["onset"]
    assert (forth["precision"], forth["recall"]) == (back["recall"], back["precision"])
