"""Frame metrics: rolls counted by hand, symmetries, and brute force for the sweep of thresholds."""

from __future__ import annotations

import re
from dataclasses import FrozenInstanceError

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mir_models.errors import MirlitonError
from mir_models.evaluation.metrics import frame_level
from mir_models.evaluation.metrics.frame_level import (
    FrameCounts,
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


def test_counts_are_whole_numbers_and_frozen():
    none = FrameCounts.none()
    assert [each.dtype for each in (none.tp, none.fp, none.fn)] == [np.int64] * 3
    with pytest.raises(FrozenInstanceError):
        none.__setattr__("tp", none.fp)
