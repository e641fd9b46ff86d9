"""Ends of notes by the frame head and the offset head together, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from mir_models.errors import ParameterError
from mir_models.notes.decoding import Decoding, NoteDecoder, decode
from tests.mir_models.notes.sparse_activations import GRID, on_keys

DECODING = Decoding(0.5, end_threshold=0.5)


def key(*values):
    return on_keys(np.array([[value, 0, 0] for value in values]))


def ends(frame, *, onsets=(0,), decoding=DECODING, **heads):
    """Ends in frames of the notes of one key, which begin at `onsets`."""
    onset = np.zeros(len(frame))
    onset[list(onsets)] = 1
    activations = {"frame": key(*frame), "onset": key(*onset)} | {name: key(*each) for name, each in heads.items()}
    return (decode(activations, GRID, decoding).offset_times * GRID.frame_rate).tolist()


def test_a_note_outlasts_a_dip_after_which_it_comes_back():
    frame = [0.9, 0.9, 0.9, 0.2, 0.9, 0.9, 0.9, 0, 0, 0, 0]
    assert ends(frame, decoding=Decoding(0.5)) == [3]
    assert ends(frame) == pytest.approx([6 + np.log(9) / (np.log(9) + 4)], abs=1e-3)


def test_a_note_does_not_outlast_a_dip_after_which_little_comes_back():
    frame = [0.9, 0.9, 0.9, 0.1, 0.6, 0, 0, 0, 0]
    assert ends(frame) == pytest.approx([2.5], abs=1e-3), "log 9 at 0.9, - log 9 at 0.1"


@pytest.mark.parametrize(("n_silent", "end"), [(2, 9.5), (3, 2.5)])
def test_no_end_is_looked_for_beyond_three_silent_frames(n_silent, end):
    """Each is as silent as a frame can be, a log-odds of -4; the search goes on at -8 and ends below."""
    assert ends([1, 1, 1, *[0] * n_silent, *[1] * 5, 0, 0, 0, 0]) == pytest.approx([end])


def test_a_peak_of_the_offset_head_decides_between_equal_ends():
    frame = [1, 1, 1, 0.5, 0.5, 0.5, 0.5, 0.5, 0, 0, 0]
    for at in (4, 5, 6):
        offset = np.full(len(frame), 0.1)
        offset[at] = 0.6
        assert ends(frame, offset=offset) == pytest.approx([at - 0.5])


def test_a_high_offset_ends_a_note_whose_frames_go_on_a_little():
    frame, offset = [1, 1, 1, 0.7, 0.7, 0, 0, 0, 0], np.full(9, 0.02)
    assert ends(frame, offset=offset) == pytest.approx([5 - 4 / (np.log(7 / 3) + 4)], abs=1e-3)
    offset[3] = 0.9
    assert ends(frame, offset=offset) == pytest.approx([2.5])


def test_a_note_of_one_frame_ends_after_its_onset():
    """The onset is 0.4 of a frame late, and the frame head would cross the threshold before that."""
    activations = {"frame": key(0.51, 0, 0, 0, 0), "onset_regressed": key(0.9, 0.8, 0.1, 0, 0)}
    found = decode(activations, GRID, Decoding(0.5, onset_threshold=0.85, min_frames=1, end_threshold=0.5))
    assert (found.intervals * GRID.frame_rate)[0] == pytest.approx([0.4444444, 1], abs=1e-6)


@pytest.mark.parametrize(("min_frames", "expected"), [(1, [1]), (2, [1.5]), (3, [2.5]), (4, [])])
def test_a_note_lasts_as_long_as_its_key_must_be_active_however_soon_it_is_likely_to_end(min_frames, expected):
    """Active for three frames, each of which is below what speaks for a note."""
    decoding = Decoding(0.25, min_frames=min_frames, end_threshold=0.9)
    assert ends([0.3, 0.3, 0.3, 0, 0, 0, 0], decoding=decoding) == pytest.approx(expected)


def test_an_onset_whose_key_falls_silent_at_once_neither_begins_nor_ends_a_note():
    frame = [0.9, 0.9, 0.9, 0.9, 0.4, 0.4, 0.9, 0.9, 0, 0, 0]
    assert ends(frame, onsets=(0, 4)) == ends(frame, onsets=(0,)) == pytest.approx([7.5], abs=0.2)


def test_a_note_that_is_restruck_too_soon_is_dropped():
    decoding = Decoding(0.5, min_frames=4, end_threshold=0.5)
    assert ends([1, 1, 1, 1, 1, 1, 1, 0, 0, 0], onsets=(0, 3), decoding=decoding) == pytest.approx([6.5])


def test_a_note_that_sounds_lasts_until_its_key_is_struck_again():
    assert ends(np.ones(9), onsets=(0, 5)) == pytest.approx([5, 9])
    assert ends(np.ones(9), onsets=(0, 5), offset=np.full(9, 0.1)) == pytest.approx([5, 9])


def test_a_note_that_has_ended_does_not_last_until_its_key_is_struck_again():
    assert ends([1, 1, 1, 0, 0, 1, 1, 1, 0, 0], onsets=(0, 5)) == pytest.approx([2.5, 7.5])


def test_a_frame_with_an_onset_never_speaks_against_a_note():
    """Two strokes nearer than the radius are one note, which sounds although the frame head is late."""
    onset = key(1, 0.9, 0.9, 0, 0, 0, 0, 0)
    frame = key(0, 0, 0, 1, 1, 0, 0, 0)
    found = decode({"frame": frame, "onset": onset}, GRID, DECODING)
    assert found.offset_times * GRID.frame_rate == pytest.approx([4.5])


def test_of_a_network_without_onsets_the_frame_threshold_ends_notes():
    frame = key(1, 1, 0.4, 0, 0)
    for decoding in (Decoding(0.5), Decoding(0.5, end_threshold=0.1)):
        assert (decode({"frame": frame}, GRID, decoding).offset_times * GRID.frame_rate).tolist() == [2]


def test_a_note_is_given_when_the_search_for_its_end_is_over():
    decoder = NoteDecoder(GRID, Decoding(0.5, end_threshold=0.5, onset_radius=1))
    columns = [(1, 1), (1, 0), (1, 0), (0, 0), (0, 0), (0, 0), (0, 0)]
    counts = [len(decoder.push({"frame": key(f), "onset": key(o)})) for f, o in columns]
    assert counts == [0, 0, 0, 0, 0, 0, 1], "three silent frames, and the radius"
    assert len(decoder.finish()) == 0


@pytest.mark.parametrize("end_threshold", [0, 1, -0.5, float("nan")])
def test_an_end_threshold_is_between_0_and_1(end_threshold):
    with pytest.raises(ParameterError, match="end_threshold"):
        Decoding(0.5, end_threshold=end_threshold)


@pytest.mark.parametrize("radius", [-1, 3])
def test_a_velocity_radius_is_no_more_than_that_of_onsets(radius):
    with pytest.raises(ParameterError, match="velocity_radius"):
        Decoding(0.5, velocity_radius=radius)


@pytest.mark.parametrize(("radius", "velocity"), [(0, 60), (1, 70), (2, 68)])
def test_a_velocity_is_the_mean_around_an_onset_weighted_by_it(radius, velocity):
    heads = {
        "frame": key(0, 0, 1, 1, 1, 0, 0),
        "onset": key(0, 0.2, 1, 0.6, 0.2, 0, 0),
        "velocity": key(*np.array([0, 80, 60, 250 / 3, 50, 0, 0]) / 127),
    }
    assert decode(heads, GRID, Decoding(0.5, velocity_radius=radius)).velocities.tolist() == [velocity]
