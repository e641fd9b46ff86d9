"""Decoding: textbook rolls."""

from __future__ import annotations

import time

import numpy as np
import pytest

from mir_models.errors import MirlitonError, ParameterError
from mir_models.notes.annotations import N_KEYS, Notes
from mir_models.notes.decoding import BLOCK_FRAMES, VELOCITY, Decoding, NoteDecoder, decode, onset_head
from mir_models.notes.frames import FrameGrid
from mir_models.notes.piano_roll import draw as draw_rolls
from tests.mir_models.notes.sparse_activations import GRID, on_keys


def one_key(*values):
    return on_keys(np.array([[value, 0, 0] for value in values]).reshape(-1, 3))


def frames_of(notes):
    return (notes.intervals * GRID.frame_rate).round(6).tolist()


def test_drawn_notes_come_back_within_half_a_frame():
    """With an onset head also those that are restruck without a silent frame."""
    intervals = np.array([[0.1, 0.5], [0.5, 0.9], [0.3, 0.31], [0.62, 2.0], [0.7, 0.85]])
    notes = Notes(intervals, np.array([60, 60, 21, 108, 64]), np.full(5, 64))
    rolls = draw_rolls(notes, GRID, 100)
    found = decode({"frame": rolls.frame, "onset": rolls.onset}, GRID, Decoding(0.5, min_frames=1))
    assert found.pitches.tolist() == notes.pitches.tolist()
    half = 0.5 / GRID.frame_rate
    assert np.abs(found.onset_times - notes.onset_times).max() <= half
    longer = notes.offset_times - notes.onset_times > 2 * half
    assert np.abs(found.offset_times - notes.offset_times)[longer].max() <= half


def test_times_are_those_of_the_grid():
    notes = decode({"frame": one_key(0, 1, 1, 1, 0)}, FrameGrid(16000, 160), Decoding(0.5))
    np.testing.assert_allclose(notes.intervals, [[0.01, 0.04]], rtol=0, atol=1e-12)


def test_a_note_at_either_end_begins_and_ends_there():
    assert frames_of(decode({"frame": one_key(1, 1, 0, 1, 1)}, GRID, Decoding(0.5))) == [[0, 2], [3, 5]]


@pytest.mark.parametrize(
    ("head", "values", "onset"),
    [
        ("onset", (0.5, 1.0, 0.75), 1 + 1 / 6),
        ("onset", (0.75, 1.0, 0.5), 1 - 1 / 6),
        ("onset", (0.0, 1.0, 1.0), 1.5),
        ("onset", (1.0, 0.5, 0.0), 1 / 6),
        ("onset_regressed", (0.5, 1.0, 0.75), 1.25),
        ("onset_regressed", (0.75, 1.0, 0.5), 0.75),
        ("onset_regressed", (0.0, 1.0, 1.0), 1.5),
        ("onset_regressed", (1.0, 0.5, 0.0), 0.25),
    ],
)
def test_an_onset_is_the_vertex_of_its_peak(head, values, onset):
    """A parabola through three values, or two flanks of one slope; the first frame has silence before it."""
    activations = {"frame": one_key(1, 1, 1, 1, 0), head: one_key(*values, 0, 0)}
    found = decode(activations, GRID, Decoding(0.5, min_frames=1))
    np.testing.assert_allclose(found.intervals * GRID.frame_rate, [[onset, 4]], rtol=0, atol=1e-6)


def test_a_restruck_note_ends_where_the_next_begins_between_frames():
    onset = one_key(0.5, 1, 0.75, 0, 0.75, 1, 0.5, 0)
    found = decode({"frame": one_key(*[1] * 7, 0), "onset": onset}, GRID, Decoding(0.5))
    np.testing.assert_allclose(found.intervals * GRID.frame_rate, [[1 + 1 / 6, 5 - 1 / 6], [5 - 1 / 6, 7]], atol=1e-6)


def test_of_two_heads_of_onsets_the_regressed_one_counts():
    regressed, plain = one_key(0, 1, 0, 0, 0), one_key(0, 0, 1, 0, 0)
    activations = {"frame": one_key(0, 1, 1, 1, 0), "onset_regressed": regressed, "onset": plain}
    assert frames_of(decode(activations, GRID, Decoding(0.5))) == [[1, 4]]
    assert onset_head(activations) == "onset_regressed"
    assert onset_head({"onset": plain, "frame": plain}) == "onset"
    assert onset_head({"frame": plain, "velocity": plain}) is None


def test_heads_that_are_not_read_may_have_any_shape():
    activations = {"frame": one_key(1, 1, 0), "offset": np.full((1, 5), np.nan)}
    assert frames_of(decode(activations, GRID, Decoding(0.5))) == [[0, 2]]


@pytest.mark.parametrize(("radius", "apart", "n_notes"), [(1, 2, 2), (2, 2, 1), (2, 3, 2), (3, 3, 1), (3, 4, 2)])
def test_onsets_of_a_key_are_more_than_the_radius_apart(radius, apart, n_notes):
    onset = np.zeros(10)
    onset[[2, 2 + apart]] = 0.8, 0.9
    for values in (onset, onset[::-1]):
        activations = {"frame": one_key(*np.ones(10)), "onset": one_key(*values)}
        assert len(decode(activations, GRID, Decoding(0.5, onset_radius=radius))) == n_notes


@pytest.mark.parametrize(("level", "n_notes"), [(0.5, 1), (0.49, 0)])
def test_an_onset_is_at_or_above_its_threshold(level, n_notes):
    activations = {"frame": one_key(1, 1, 1, 0), "onset": one_key(0, level, 0, 0)}
    assert len(decode(activations, GRID, Decoding(0.9, onset_threshold=0.5))) == n_notes


def test_notes_of_exactly_the_shortest_length_are_kept():
    frame = one_key(1, 0, 1, 1, 0, 1, 1, 1, 0)
    found = {n: frames_of(decode({"frame": frame}, GRID, Decoding(0.5, min_frames=n))) for n in (1, 2, 3, 4)}
    assert found == {1: [[0, 1], [2, 4], [5, 8]], 2: [[2, 4], [5, 8]], 3: [[5, 8]], 4: []}
    assert frames_of(decode({"frame": frame}, GRID, Decoding(0.5))) == found[2]


@pytest.mark.parametrize(
    ("level", "velocity"), [(0, 1), (0.001, 1), (10 / 127, 10), (100.6 / 127, 101), (1, 127), (1.2, 127)]
)
def test_velocities_are_fractions_of_127(level, velocity):
    activations = {"frame": one_key(0, 1, 1, 0), "velocity": one_key(0.3, level, 0.3, 0.3)}
    assert decode(activations, GRID, Decoding(0.5)).velocities.tolist() == [velocity]


def test_without_a_velocity_head_every_velocity_is_64():
    notes = decode({"frame": one_key(1, 1, 0, 1, 1)}, GRID, Decoding(0.5))
    assert notes.velocities.tolist() == [64, 64]


def test_the_defaults():
    assert Decoding(0.3) == Decoding(0.3, onset_threshold=0.5, min_frames=2, onset_radius=2)


def test_a_note_across_the_border_of_two_blocks_is_one():
    frame = np.zeros((2 * BLOCK_FRAMES + 40, N_KEYS), dtype=np.float32)
    frame[BLOCK_FRAMES - 10 : BLOCK_FRAMES + 10, 0] = 1
    frame[2 * BLOCK_FRAMES : 2 * BLOCK_FRAMES + 20, 1] = 1
    notes = decode({"frame": frame}, GRID, Decoding(0.5))
    np.testing.assert_allclose(
        notes.intervals * GRID.frame_rate,
        [[BLOCK_FRAMES - 10, BLOCK_FRAMES + 10], [2 * BLOCK_FRAMES, 2 * BLOCK_FRAMES + 20]],
    )


@pytest.mark.parametrize("radius", [1, 2, 3])
def test_a_note_is_given_as_soon_as_the_radius_after_its_end_is_known(radius):
    decoder = NoteDecoder(GRID, Decoding(0.5, onset_radius=radius))
    columns = [1, 1, 0, *[0] * radius]
    counts = [len(decoder.push({"frame": one_key(column)})) for column in columns]
    assert counts == [0] * (len(columns) - 1) + [1]
    assert len(decoder.finish()) == 0


def test_parts_are_joined_in_the_order_of_time():
    one = Notes(np.array([[1.0, 2.0]]), np.array([60]), np.array([10]))
    other = Notes(np.array([[0.5, 3.0], [2.5, 3.0]]), np.array([62, 64]), np.array([20, 30]))
    both = Notes.concatenate([one, other])
    assert both.intervals.tolist() == [[0.5, 3], [1, 2], [2.5, 3]]
    assert both.pitches.tolist() == [62, 60, 64]
    assert both.velocities.tolist() == [20, 10, 30]
    assert len(Notes.concatenate([])) == 0


def test_a_note_is_a_run_of_frames_at_or_above_the_threshold():
    notes = decode({"frame": one_key(0, 0.6, 0.5, 0.7, 0.49, 0)}, GRID, Decoding(0.5))
    assert frames_of(notes) == [[1, 4]]
    assert notes.pitches.tolist() == [21]
    assert notes.velocities.tolist() == [VELOCITY]


def test_thresholds_are_compared_in_float32():
    assert len(decode({"frame": one_key(0.7, 0.7)}, GRID, Decoding(0.7))) == 1


def test_without_onsets_a_restruck_note_is_one():
    assert frames_of(decode({"frame": one_key(0.9, 0.9, 0.6, 0.9, 0.9)}, GRID, Decoding(0.5))) == [[0, 5]]


def test_an_onset_ends_the_former_note_of_its_key():
    activations = {"frame": one_key(0, 1, 1, 1, 1, 1, 1, 0), "onset": one_key(0, 1, 0, 0, 0, 1, 0, 0)}
    assert frames_of(decode(activations, GRID, Decoding(0.5))) == [[1, 5], [5, 7]]


def test_an_onset_is_found_although_the_head_stays_above_its_threshold():
    activations = {"frame": np.ones((7, N_KEYS)), "onset": one_key(0.6, 0.9, 0.7, 0.6, 0.7, 0.9, 0.7)}
    assert len(decode(activations, GRID, Decoding(0.5))) == 2


def test_frames_without_an_onset_start_no_note():
    activations = {"frame": one_key(1, 1, 1, 1), "onset": one_key(0.4, 0.4, 0.1, 0)}
    assert len(decode(activations, GRID, Decoding(0.5))) == 0


def test_a_saturated_onset_head_starts_one_note():
    activations = {"frame": one_key(0, 1, 1, 1, 1, 1), "onset": one_key(0, 1, 1, 1, 1, 0)}
    assert len(decode(activations, GRID, Decoding(0.5))) == 1


def test_the_frame_head_may_come_a_frame_late():
    activations = {"frame": one_key(0, 0, 0, 1, 1, 0), "onset": one_key(0, 0.9, 0.8, 0, 0, 0)}
    assert frames_of(decode(activations, GRID, Decoding(0.5)))[0][1] == 5


def test_short_notes_are_dropped():
    frame = one_key(1, 0, 1, 1, 0, 1, 1, 1)
    assert frames_of(decode({"frame": frame}, GRID, Decoding(0.5, min_frames=3))) == [[5, 8]]


def test_velocity_is_read_at_the_onset():
    activations = {"frame": one_key(0, 1, 1, 0), "onset": one_key(0, 1, 0, 0), "velocity": one_key(1, 0.5, 1, 1)}
    assert decode(activations, GRID, Decoding(0.5)).velocities.tolist() == [64]
    activations["velocity"] = one_key(1, 0, 1, 1)
    assert decode(activations, GRID, Decoding(0.5)).velocities.tolist() == [1]


def test_onsets_lie_between_frames():
    """Regressed onsets (Kong et al. 2021): the error falls well below the 6.7 ms of rounding to frames."""
    true = np.arange(12, 900, 13) + np.linspace(-0.5, 0.5, 69)
    distance = np.abs(np.arange(910)[:, None] - true[None, :]).min(axis=1)
    onset = on_keys(np.stack([np.maximum(0, 1 - distance / 2.15), *np.zeros((2, 910))], axis=1))
    notes = decode({"frame": onset, "onset": onset}, GRID, Decoding(0.4, min_frames=1))
    error = notes.onset_times - GRID.times(true)
    assert len(notes) == len(true)
    assert 1000 * np.sqrt(np.mean(error**2)) < 2.5


def test_notes_come_as_soon_as_they_are_decided():
    decoder = NoteDecoder(GRID, Decoding(0.5))
    assert len(decoder.push({"frame": one_key(1, 1, 0)})) == 0
    assert len(decoder.push({"frame": one_key(0, 0, 1)})) == 1
    assert frames_of(decoder.finish()) == []


def test_nothing_gives_nothing():
    assert len(decode({"frame": one_key()}, GRID, Decoding(0.5))) == 0
    assert len(NoteDecoder(GRID, Decoding(0.5)).finish()) == 0


@pytest.mark.parametrize(
    ("activations", "message"),
    [
        ({"onset": one_key(1)}, "frame"),
        ({"frame": np.zeros((4, 12))}, "88"),
        ({"frame": one_key(1, 1), "onset": one_key(1)}, "n_frames"),
        ({"frame": one_key(np.nan)}, "diverged"),
        ({"frame": one_key(1), "onset": one_key(np.inf)}, "onset"),
        ({"frame": np.zeros(N_KEYS)}, "88"),
        ({"frame": one_key(-np.inf), "velocity": one_key(np.nan)}, "infinity in frame, velocity"),
    ],
)
def test_wrong_activations_are_refused(activations, message):
    with pytest.raises(MirlitonError, match=message):
        decode(activations, GRID, Decoding(0.5))


def test_heads_do_not_change_between_blocks():
    decoder = NoteDecoder(GRID, Decoding(0.5))
    decoder.push({"frame": one_key(1)})
    with pytest.raises(MirlitonError, match=r"same heads.*\['frame', 'onset'\] after \['frame'\]"):
        decoder.push({"frame": one_key(1), "onset": one_key(1)})


@pytest.mark.parametrize(
    ("wrong", "received"),
    [
        ({"frame_threshold": 0}, "0, 0.5"),
        ({"frame_threshold": 1.01}, "1.01, 0.5"),
        ({"onset_threshold": 0}, "0.5, 0"),
        ({"onset_threshold": 1.5}, "0.5, 1.5"),
        ({"min_frames": 0}, "0, 2"),
        ({"onset_radius": 0}, "2, 0"),
    ],
)
def test_wrong_parameters_are_refused(wrong, received):
    with pytest.raises(ParameterError, match=rf"Received: {received}\. Remedy"):
        Decoding(**({"frame_threshold": 0.5} | wrong))


def test_parameters_at_their_bounds_are_admitted():
    least = Decoding(1.0, onset_threshold=1.0, min_frames=1, onset_radius=1)
    assert (least.frame_threshold, least.onset_threshold, least.min_frames, least.onset_radius) == (1, 1, 1, 1)


def test_an_hour_is_decoded_in_seconds():
    rng = np.random.default_rng(0)
    held = np.repeat(rng.random((4000, N_KEYS), dtype=np.float32), 50, axis=0)
    activations = {"frame": held, "onset": held * (np.arange(len(held)) % 50 == 0)[:, None]}
    start = time.perf_counter()
    notes = decode(activations, GRID, Decoding(0.9))
    assert time.perf_counter() - start < 10
    assert len(notes) > 30_000
