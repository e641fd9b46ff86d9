"""Note metrics: tolerances, pairs counted by hand, and mir_eval over all notes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mir_models.evaluation.metrics import note_level, velocity_level
from mir_models.evaluation.metrics.note_level import hertz, matches, note_counts, note_scores
from mir_models.evaluation.metrics.onset_timing import TOLERANCES
from mir_models.notes.annotations import NO_NOTES, Notes
from tests.mir_models.evaluation.metrics.rolls_and_notes import SCALE, note_lists, notes, sides


def test_perfect_notes():
    found = note_scores(SCALE, SCALE)
    assert found == {kind: {"precision": 1, "recall": 1, "f1": 1} for kind in ("onset", "onset_offset")}


@pytest.mark.parametrize(("lag", "f1"), [(0.049, 1), (-0.049, 1), (0.05, 1), (0.06, 0), (-0.06, 0)])
def test_onsets_are_tolerated_up_to_50_ms(lag, f1):
    assert note_scores(SCALE, SCALE.shifted(lag))["onset"]["f1"] == f1


@pytest.mark.parametrize(("offset", "f1"), [(1.19, 1), (1.21, 0), (0.81, 1), (0.79, 0)])
def test_offsets_are_tolerated_up_to_a_fifth_of_the_duration(offset, f1):
    found = note_scores(notes((0, 1, 60)), notes((0, offset, 60)))
    assert found["onset"]["f1"] == 1
    assert found["onset_offset"]["f1"] == f1


@pytest.mark.parametrize(("offset", "f1"), [(0.149, 1), (0.16, 0)])
def test_offsets_of_short_notes_are_tolerated_up_to_50_ms(offset, f1):
    assert note_scores(notes((0, 0.1, 60)), notes((0, offset, 60)))["onset_offset"]["f1"] == f1


def test_the_tolerances_are_those_of_mir_eval():
    tolerances = (note_level.ONSET_TOLERANCE, note_level.OFFSET_RATIO, note_level.OFFSET_MIN_TOLERANCE)
    assert (*tolerances, note_level.PITCH_TOLERANCE) == (0.05, 0.2, 0.05, 50)
    assert (note_level.MIN_DURATION, velocity_level.VELOCITY_TOLERANCE) == (0.001, 0.1)


def test_another_key_is_no_match_and_a_note_is_found_once():
    ref = notes((0, 1, 60), (1, 2, 60))
    est = notes((0, 1, 61), (1, 2, 60), (1.02, 2, 60))
    assert note_scores(ref, est)["onset"] == pytest.approx({"precision": 1 / 3, "recall": 1 / 2, "f1": 2 / 5})


@pytest.mark.parametrize(("ref", "est"), [(SCALE, NO_NOTES), (NO_NOTES, SCALE), (NO_NOTES, NO_NOTES)])
def test_without_notes_scores_are_zero(ref, est):
    for values in note_scores(ref, est).values():
        assert values == {"precision": 0, "recall": 0, "f1": 0}


def test_notes_of_no_duration_are_admitted():
    assert note_scores(notes((1, 1, 60)), notes((1, 1, 60)))["onset_offset"]["f1"] == 1


def test_counts_of_notes_by_hand():
    """Of three notes of a key two onsets are found, one of them with its offset, and one note is too many."""
    ref = notes((0, 1, 60), (1, 2, 60), (2, 3, 60))
    est = notes((0.01, 1.1, 60), (1.04, 1.5, 60), (2.2, 3, 60))
    assert {kind: counts.tolist() for kind, counts in note_counts(ref, est).items()} == {
        "onset": [2, 1, 1],
        "onset_offset": [1, 2, 2],
    }
    assert note_level.KINDS == ("onset", "onset_offset")
    assert note_level.tp_fp_fn(1, SCALE, ref).tolist() == [1, 2, 11]


def test_pairs_are_indices_of_reference_and_estimate_by_pitch():
    """Sorted by onset, the reference is 64, 60, 64, 62 and the estimate 60, 64, 64."""
    ref = notes((0, 1, 64), (0.5, 1, 60), (1, 2, 64), (3, 4, 62))
    est = notes((0.48, 1, 60), (1.02, 2, 64), (2, 3, 64))
    assert matches(ref, est).tolist() == [[1, 0], [2, 1]]
    assert matches(est, ref).tolist() == [[0, 1], [1, 2]]
    assert matches(ref, NO_NOTES).shape == (0, 2)
    assert len(matches(ref, notes((0, 1, 65)))) == 0


def test_the_largest_set_of_pairs_is_found_where_the_nearest_would_miss_one():
    """The second estimate lies nearest to the first note, but the second note has no other."""
    ref, est = notes((0, 1, 60), (0.04, 1, 60)), notes((-0.04, 1, 60), (0.01, 1, 60))
    assert matches(ref, est).tolist() == [[0, 0], [1, 1]]


@pytest.mark.parametrize(("tolerance", "n_found"), [(0.019, 0), (0.02, 1), (0.021, 1)])
def test_the_tolerance_of_onsets_may_be_chosen(tolerance, n_found):
    assert len(matches(notes((1, 2, 60)), notes((1.02, 2, 60)), onset_tolerance=tolerance)) == n_found


@pytest.mark.parametrize(("offset_ratio", "n_found"), [(None, 1), (0.29, 0), (0.3, 1)])
def test_the_tolerance_of_offsets_may_be_chosen(offset_ratio, n_found):
    assert len(matches(notes((1, 2, 60)), notes((1, 2.3, 60)), offset_ratio=offset_ratio)) == n_found


@pytest.mark.parametrize(("offset", "n_found"), [(1.0, 1), (1.051, 1), (1.0512, 0)])
def test_a_note_of_no_duration_counts_as_one_of_a_millisecond(offset, n_found):
    """Its offset lies at 1.001 s, and 50 ms are tolerated."""
    assert len(matches(notes((1, 1, 60)), notes((1, offset, 60)), offset_ratio=0.2)) == n_found
    assert len(matches(notes((1, offset, 60)), notes((1, 1, 60)), offset_ratio=0.2)) == n_found


@given(note_lists, note_lists)
@settings(max_examples=60, deadline=None)
def test_equals_mir_eval_over_all_notes(ref, est):
    from mir_eval.transcription import precision_recall_f1_overlap

    sides = (ref.intervals, hertz(ref.pitches), est.intervals, hertz(est.pitches))
    found = note_scores(ref, est)
    for kind, offset_ratio in (("onset", None), ("onset_offset", 0.2)):
        expected = precision_recall_f1_overlap(*sides, offset_ratio=offset_ratio)[:3]
        assert list(found[kind].values()) == pytest.approx(list(expected))


@given(note_lists, note_lists, st.sampled_from(TOLERANCES), st.sampled_from([None, 0.2]))
@settings(max_examples=80, deadline=None)
def test_pairs_are_those_of_mir_eval_over_all_notes(ref, est, tolerance, offset_ratio):
    from mir_eval.transcription import match_notes

    found = matches(ref, est, onset_tolerance=tolerance, offset_ratio=offset_ratio)
    expected = match_notes(*sides(ref, est), onset_tolerance=tolerance, offset_ratio=offset_ratio)
    assert sorted(map(tuple, found.tolist())) == sorted(expected)


@given(note_lists, note_lists, st.integers(0, 40))
@settings(max_examples=40, deadline=None)
def test_note_scores_do_not_depend_on_a_shift_of_both(ref, est, steps):
    """In time, where all times are exact so that none crosses a tolerance by rounding, and in pitch by an octave."""
    ref, est = (Notes(np.rint(each.intervals / 0.03) / 32, each.pitches, each.velocities) for each in (ref, est))
    moved = [Notes(each.intervals + steps / 32, each.pitches + 12, each.velocities) for each in (ref, est)]
    assert note_scores(*moved) == note_scores(ref, est)


@given(note_lists)
@settings(max_examples=40, deadline=None)
def test_notes_are_found_in_themselves_and_not_elsewhere(ref):
    for values in note_scores(ref, ref).values():
        assert values == {"precision": 1, "recall": 1, "f1": 1}
    for elsewhere in (Notes(ref.intervals, ref.pitches + 4, ref.velocities), ref.shifted(2.0)):
        for values in note_scores(ref, elsewhere).values():
            assert values == {"precision": 0, "recall": 0, "f1": 0}


def test_pitches_in_hertz():
    np.testing.assert_allclose(hertz(np.array([69, 81, 60])), [440, 880, 261.6255653])
