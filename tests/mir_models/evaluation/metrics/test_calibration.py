"""Calibration: which onsets count, which of them are true, and the mean difference to their probabilities."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mir_models.evaluation.metrics.calibration import counts, events_of, note_events, summary
from mir_models.notes.annotations import LOWEST_PITCH, Notes
from mir_models.notes.decoding import Decoding
from mir_models.notes.frames import FrameGrid

GRID, DECODING, KEY = FrameGrid(100, 1), Decoding(0.5), 39
"""Frames of 10 ms: 50 ms are five of them."""


def onset_events(peaks, onsets):
    """Probability and truth of peaks (frame, height), one key's, beside onsets in seconds."""
    activation = np.zeros((200, 88), dtype=np.float32)
    for frame, height in peaks:
        activation[frame, KEY] = height
    times = np.array(onsets, dtype=float)
    ref = Notes(
        np.stack([times, times + 0.1], axis=1), np.full(len(times), KEY + LOWEST_PITCH), np.full(len(times), 64)
    )
    heads = {"frame": activation, "onset": activation}
    roll = np.zeros(activation.shape, dtype=bool)
    probabilities, true = note_events(heads, ref, roll, GRID, DECODING)
    return {round(float(p), 3): bool(t) for p, t in zip(probabilities, true, strict=True)}


def test_an_onset_is_true_within_50_ms():
    assert onset_events([(20, 0.9), (60, 0.8), (100, 0.7)], [0.249, 0.67, 1.0]) == {0.9: True, 0.8: False, 0.7: True}


def test_of_two_at_one_onset_the_likelier_one_is_true():
    assert onset_events([(20, 0.4), (23, 0.6)], [0.22]) == {0.4: False, 0.6: True}


def test_two_at_two_onsets_are_both_true():
    assert onset_events([(20, 0.4), (26, 0.6)], [0.2, 0.26]) == {0.4: True, 0.6: True}


def test_improbable_ones_and_what_is_no_maximum_do_not_count():
    assert onset_events([(20, 0.04), (60, 0.5), (61, 0.45)], [0.2]) == {0.5: False}


def test_a_network_without_onsets_is_calibrated_by_its_frames():
    frame = np.zeros((4, 88), dtype=np.float32)
    frame[:2, 0] = 0.75
    roll = np.zeros(frame.shape, dtype=bool)
    roll[0, 0] = roll[3, 5] = True
    none = Notes(np.zeros((0, 2)), np.zeros(0), np.zeros(0))
    probabilities, true = note_events({"frame": frame}, none, roll, GRID, DECODING)
    assert (probabilities.tolist(), true.tolist()) == ([0.75, 0.75], [True, False])
    assert (events_of({"frame": frame}), events_of({"frame": frame, "onset": frame})) == ("frames of keys", "onsets")


def test_the_error_is_the_mean_difference_of_the_classes():
    probabilities = np.array([0.95, 0.95, 0.95, 0.95, 0.15, 1.0])
    true = np.array([True, True, True, False, False, True])
    found = summary(counts(probabilities, true), "onsets")
    assert (found["n"], found["bins"][9]["n"], found["bins"][1]["n"]) == (6, 5, 1)
    assert found["bins"][9]["share"] == pytest.approx(0.8)
    assert found["error"] == pytest.approx((5 * abs(0.96 - 0.8) + 0.15) / 6)
    assert found["bins"][0] == {"low": 0.0, "high": 0.1, "n": 0, "probability": None, "share": None}


def test_without_events_there_is_no_error():
    assert summary(counts(np.zeros(0), np.zeros(0, dtype=bool)), "onsets")["error"] is None


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1), st.integers(0, 30))
def test_tracks_are_summed(events, cut):
    probabilities, true = np.array([p for p, _ in events]), np.array([t for _, t in events])
    parts = counts(probabilities[:cut], true[:cut]) + counts(probabilities[cut:], true[cut:])
    np.testing.assert_allclose(parts, counts(probabilities, true))
    assert parts[:, 0].sum() == len(events)
