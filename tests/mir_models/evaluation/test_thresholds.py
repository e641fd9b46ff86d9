"""The sweep of thresholds against brute force, and the thresholds that are chosen of it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from mir_models.errors import MirlitonError
from mir_models.evaluation.metrics.frame_level import count, micro
from mir_models.evaluation.thresholds import (
    END_THRESHOLDS,
    FRAME_THRESHOLDS,
    ONSET_THRESHOLDS,
    NoteThresholds,
    ThresholdSweep,
    choose_frame_threshold,
    choose_note_thresholds,
    note_f1s,
)
from mir_models.notes.annotations import LOWEST_PITCH, N_KEYS, Notes
from mir_models.notes.decoding import Decoding
from mir_models.notes.frames import FrameGrid
from tests.mir_models.evaluation.metrics.rolls_and_notes import roll


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
    brute = [micro(count(activations[masks] >= threshold, refs[masks])).f1 for threshold in FRAME_THRESHOLDS]
    np.testing.assert_allclose(sweep.f1(), brute, rtol=0, atol=1e-15)
    threshold, f1 = sweep.best()
    assert f1 == max(brute)
    assert np.float32(threshold) == FRAME_THRESHOLDS[int(np.argmax(brute))]


def test_sweep_over_every_level():
    rng = np.random.default_rng(0)
    activations = rng.random((400, N_KEYS), dtype=np.float32)
    ref = rng.random((400, N_KEYS)) < activations**3
    sweep = ThresholdSweep()
    sweep.add(activations, ref)
    brute = [micro(count(activations >= threshold, ref)).f1 for threshold in FRAME_THRESHOLDS]
    np.testing.assert_allclose(sweep.f1(), brute, rtol=0, atol=1e-15)


def test_thresholds_are_the_hundredths_as_decoding_reads_them():
    assert FRAME_THRESHOLDS.tolist() == [float(np.float32(n / 100)) for n in range(1, 100)]


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


def test_the_frame_threshold_is_the_best_of_all_tracks_together():
    """Sounding 0.42 in one track and 0.35 in the other, silent 0.3 in both."""
    ref = roll(2, (0, 0), (1, 1))
    tracks = [(np.where(ref, level, 0.3).astype(np.float32), ref) for level in (0.42, 0.35)]
    assert choose_frame_threshold(iter(tracks)) == (0.31, 1.0)
    assert choose_frame_threshold(tracks, np.array([0.2, 0.4], np.float32)) == (0.4, pytest.approx(2 / 3))


GRID = FrameGrid(22050, 512)


def onsets(level: float) -> tuple[dict[str, np.ndarray], Notes]:
    """Activations of a track with one note, whose onset peaks at 0.9, and with a false onset of this level."""
    frame, onset = (np.zeros((60, N_KEYS), np.float32) for _ in range(2))
    frame[10:30, 0], onset[10, 0] = 0.9, 0.9
    frame[40:55, 5], onset[40, 5] = 0.9, level
    start, end = GRID.times(np.array([10, 30]))
    return {"frame": frame, "onset": onset}, Notes(np.array([[start, end]]), np.array([LOWEST_PITCH]), np.array([64]))


def chosen_onset(tracks, **candidates) -> float:
    return choose_note_thresholds(tracks, GRID, frame_threshold=0.3, **candidates).onset


def test_the_onset_threshold_is_the_first_above_false_onsets_of_all_tracks():
    assert chosen_onset([onsets(0.22)]) == 0.25
    assert chosen_onset(iter([onsets(0.22), onsets(0.37)])) == 0.4
    assert chosen_onset([onsets(0.22)], onset_thresholds=(0.1, 0.6, 0.5)) == 0.6, "the first of equals"


def long_note(level: float) -> tuple[dict[str, np.ndarray], Notes]:
    """Activations of a track with one note, whose frames are at this level in its second half."""
    frame, onset = (np.zeros((60, N_KEYS), np.float32) for _ in range(2))
    frame[10:25, 0], frame[25:50, 0], onset[10, 0] = 0.9, level, 0.9
    start, end = GRID.times(np.array([10, 50]))
    return {"frame": frame, "onset": onset}, Notes(np.array([[start, end]]), np.array([LOWEST_PITCH]), np.array([64]))


def test_the_end_threshold_is_the_first_by_which_ends_of_all_tracks_are_right():
    def chosen(tracks, **candidates):
        return choose_note_thresholds(tracks, GRID, frame_threshold=0.5, **candidates).end

    assert chosen([long_note(0.55)]) is None, "the frame threshold does as well"
    assert chosen([long_note(0.45)]) == 0.3
    assert chosen(iter([long_note(0.45), long_note(0.35)])) == 0.3
    assert chosen([long_note(0.45)], end_thresholds=(0.6, 0.42, 0.4)) == 0.42, "the first of equals"
    assert max(each for each in END_THRESHOLDS if each) > 0.9, "frames of some networks are seldom below it"


def test_f1_is_of_what_must_agree():
    activations, notes = long_note(0.2)
    decodings = [Decoding(0.5), Decoding(0.1)]
    assert note_f1s(activations, notes, GRID, decodings) == [1, 1]
    assert note_f1s(activations, notes, GRID, decodings, kind="onset_offset") == [0, 1]


def test_without_an_onset_head_the_onset_threshold_is_that_of_frames():
    activations, notes = onsets(0.5)
    tracks = [({"frame": activations["frame"]}, notes)]
    assert choose_note_thresholds(tracks, GRID, frame_threshold=0.37) == NoteThresholds(0.37, None)


def test_of_no_track_the_first_thresholds_are_chosen():
    assert choose_note_thresholds([], GRID, frame_threshold=0.37) == NoteThresholds(ONSET_THRESHOLDS[0])
    assert END_THRESHOLDS[0] is None, "the rule that needs no offset head"
