"""Metrics: rolls and notes counted by hand, symmetries, brute force as the oracle."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from mir_models.errors import MirlitonError
from mir_models.evaluation.metrics import bootstrap, frame_level, note_level, onset_timing, velocity_level
from mir_models.evaluation.metrics.frame_level import (
    THRESHOLDS,
    FrameCounts,
    ThresholdSweep,
    count,
    macro,
    micro,
    ratio,
    scores,
)
from mir_models.evaluation.metrics.note_level import hertz, matches, note_counts, note_scores
from mir_models.evaluation.metrics.onset_timing import TOLERANCES
from mir_models.evaluation.metrics.per_key import per_note, pitch_name
from mir_models.evaluation.metrics.velocity_level import as_loud, told_by, velocity_counts
from mir_models.notes.annotations import N_KEYS, NO_NOTES, Notes
from mir_models.notes.semitones import first_semitone, on_semitones

rolls = arrays(bool, (6, N_KEYS), elements=st.booleans(), fill=st.just(False))


def roll(n_frames, *cells):
    out = np.zeros((n_frames, N_KEYS), dtype=bool)
    for frame, key in cells:
        out[frame, key] = True
    return out


def notes(*rows):
    """Notes of rows (onset, offset, pitch)."""
    values = np.array(rows, dtype=float).reshape(-1, 3)
    return Notes(values[:, :2], values[:, 2], np.full(len(values), 64))


SCALE = notes(*[(0.5 * n, 0.5 * n + 0.4, 60 + n) for n in range(12)])


# frames


def test_frame_scores_by_hand():
    ref = roll(4, (0, 5), (1, 5), (2, 5), (3, 5), (0, 7), (1, 7))
    est = roll(4, (0, 5), (1, 5), (2, 5), (0, 9), (2, 7))
    counts = count(est, ref)
    assert counts.pooled().tolist() == [3, 2, 3]
    assert micro(counts).as_dict() == pytest.approx({"precision": 3 / 5, "recall": 3 / 6, "f1": 6 / 11})
    assert macro(counts).as_dict() == pytest.approx({"precision": 1 / 2, "recall": 3 / 8, "f1": 3 / 7})
    per_key = frame_level.precision_recall_f1(counts)
    assert [per_key.f1[5], per_key.f1[7], per_key.f1[9], per_key.f1[0]] == pytest.approx([6 / 7, 0, 0, 0])
    assert counts.support[[5, 7, 9]].tolist() == [4, 2, 0]


@given(rolls, rolls)
def test_precision_and_recall_change_places(est, ref):
    forth, back = micro(count(est, ref)), micro(count(ref, est))
    assert (forth.precision, forth.recall, forth.f1) == (back.recall, back.precision, back.f1)
    per_key, swapped = (frame_level.precision_recall_f1(count(*pair)) for pair in ((est, ref), (ref, est)))
    np.testing.assert_array_equal(per_key.precision, swapped.recall)


@given(rolls)
def test_a_roll_agrees_with_itself(ref):
    counts = count(ref, ref)
    assert micro(counts).f1 == macro(counts).f1 == float(ref.any())


@given(rolls, rolls, rolls, rolls)
def test_counts_of_tracks_are_those_of_their_concatenation(est_a, est_b, ref_a, ref_b):
    added = FrameCounts.none() + count(est_a, ref_a) + count(est_b, ref_b)
    together = count(np.concatenate([est_a, est_b]), np.concatenate([ref_a, ref_b]))
    for name in ("tp", "fp", "fn", "support"):
        np.testing.assert_array_equal(getattr(added, name), getattr(together, name))


@given(rolls, rolls)
def test_f1_is_the_harmonic_mean(est, ref):
    precision, recall, f1 = micro(count(est, ref))
    assert f1 == pytest.approx(2 * precision * recall / (precision + recall) if precision + recall else 0.0)


def test_nothing_by_nothing_is_zero():
    silent = roll(3)
    assert micro(count(silent, silent)) == (0, 0, 0)
    assert macro(count(silent, silent)) == (0, 0, 0)
    assert micro(FrameCounts.none()).f1 == 0


@pytest.mark.parametrize("est", [roll(5), np.zeros((4, N_KEYS)), np.zeros((4, 1), dtype=bool)])
def test_rolls_that_do_not_compare_are_refused(est):
    with pytest.raises(MirlitonError, match="boolean piano rolls"):
        count(est, roll(4))
    with pytest.raises(MirlitonError, match=re.escape(f"bool (4, 88) and {est.dtype} {est.shape}")):
        count(roll(4), est)


@given(rolls, rolls, st.permutations(range(6)), st.permutations(range(N_KEYS)))
@settings(max_examples=30)
def test_frame_scores_do_not_depend_on_the_order_of_frames_and_keys(est, ref, frames, keys):
    counts = count(est, ref)
    shuffled = count(est[frames][:, keys], ref[frames][:, keys])
    assert micro(shuffled) == micro(counts)
    np.testing.assert_allclose(macro(shuffled), macro(counts))
    for name in ("tp", "fp", "fn"):
        np.testing.assert_array_equal(getattr(shuffled, name), getattr(counts, name)[keys])


@given(rolls)
def test_a_roll_and_its_complement_have_nothing_in_common(ref):
    counts = count(~ref, ref)
    assert micro(counts) == macro(counts) == (0, 0, 0)
    assert counts.pooled().tolist() == [0, (~ref).sum(), ref.sum()]


def test_ratios_and_scores_of_arrays():
    assert ratio([1, 0, 3], [2, 0, 4]).tolist() == [0.5, 0, 0.75]
    assert ratio(6, [[1, 2], [3, 0]]).tolist() == [[6, 3], [2, 0]]
    assert ratio([1, 2], 4).tolist() == [0.25, 0.5]
    assert float(ratio(-1, 4)) == -0.25
    found = scores([2, 0, 0], [2, 1, 0], [6, 0, 0])
    assert found.precision.tolist() == [0.5, 0, 0]
    assert found.recall.tolist() == [0.25, 0, 0]
    assert found.f1 == pytest.approx([1 / 3, 0, 0])
    assert scores(1, 1, 3).as_dict() == {"precision": 0.5, "recall": 0.25, "f1": pytest.approx(1 / 3)}


def test_scores_of_each_key_by_name():
    rows = per_note(count(roll(4, (0, 0), (1, 0), (2, 39)), roll(4, (0, 0), (2, 39), (3, 39), (3, 87))))
    assert len(rows) == N_KEYS
    assert rows[0] == {
        "pitch": 21,
        "name": "A0",
        "support": 1,
        "precision": 0.5,
        "recall": 1,
        "f1": pytest.approx(2 / 3),
    }
    assert rows[39] == {
        "pitch": 60,
        "name": "C4",
        "support": 2,
        "precision": 1,
        "recall": 0.5,
        "f1": pytest.approx(2 / 3),
    }
    assert rows[87] == {"pitch": 108, "name": "C8", "support": 1, "precision": 0, "recall": 0, "f1": 0}
    assert rows[1] == {"pitch": 22, "name": "A♯0", "support": 0, "precision": 0, "recall": 0, "f1": 0}


def test_pitch_names():
    octave = ["C", "C♯", "D", "D♯", "E", "F", "F♯", "G", "G♯", "A", "A♯", "B"]
    assert [pitch_name(60 + n) for n in range(12)] == [f"{name}4" for name in octave]
    assert [pitch_name(pitch) for pitch in (0, 59, 69, 72, 127)] == ["C-1", "B3", "A4", "C5", "G9"]


# thresholds


@given(
    arrays(np.float32, (2, 5, N_KEYS), elements=st.sampled_from([0, 0.009, 0.01, 0.3, 0.58, 0.7, 0.99, 1]), fill=None),
    arrays(bool, (2, 5, N_KEYS)),
    arrays(bool, (2, 5)),
)
@settings(max_examples=25, deadline=None)
def test_sweep_equals_brute_force(activations, refs, masks):
    sweep = ThresholdSweep()
    for a, ref, mask in zip(activations, refs, masks, strict=True):
        sweep.add(a, ref, mask)
    brute = [micro(count(activations[masks] >= threshold, refs[masks])).f1 for threshold in THRESHOLDS]
    np.testing.assert_allclose(sweep.f1(), brute, rtol=0, atol=1e-15)
    threshold, f1 = sweep.best()
    assert f1 == max(brute)
    assert np.float32(threshold) == THRESHOLDS[int(np.argmax(brute))]


def test_sweep_over_every_level():
    rng = np.random.default_rng(0)
    activations = rng.random((400, N_KEYS), dtype=np.float32)
    ref = rng.random((400, N_KEYS)) < activations**3
    sweep = ThresholdSweep()
    sweep.add(activations, ref)
    brute = [micro(count(activations >= threshold, ref)).f1 for threshold in THRESHOLDS]
    np.testing.assert_allclose(sweep.f1(), brute, rtol=0, atol=1e-15)


def test_thresholds_are_the_hundredths_as_decoding_reads_them():
    assert THRESHOLDS.tolist() == [float(np.float32(n / 100)) for n in range(1, 100)]


def test_best_is_where_the_truth_is_cut():
    sweep = ThresholdSweep()
    ref = roll(2, (0, 0), (1, 1))
    sweep.add(np.where(ref, 0.42, 0.3), ref)
    assert sweep.best() == (0.31, 1.0)


def test_the_sweep_by_hand():
    """Sounding 0.2 and 0.6, silent 0.4 and 0.6; a value at a threshold reaches it."""
    sweep = ThresholdSweep(np.array([0.2, 0.3, 0.6, 0.7]))
    sweep.add(np.array([[0.2, 0.6, 0.4, 0.6]]), np.array([[True, True, False, False]]))
    assert sweep.f1() == pytest.approx([4 / 6, 2 / 5, 2 / 4, 0])
    assert sweep.best() == (0.2, pytest.approx(4 / 6))
    sweep.add(np.array([[0.65], [0.9]]), np.array([[True], [False]]), np.array([True, False]))
    assert sweep.f1() == pytest.approx([6 / 8, 4 / 7, 4 / 6, 0]), "the second frame is masked"


def test_best_is_the_lowest_of_equals_and_of_nothing_the_first():
    sweep = ThresholdSweep(np.array([0.1, 0.2, 0.3]))
    assert sweep.best() == (0.1, 0)
    sweep.add(np.array([[0.25]]), np.array([[True]]))
    assert sweep.best() == (0.1, 1)


def test_sweep_refuses_nan_and_other_shapes():
    with pytest.raises(MirlitonError, match="1 NaN"):
        ThresholdSweep().add(np.array([[np.nan] + [0] * 87]), roll(1))
    with pytest.raises(MirlitonError, match="shape"):
        ThresholdSweep().add(np.zeros((2, N_KEYS)), roll(1))


# notes


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


note_lists = st.lists(
    st.tuples(st.integers(0, 20), st.integers(1, 12), st.integers(60, 63)).map(
        lambda row: (row[0] * 0.03, (row[0] + row[1]) * 0.03, row[2])
    ),
    min_size=1,
    max_size=15,
).map(lambda rows: notes(*rows))


@given(note_lists, note_lists)
@settings(max_examples=60, deadline=None)
def test_equals_mir_eval_over_all_notes(ref, est):
    from mir_eval.transcription import precision_recall_f1_overlap

    sides = (ref.intervals, hertz(ref.pitches), est.intervals, hertz(est.pitches))
    found = note_scores(ref, est)
    for kind, offset_ratio in (("onset", None), ("onset_offset", 0.2)):
        expected = precision_recall_f1_overlap(*sides, offset_ratio=offset_ratio)[:3]
        assert list(found[kind].values()) == pytest.approx(list(expected))


def sides(ref, est):
    """Both as mir_eval wants them."""
    return ref.intervals, hertz(ref.pitches), est.intervals, hertz(est.pitches)


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


# velocities


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


def test_louder_and_softer_are_judged_not_loudness():
    ref = loud(*[(n, n + 0.5, 60, 30 + 10 * n) for n in range(8)])
    softer = loud(*[(n, n + 0.5, 60, 20 + 4 * n) for n in range(8)])
    shuffled = loud(*[(n, n + 0.5, 60, (30, 100, 100, 30)[n % 4]) for n in range(8)])
    assert velocity_counts(ref, softer).tolist() == [8, 0, 0]
    assert velocity_counts(ref, shuffled)[0] < 4


def test_a_tenth_of_the_range_is_tolerated():
    ref = loud(*[(n, n + 0.5, 60, velocity) for n, velocity in enumerate([20] * 20 + [120] * 20)])
    heard = np.array([20] * 20 + [120] * 20)
    for astray, n_found in ((9, 40), (12, 39)):
        wrong = heard.copy()
        wrong[0] += astray
        assert velocity_counts(ref, Notes(ref.intervals, ref.pitches, wrong))[0] == n_found


def test_pairs_that_are_as_loud_by_hand():
    """Of the range 20 to 120 the pairs are at 0, 0.5, 1; the line through their estimates gives 1/12, 1/3, 13/12."""
    ref = loud((0, 1, 60, 20), (1, 2, 60, 70), (2, 3, 60, 120))
    est = loud((0, 1, 60, 10), (1, 2, 60, 30), (2, 3, 60, 90))
    pairs = np.array([[0, 0], [1, 1], [2, 2]])
    line = np.polyfit([10, 30, 90], [0, 0.5, 1], 1)
    assert np.abs(np.polyval(line, [10, 30, 90]) - [0, 0.5, 1]) == pytest.approx(
        [0.115385, 0.153846, 0.038462], abs=1e-6
    )
    assert as_loud(ref, est, pairs).tolist() == [False, False, True]
    assert as_loud(ref, est, pairs[::-1]).tolist() == [True, False, False]
    assert as_loud(ref, est, pairs[:2]).tolist() == [True, True], "a line goes through two points"
    none = as_loud(ref, est, pairs[:0])
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


def test_velocities_that_differ_tell_something():
    assert told_by(loud((0, 1, 60, 64), (1, 2, 60, 65)))
    assert not told_by(loud((0, 1, 60, 64), (1, 2, 60, 64)))
    assert not told_by(NO_NOTES)


@given(loud_lists, st.sampled_from([0.5, 1]), st.integers(0, 60))
@settings(max_examples=40, deadline=None)
def test_notes_on_another_scale_of_loudness_are_as_loud(ref, scale, more):
    found = Notes(ref.intervals, ref.pitches, np.rint(4 * scale * ref.velocities + more).astype(int))
    assert velocity_counts(ref, found)[0] == len(matches(ref, found, offset_ratio=0.2))


def test_velocities_of_no_notes_and_of_notes_elsewhere():
    ref = loud((0, 1, 60, 64))
    assert velocity_counts(ref, NO_NOTES).tolist() == [0, 0, 1]
    assert velocity_counts(NO_NOTES, ref).tolist() == [0, 1, 0]
    assert velocity_counts(ref, loud((0, 1, 61, 64))).tolist() == [0, 1, 1]
    assert velocity_counts(ref, loud((0, 1, 60, 1))).tolist() == [1, 0, 0], "one pair lies on a line"


# how exact onsets are


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
    told = onset_timing.summary(np.array([-0.04, -0.01, 0.0, 0.01, 0.02]))
    assert (told["n"], told["within"]) == (5, 0.1)
    assert (told["median"], told["median_abs"], told["p90_abs"]) == pytest.approx((0, 10, 32))
    assert told["quantiles"][::50] == pytest.approx([-40, -10, 0, 10, 20])
    assert len(told["quantiles"]) == 201
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


def test_without_errors_nothing_is_said_of_them():
    nothing = dict.fromkeys(("median", "median_abs", "p90_abs", "quantiles"))
    assert onset_timing.summary(np.zeros(0)) == {"within": 0.1, "n": 0, **nothing}


@given(note_lists, note_lists)
@settings(max_examples=60, deadline=None)
def test_onset_precision_and_recall_change_places(ref, est):
    forth, back = note_scores(ref, est)["onset"], note_scores(est, ref)["onset"]
    assert (forth["precision"], forth["recall"]) == (back["recall"], back["precision"])


def test_pitches_in_hertz():
    np.testing.assert_allclose(hertz(np.array([69, 81, 60])), [440, 880, 261.6255653])


# intervals


def test_interval_of_a_mean_is_that_of_the_normal_law():
    values = np.random.default_rng(3).normal(0.5, 0.1, 400)
    low, high = bootstrap.interval(values, n_resamples=4000)
    reach = 1.96 * values.std() / np.sqrt(400)
    assert low == pytest.approx(values.mean() - reach, abs=1e-3)
    assert high == pytest.approx(values.mean() + reach, abs=1e-3)


def test_interval_by_level_and_seed():
    values = np.arange(20.0)
    wide, narrow = bootstrap.interval(values, level=0.99), bootstrap.interval(values, level=0.5)
    assert wide[0] < narrow[0] < values.mean() < narrow[1] < wide[1]
    assert bootstrap.interval(values) == bootstrap.interval(values)
    assert bootstrap.interval(values) != bootstrap.interval(values, seed=1)


@pytest.mark.parametrize(("level", "bounds"), [(0.95, (0, 1)), (0.6, (0, 1)), (0.4, (0.5, 0.5))])
def test_the_interval_of_two_tracks_whose_draws_can_be_listed(level, bounds):
    """A quarter of the draws has the mean 0, half 1/2, a quarter 1."""
    assert bootstrap.interval([0.0, 1.0], level=level) == bounds


def test_the_interval_is_not_symmetric_where_the_draws_are_not():
    """Of the draws of three, 8 of 27 have the mean 0 and 1 of 27 the mean 1: below 5 %."""
    low, high = bootstrap.interval([0.0, 0.0, 1.0], level=0.9)
    assert (low, high) == (0, pytest.approx(2 / 3))
    assert bootstrap.interval([0.0, 0.0, 1.0], np.max, level=0.9) == (0, 1)


def test_the_defaults_of_an_interval():
    values = np.random.default_rng(1).random(30)
    assert bootstrap.interval(values) == bootstrap.interval(values, np.mean, n_resamples=1000, level=0.95, seed=0)
    assert bootstrap.interval(values) != bootstrap.interval(values, n_resamples=999)
    assert bootstrap.interval([0.7, 0.7]) == pytest.approx((0.7, 0.7))


def test_counts_are_resampled_by_track():
    rows = np.array([[90, 10, 0], [10, 0, 90]])
    low, high = bootstrap.interval(rows, bootstrap.pooled_f1)
    assert low == pytest.approx(20 / 110)
    assert high == pytest.approx(180 / 190)
    assert bootstrap.pooled_f1(rows) == pytest.approx(200 / 300)


def test_one_track_has_no_interval():
    assert np.isnan(bootstrap.interval([0.7])).all()
    assert json.dumps(bootstrap.as_json(bootstrap.interval([0.7]))) == "null"
    assert bootstrap.as_json((0.25, 0.5)) == [0.25, 0.5]
    assert bootstrap.as_json((0.25, float("nan"))) is None
    assert np.isnan(bootstrap.interval([])).all()


# semitones


@pytest.mark.parametrize(("bins", "below"), [(1, 0), (3, 1), (3, 0), (5, 2), (2, 0)])
def test_semitones_are_the_bins_that_lie_on_them(bins, below):
    fmin = 27.5 * 2 ** (-below / (12 * bins))
    pitches = 21 + (np.arange(88 * bins) - below) / bins
    kept = on_semitones(pitches[None, :], fmin=fmin, bins_per_octave=12 * bins)
    assert first_semitone(fmin, 12 * bins) == 21
    np.testing.assert_array_equal(kept[0], 21 + np.arange(88))


def test_a_transform_that_begins_above_a_semitone_begins_with_the_next_bin_that_has_one():
    fmin = 27.5 * 2 ** (1 / 36)
    assert first_semitone(fmin, 36) == 22
    assert on_semitones(np.arange(12.0)[None, :], fmin=fmin, bins_per_octave=36)[0].tolist() == [2, 5, 8, 11]
