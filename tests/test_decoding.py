"""Decoding: textbook rolls, a naive decoder as the oracle, and independence of the blocks."""

from __future__ import annotations

import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from mir_models.annotations import LOWEST_PITCH, N_KEYS, Notes
from mir_models.decoding import VELOCITY, Decoding, NoteDecoder, decode, joined
from mir_models.errors import MirlitonError
from mir_models.frames import FrameGrid
from mir_models.piano_roll import draw as draw_rolls

GRID = FrameGrid(22050, 512)
KEYS = (0, 40, 87)
LEVELS = st.sampled_from([0.0, 0.25, 0.5, 0.75, 0.9, 1.0])
"""Few levels, so that plateaus and values exactly at a threshold are common."""


def on_keys(columns):
    """Activations of `KEYS`, (n, 3), on a silent piano."""
    activations = np.zeros((len(columns), N_KEYS), dtype=np.float32)
    activations[:, KEYS] = columns
    return activations


def one_key(*values):
    return on_keys(np.array([[value, 0, 0] for value in values]).reshape(-1, 3))


def frames_of(notes):
    return (notes.intervals * GRID.frame_rate).round(6).tolist()


@st.composite
def heads(draw):
    n_frames = draw(st.integers(0, 24))
    kinds = draw(st.sampled_from([("frame",), ("frame", "onset"), ("frame", "onset", "velocity")]))
    return {kind: on_keys(draw(arrays(np.float32, (n_frames, len(KEYS)), elements=LEVELS))) for kind in kinds}


decodings = st.builds(
    Decoding,
    frame_threshold=st.sampled_from([0.25, 0.5, 0.9]),
    onset_threshold=st.sampled_from([0.25, 0.75]),
    min_frames=st.integers(1, 3),
    onset_radius=st.integers(1, 3),
)


def naive(activations, decoding):
    """The definition read aloud, one key and one frame at a time: rows of (first frame, key, end frame)."""
    rows = []
    for key in KEYS:
        frame = activations["frame"][:, key]
        onset = activations["onset"][:, key] if "onset" in activations else None
        started = None
        for n in range(len(frame) + 1):
            inside = n < len(frame)
            struck = inside and onset is not None and onset[n] >= decoding.onset_threshold
            active = inside and (frame[n] >= decoding.frame_threshold or struck)
            if onset is None:
                begins = active and started is None
            else:
                before = onset[max(0, n - decoding.onset_radius) : n]
                after = onset[n + 1 : n + 1 + decoding.onset_radius]
                begins = struck and all(onset[n] > v for v in before) and all(onset[n] >= v for v in after)
            if started is not None and (begins or not active):
                rows.append((started, key, n))
                started = None
            if begins:
                started = n
    return sorted(row for row in rows if row[2] - row[0] >= decoding.min_frames)


@given(heads(), decodings)
@settings(max_examples=300)
def test_equals_the_definition(activations, decoding):
    notes = decode(activations, GRID, decoding)
    expected = sorted((key, first, end) for first, key, end in naive(activations, decoding))
    keys = notes.pitches - LOWEST_PITCH
    found = sorted((int(key), *times) for key, times in zip(keys, frames_of(notes), strict=True))
    assert [row[0] for row in found] == [row[0] for row in expected]
    reach = 0.5 if "onset" in activations else 0.0
    assert np.abs(np.array(found) - np.array(expected)).max(initial=0) <= reach


@given(heads(), decodings, st.lists(st.integers(0, 9), max_size=12))
@settings(max_examples=200)
def test_any_split_into_blocks_gives_the_same_notes(activations, decoding, lengths):
    whole = decode(activations, GRID, decoding)
    decoder, parts, start = NoteDecoder(GRID, decoding), [], 0
    for length in [*lengths, len(activations["frame"])]:
        parts.append(decoder.push({head: values[start : start + length] for head, values in activations.items()}))
        start += length
    streamed = joined([*parts, decoder.finish()])
    np.testing.assert_array_equal(streamed.intervals, whole.intervals)
    np.testing.assert_array_equal(streamed.pitches, whole.pitches)
    np.testing.assert_array_equal(streamed.velocities, whole.velocities)


@given(heads(), decodings)
def test_notes_of_a_key_do_not_overlap_and_last(activations, decoding):
    notes = decode(activations, GRID, decoding)
    assert (notes.intervals[:, 1] > notes.intervals[:, 0]).all()
    for key in KEYS:
        intervals = notes.where(notes.pitches == key + LOWEST_PITCH).intervals
        assert (intervals[1:, 0] >= intervals[:-1, 1]).all()


@given(arrays(bool, (20, 3)))
def test_a_roll_survives_decoding(columns):
    roll = on_keys(columns) > 0
    notes = decode({"frame": roll.astype(np.float32)}, GRID, Decoding(0.5, min_frames=1))
    again = np.zeros_like(roll)
    for (first, end), pitch in zip(GRID.frames(notes.intervals), notes.pitches, strict=True):
        again[first:end, pitch - LOWEST_PITCH] = True
    np.testing.assert_array_equal(again, roll)


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
    ],
)
def test_wrong_activations_are_refused(activations, message):
    with pytest.raises(MirlitonError, match=message):
        decode(activations, GRID, Decoding(0.5))


def test_heads_do_not_change_between_blocks():
    decoder = NoteDecoder(GRID, Decoding(0.5))
    decoder.push({"frame": one_key(1)})
    with pytest.raises(MirlitonError, match="same heads"):
        decoder.push({"frame": one_key(1), "onset": one_key(1)})


@pytest.mark.parametrize("wrong", [{"frame_threshold": 0}, {"onset_threshold": 1.5}, {"min_frames": 0}])
def test_wrong_parameters_are_refused(wrong):
    with pytest.raises(ValueError, match="Received"):
        Decoding(**({"frame_threshold": 0.5} | wrong))


def test_an_hour_is_decoded_in_seconds():
    rng = np.random.default_rng(0)
    held = np.repeat(rng.random((4000, N_KEYS), dtype=np.float32), 50, axis=0)
    activations = {"frame": held, "onset": held * (np.arange(len(held)) % 50 == 0)[:, None]}
    start = time.perf_counter()
    notes = decode(activations, GRID, Decoding(0.9))
    assert time.perf_counter() - start < 10
    assert len(notes) > 30_000
