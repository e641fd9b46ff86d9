"""Decoding: a naive decoder as the oracle, and independence of the blocks."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from mir_models.notes.annotations import LOWEST_PITCH, Notes
from mir_models.notes.decoding import VELOCITY, Decoding, NoteDecoder, decode
from mir_models.notes.piano_roll import draw as draw_rolls
from tests.mir_models.notes.sparse_activations import GRID, KEYS, on_keys

LEVELS = st.sampled_from([0.0, 0.25, 0.5, 0.75, 0.9, 1.0])
"""Few levels, so that plateaus and values exactly at a threshold are common."""
HEADS = (
    ("frame",),
    ("frame", "velocity"),
    ("frame", "onset"),
    ("frame", "onset", "velocity"),
    ("frame", "onset_regressed"),
    ("frame", "onset", "onset_regressed", "velocity"),
)


@st.composite
def heads(draw):
    n_frames = draw(st.integers(0, 24))
    kinds = draw(st.sampled_from(HEADS))
    return {kind: on_keys(draw(arrays(np.float32, (n_frames, len(KEYS)), elements=LEVELS))) for kind in kinds}


decodings = st.builds(
    Decoding,
    frame_threshold=st.sampled_from([0.25, 0.5, 0.9]),
    onset_threshold=st.sampled_from([0.25, 0.75]),
    min_frames=st.integers(1, 3),
    onset_radius=st.integers(1, 3),
)


def naive(activations, decoding):
    """The definition read aloud, one key and one frame at a time: rows of (key, onset, offset, velocity), in frames."""
    rows = []
    head = next((name for name in ("onset_regressed", "onset") if name in activations), None)
    for key in KEYS:
        frame = activations["frame"][:, key]
        onset = activations[head][:, key] if head else None
        velocity = activations["velocity"][:, key] if "velocity" in activations else None
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
            position = n + (vertex(onset, n, head) if begins and head else 0)
            if started is not None and (begins or not active):
                first, first_position, struck_at = started
                if n - first >= decoding.min_frames:
                    rows.append((key, first_position, position, struck_at))
                started = None
            if begins:
                loudness = VELOCITY if velocity is None else min(127, max(1, round(127 * float(velocity[n]))))
                started = n, position, loudness
    return sorted(rows)


def vertex(onset, n, head):
    """Frames from a peak to the onset by its two neighbours, 0 beyond either end."""
    left = float(onset[n - 1]) if n > 0 else 0.0
    right = float(onset[n + 1]) if n + 1 < len(onset) else 0.0
    peak = float(onset[n])
    if head == "onset":
        return (left - right) / (2 * (left - 2 * peak + right))
    return (right - left) / (2 * (peak - min(left, right)))


@st.composite
def pieces_of_frames(draw):
    """Notes that begin and end at centres of frames, two frames long or more; of a key one may follow at once."""
    rows = []
    for pitch in (21, 60, 61, 108):
        end = 0
        for rest, length, velocity in draw(
            st.lists(st.tuples(st.integers(0, 3), st.integers(2, 6), st.integers(1, 127)), max_size=4)
        ):
            rows.append((end + rest, end + rest + length, pitch, velocity))
            end += rest + length
    values = np.array(rows, dtype=int).reshape(-1, 4)
    return Notes(GRID.times(values[:, :2]), values[:, 2], values[:, 3])


@given(heads(), decodings)
@settings(max_examples=300)
def test_equals_the_definition(activations, decoding):
    notes = decode(activations, GRID, decoding)
    keys = (notes.pitches - LOWEST_PITCH).tolist()
    frames = (notes.intervals * GRID.frame_rate).tolist()
    found = sorted(
        (key, *times, loud) for key, times, loud in zip(keys, frames, notes.velocities.tolist(), strict=True)
    )
    expected = naive(activations, decoding)
    assert [(row[0], row[3]) for row in found] == [(row[0], row[3]) for row in expected]
    np.testing.assert_allclose(np.array(found), np.array(expected), atol=1e-6)


@given(heads(), decodings, st.lists(st.integers(0, 9), max_size=12))
@settings(max_examples=200)
def test_any_split_into_blocks_gives_the_same_notes(activations, decoding, lengths):
    at_once = decode(activations, GRID, decoding)
    decoder, parts, start = NoteDecoder(GRID, decoding), [], 0
    for length in [*lengths, len(activations["frame"])]:
        parts.append(decoder.push({head: values[start : start + length] for head, values in activations.items()}))
        start += length
    streamed = Notes.concatenate([*parts, decoder.finish()])
    np.testing.assert_array_equal(streamed.intervals, at_once.intervals)
    np.testing.assert_array_equal(streamed.pitches, at_once.pitches)
    np.testing.assert_array_equal(streamed.velocities, at_once.velocities)


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


@given(pieces_of_frames(), st.booleans())
def test_an_exact_roll_gives_its_notes_back(notes, regressed):
    rolls = draw_rolls(notes, GRID, 40)
    head = "onset_regressed" if regressed else "onset"
    activations = {"frame": rolls.frame, head: rolls.onset, "velocity": rolls.velocity / 127}
    found = decode(activations, GRID, Decoding(1.0, onset_threshold=1.0, min_frames=2, onset_radius=1))
    np.testing.assert_allclose(found.intervals, notes.intervals, rtol=0, atol=1e-12)
    np.testing.assert_array_equal(found.pitches, notes.pitches)
    np.testing.assert_array_equal(found.velocities, notes.velocities)
