"""Velocity metrics: notes that agree in velocity by hand, and mir_eval over all notes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from mir_models.evaluation.metrics import frame_level
from mir_models.evaluation.metrics.note_level import matches
from mir_models.evaluation.metrics.velocity_level import has_velocities, velocities_match, velocity_counts
from mir_models.notes.annotations import NO_NOTES, Notes
from tests.mir_models.evaluation.metrics.rolls_and_notes import sides

loud_lists = st.lists(
    st.tuples(st.integers(0, 20), st.integers(1, 12), st.integers(60, 62), st.integers(1, 127)),
    min_size=1,
    max_size=15,
).map(lambda rows: loud(*((0.03 * first, 0.03 * (first + n), *rest) for first, n, *rest in rows)))


def loud(*rows):
    """Notes of rows (onset, offset, pitch, velocity)."""
    values = np.array(rows, dtype=float).reshape(-1, 4)
    return Notes(values[:, :2], values[:, 2], values[:, 3])


@given(loud_lists, loud_lists)
@settings(max_examples=120, deadline=None)
def test_velocities_equal_mir_eval_over_all_notes(ref, est):
    from mir_eval.transcription_velocity import precision_recall_f1_overlap

    velocities = {"ref_velocities": ref.velocities, "est_velocities": est.velocities}
    names = ("ref_intervals", "ref_pitches", "est_intervals", "est_pitches")
    expected = precision_recall_f1_overlap(**dict(zip(names, sides(ref, est), strict=True)), **velocities)[:3]
    found = frame_level.scores(*velocity_counts(ref, est))
    assert tuple(found) == pytest.approx(expected)


def test_louder_and_softer_count_not_loudness():
    ref = loud(*[(n, n + 0.5, 60, 30 + 10 * n) for n in range(8)])
    softer = loud(*[(n, n + 0.5, 60, 20 + 4 * n) for n in range(8)])
    shuffled = loud(*[(n, n + 0.5, 60, (30, 100, 100, 30)[n % 4]) for n in range(8)])
    assert velocity_counts(ref, softer).tolist() == [8, 0, 0]
    assert velocity_counts(ref, shuffled)[0] < 4


def test_a_tenth_of_the_range_is_tolerated():
    ref = loud(*[(n, n + 0.5, 60, velocity) for n, velocity in enumerate([20] * 20 + [120] * 20)])
    velocities = np.array([20] * 20 + [120] * 20)
    for astray, n_found in ((9, 40), (12, 39)):
        wrong = velocities.copy()
        wrong[0] += astray
        assert velocity_counts(ref, Notes(ref.intervals, ref.pitches, wrong))[0] == n_found


def test_pairs_of_matching_velocities_by_hand():
    """Of the range 20 to 120 the pairs are at 0, 0.5, 1; the line through their estimates gives 1/12, 1/3, 13/12."""
    ref = loud((0, 1, 60, 20), (1, 2, 60, 70), (2, 3, 60, 120))
    est = loud((0, 1, 60, 10), (1, 2, 60, 30), (2, 3, 60, 90))
    pairs = np.array([[0, 0], [1, 1], [2, 2]])
    line = np.polyfit([10, 30, 90], [0, 0.5, 1], 1)
    assert np.abs(np.polyval(line, [10, 30, 90]) - [0, 0.5, 1]) == pytest.approx(
        [0.115385, 0.153846, 0.038462], abs=1e-6
    )
    assert velocities_match(ref, est, pairs).tolist() == [False, False, True]
    assert velocities_match(ref, est, pairs[::-1]).tolist() == [True, False, False]
    assert velocities_match(ref, est, pairs[:2]).tolist() == [True, True], "a line goes through two points"
    none = velocities_match(ref, est, pairs[:0])
    assert (none.shape, none.dtype) == ((0,), bool)
    assert velocity_counts(ref, est).tolist() == [1, 2, 2]


def test_the_range_is_that_of_all_notes_of_the_reference():
    """The estimates are alike, so that of two levels each is half their distance off: 8 and 10 of the range of 90."""
    est = loud(*[(n, n + 1, 60, 64) for n in range(4)])
    for louder, n_found in ((76, 4), (80, 0)):
        rest = [(9, 10, 90, 20), (9, 10, 91, 110)]
        ref = loud(*[(n, n + 1, 60, (60, louder)[n % 2]) for n in range(4)], *rest)
        assert velocity_counts(ref, est).tolist() == [n_found, 4 - n_found, 6 - n_found]


def test_a_range_of_one_step_is_a_range():
    """Six of seven are a seventh of it from the line, which is more than a tenth."""
    ref = loud(*[(n, n + 1, 60, 64 + (n == 6)) for n in range(7)])
    assert velocity_counts(ref, loud(*[(n, n + 1, 60, 64) for n in range(7)])).tolist() == [0, 7, 7]


def test_notes_have_velocities_where_they_differ():
    assert has_velocities(loud((0, 1, 60, 64), (1, 2, 60, 65)))
    assert not has_velocities(loud((0, 1, 60, 64), (1, 2, 60, 64)))
    assert not has_velocities(NO_NOTES)


@given(loud_lists, st.sampled_from([0.5, 1]), st.integers(0, 60))
@settings(max_examples=40, deadline=None)
def test_velocities_on_another_scale_match(ref, scale, more):
    found = Notes(ref.intervals, ref.pitches, np.rint(4 * scale * ref.velocities + more).astype(int))
    pairs = matches(ref, found, offset_ratio=0.2)
    assume((pairs[:, 0] == pairs[:, 1]).all())  # Overlapping notes of one key may match each other instead.
    assert velocity_counts(ref, found)[0] == len(pairs)


def test_velocities_of_no_notes_and_of_notes_elsewhere():
    ref = loud((0, 1, 60, 64))
    assert velocity_counts(ref, NO_NOTES).tolist() == [0, 0, 1]
    assert velocity_counts(NO_NOTES, ref).tolist() == [0, 1, 0]
    assert velocity_counts(ref, loud((0, 1, 61, 64))).tolist() == [0, 1, 1]
    assert velocity_counts(ref, loud((0, 1, 60, 1))).tolist() == [1, 0, 0], "one pair lies on a line"
