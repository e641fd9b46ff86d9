"""Onset thresholds by property, the earlier of two ends, and what is counted of ends and velocities."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from experiments.decodings.ends import EndCounts, earlier_ends, end_counts
from experiments.decodings.onset_thresholds import by_property, chord_sizes, frames_after, softer_than_before
from experiments.decodings.transcription import Transcription
from experiments.decodings.velocities import VelocityCounts, velocity_counts
from mir_models.features.cqt import Params
from mir_models.notes.annotations import NO_NOTES, Notes
from mir_models.notes.decoding import Decoding

GRID = Params().grid
OWN = Decoding(0.5, onset_threshold=0.45)
SECONDS = 512 / 22050
"""Of a frame."""


def transcription(*notes: tuple[int, int, float], level: float = 0.9) -> Transcription:
    """Notes of ten frames, each (pitch, first frame, height of its onset); `level` of the frame head, velocity 64."""
    onset, frame = np.zeros((2, 100, 88), np.float32)
    for pitch, first, height in notes:
        onset[first, pitch - 21] = height
        frame[first : first + 10, pitch - 21] = level
    return Transcription({"onset": onset, "frame": frame, "velocity": np.full_like(onset, 64 / 127)}, GRID, OWN)


def pitches(rule: str, found: Transcription) -> list[int]:
    return sorted(by_property(OWN)[rule](found).pitches.tolist())


def test_a_threshold_of_one_register_leaves_the_others_as_they_are() -> None:
    found = transcription((40, 10, 0.4), (60, 30, 0.4), (80, 50, 0.5), (84, 70, 0.6))
    assert sorted(found.notes(OWN).pitches.tolist()) == [80, 84]
    assert pitches("0.35 where MIDI pitch is below 48", found) == [40, 80, 84]
    assert pitches("0.35 where MIDI pitch is 48 to 77", found) == [60, 80, 84]
    assert pitches("0.55 where MIDI pitch is from 77", found) == [84]
    assert pitches("0.55 where MIDI pitch is below 48", found) == [80, 84]


def test_thresholds_by_loudness_and_by_the_frames_after() -> None:
    loud, weak = transcription((60, 10, 0.4)), transcription((60, 10, 0.4), level=0.3)
    assert pitches("0.35 where velocity found is 40 to 70", loud) == [60]
    assert pitches("0.35 where velocity found is below 40", loud) == []
    assert pitches("0.35 where frame head after it is from 0.5", loud) == [60]
    assert pitches("0.35 where frame head after it is from 0.5", weak) == []


def test_properties_of_notes() -> None:
    notes = Notes([[1.0, 2], [1.02, 2], [1.4, 2], [3.0, 4]], [60, 64, 67, 60], [80, 40, 50, 30])
    found = transcription((60, 43, 0.9))
    assert chord_sizes(found, notes, notes).tolist() == [2, 2, 1, 1]
    assert chord_sizes(found, notes.where(notes.pitches == 64), notes).tolist() == [2], "a note that is not there yet"
    assert softer_than_before(found, notes, notes).tolist() == [0, 40, 30, 0]
    after = frames_after(found, Notes([[43 * SECONDS, 2], [41 * SECONDS, 2]], [60, 60], [1, 1]), NO_NOTES)
    np.testing.assert_allclose(after, [0.45, 0.9], rtol=1e-6)


def test_the_earlier_of_the_offset_peak_and_the_end_of_the_frames() -> None:
    found = transcription((60, 10, 0.9), (64, 30, 0.9), (67, 50, 0.9))
    offset = np.zeros((100, 88), np.float32)
    offset[[14, 16], 60 - 21] = 0.4, 0.6
    offset[33, 64 - 21] = 0.2
    offset[[50, 63], 67 - 21] = 0.9
    both = replace(found, activations={**found.activations, "offset": offset})
    notes = found.notes(OWN)
    for threshold, end in ((0.3, 16), (0.5, 16), (0.7, 20)):
        ends = earlier_ends(both, notes, threshold).offset_times / SECONDS
        np.testing.assert_allclose(ends, [end, 40, 60], atol=1e-6)
    np.testing.assert_array_equal(earlier_ends(found, notes, 0.3).intervals, notes.intervals)
    assert len(earlier_ends(both, NO_NOTES, 0.3)) == 0


def test_ends_too_late_of_short_notes_and_too_early_of_long_ones() -> None:
    ref = Notes([[1.0, 1.08], [2.0, 2.08], [3.0, 5.0], [6.0, 8.0], [9.0, 9.5]], [60, 61, 62, 63, 64], [60] * 5)
    est = Notes([[1.0, 1.2], [2.0, 2.1], [3.0, 4.5], [6.0, 7.7], [9.0, 11.0]], [60, 61, 62, 63, 64], [60] * 5)
    assert end_counts(ref, est) == EndCounts(n_short=2, n_late=1, n_long=2, n_early=1)
    assert end_counts(ref, NO_NOTES) == EndCounts(0, 0, 0, 0)


def test_velocities_after_the_best_line_and_the_steps_that_they_are_too_loud() -> None:
    ref = Notes([[t, t + 0.5] for t in range(5)], range(60, 65), [20, 40, 60, 80, 100])
    louder = replace(ref, velocities=ref.velocities + 10)
    assert velocity_counts(ref, louder.where(louder.onset_times < 4)) == VelocityCounts(n=4, n_near=4, louder=40)
    flat = replace(ref, velocities=np.full(5, 60))
    assert velocity_counts(ref, flat) == VelocityCounts(n=5, n_near=1, louder=0)


@pytest.mark.parametrize("name", list(by_property(OWN)))
def test_without_notes_nothing_is_chosen(name: str) -> None:
    assert len(by_property(OWN)[name](transcription())) == 0
