"""Frame metrics: rolls counted by hand, symmetries, and brute force for the sweep of thresholds."""

from __future__ import annotations

import re
from dataclasses import FrozenInstanceError

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from mir_models.errors import MirlitonError
from mir_models.evaluation.metrics import frame_level
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
from mir_models.notes.annotations import N_KEYS
from tests.mir_models.evaluation.metrics.rolls_and_notes import roll, rolls


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
def test_rolls_of_other_shapes_or_types_are_errors(est):
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


def test_the_sweep_takes_rolls_and_masks_of_numbers_and_compares_in_float32():
    sweep = ThresholdSweep(np.array([0.7], dtype=np.float64))
    ref, mask = np.array([[1, 0], [0, 1]], dtype=np.uint8), np.array([1, 0], dtype=np.uint8)
    sweep.add(np.array([[0.7, 0.1], [0.9, 0.9]]), ref, mask)
    assert sweep.f1().tolist() == [1]


def test_counts_are_whole_numbers_and_frozen():
    none = FrameCounts.none()
    assert [each.dtype for each in (none.tp, none.fp, none.fn)] == [np.int64] * 3
    with pytest.raises(FrozenInstanceError):
        none.__setattr__("tp", none.fp)


def test_best_is_the_lowest_of_equals_and_of_nothing_the_first():
    sweep = ThresholdSweep(np.array([0.1, 0.2, 0.3]))
    assert sweep.best() == (0.1, 0)
    sweep.add(np.array([[0.25]]), np.array([[True]]))
    assert sweep.best() == (0.1, 1)


def test_nan_and_other_shapes_are_errors_of_the_sweep():
    with pytest.raises(MirlitonError, match="1 NaN"):
        ThresholdSweep().add(np.array([[np.nan] + [0] * 87]), roll(1))
    with pytest.raises(MirlitonError, match="shape"):
        ThresholdSweep().add(np.zeros((2, N_KEYS)), roll(1))
