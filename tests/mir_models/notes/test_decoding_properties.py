"""Decoding: a naive decoder as the oracle, and independence of the blocks."""

from __future__ import annotations

import math
from itertools import pairwise

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
    ("frame", "onset_regressed", "offset", "velocity"),
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
    end_threshold=st.sampled_from([None, 0.25, 0.6]),
    velocity_radius=st.integers(0, 1),
)


def naive(activations, decoding):
    """The definition read aloud, one key and one frame at a time: rows of (key, onset, offset, velocity), in frames."""
    rows = []
    head = next((name for name in ("onset_regressed", "onset") if name in activations), None)
    for key in KEYS:
        columns = {name: [float(value) for value in values[:, key]] for name, values in activations.items()}
        strokes = peaks(columns[head], decoding) if head else first_frames(columns["frame"], decoding)
        if head and decoding.end_threshold is not None:
            strokes = [
                n for n in strokes if all(is_active(columns, head, n + k, decoding) for k in range(decoding.min_frames))
            ]
        for stroke, following in pairwise([*strokes, None]):
            end, position = end_of(columns, head, stroke, following, decoding)
            if end - stroke >= decoding.min_frames:
                onset = stroke + (vertex(columns[head], stroke, head) if head else 0)
                rows.append((key, onset, position, loudness(columns, head, stroke, decoding.velocity_radius)))
    return sorted(rows)


def peaks(onset, decoding):
    """Frames of the local maxima of an onset head."""
    radius = decoding.onset_radius
    return [
        n
        for n, value in enumerate(onset)
        if value >= float32(decoding.onset_threshold)
        and all(value > v for v in onset[max(0, n - radius) : n])
        and all(value >= v for v in onset[n + 1 : n + 1 + radius])
    ]


def first_frames(frame, decoding):
    """First frames of the runs of active frames."""
    active = [value >= float32(decoding.frame_threshold) for value in frame]
    return [n for n, now in enumerate(active) if now and not (n > 0 and active[n - 1])]


def end_of(columns, head, stroke, following, decoding):
    """Frame and position of the end of a note that is struck in one frame and, perhaps, again in a following one."""
    last = len(columns["frame"]) if following is None else following
    restruck = last, last + (vertex(columns[head], following, head) if head and following is not None else 0)
    if head and decoding.end_threshold is not None:
        return likeliest_end(columns, head, stroke, last, decoding) or restruck
    for n in range(stroke + 1, last):
        if columns["frame"][n] < float32(decoding.frame_threshold) and not is_struck(columns, head, n, decoding):
            return n, n
    return restruck


def is_active(columns, head, n, decoding):
    """Whether a key sounds in a frame; beyond the end of the recording none does."""
    if n >= len(columns["frame"]):
        return False
    return columns["frame"][n] >= float32(decoding.frame_threshold) or is_struck(columns, head, n, decoding)


def is_struck(columns, head, n, decoding):
    return head is not None and columns[head][n] >= float32(decoding.onset_threshold)


def float32(threshold):
    return float(np.float32(threshold))


def units(p):
    """Log-odds in 1/1024, limited to 4 on either side."""
    odds = math.log(p / (1 - p)) if 0 < p < 1 else math.copysign(math.inf, p - 0.5)
    return round(1024 * min(4, max(-4, odds)))


def likeliest_end(columns, head, stroke, last, decoding):
    """Frame and position of the end of highest score, the first of equals; None if none is as good as no end."""
    neutral, total, highest, best, before = units(decoding.end_threshold), 0, 0, None, None
    earliest = stroke + decoding.min_frames
    for n in range(last):
        evidence = units(columns["frame"][n]) - neutral
        if is_struck(columns, head, n, decoding):
            evidence = max(evidence, 1)
        if n > stroke:
            score = total + (2 * units(columns["offset"][n]) if "offset" in columns else 0)
            if n >= earliest and (best is None or score > best[0]):
                rest = -evidence / (before - evidence) if before > 0 >= evidence else 0.5
                best = score, n, n - (rest if n > stroke + 1 else 0)
            total += evidence
            highest = max(highest, total)
            if n >= earliest and highest - total > 8 * 1024:
                return best[1:]
        before = evidence
    return best[1:] if best is not None and best[0] >= total else None


def loudness(columns, head, stroke, radius):
    if "velocity" not in columns:
        return VELOCITY
    velocity, near = columns["velocity"], [n for n in range(stroke - radius, stroke + radius + 1) if n >= 0]
    near = [n for n in near if n < len(velocity)]
    level = velocity[stroke]
    if head and radius:
        level = sum(columns[head][n] * velocity[n] for n in near) / sum(columns[head][n] for n in near)
    return min(127, max(1, round(127 * level)))


def vertex(onset, n, head):
    """Frames from a peak to the onset by its two neighbours, 0 beyond either end."""
    left = onset[n - 1] if n > 0 else 0.0
    right = onset[n + 1] if n + 1 < len(onset) else 0.0
    peak = onset[n]
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
@settings(max_examples=200, deadline=None)
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
@settings(max_examples=200, deadline=None)
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


@given(pieces_of_frames(), st.booleans(), st.sampled_from([0.3, 0.5, 0.7]))
@settings(deadline=None)
def test_the_likeliest_ends_of_an_exact_roll_are_half_a_frame_early_or_at_the_next_stroke(notes, with_offset, level):
    rolls = draw_rolls(notes, GRID, 40)
    activations = {"frame": rolls.frame, "onset_regressed": rolls.onset}
    activations |= {"offset": rolls.offset} if with_offset else {}
    decoding = Decoding(1.0, onset_threshold=1.0, onset_radius=1, end_threshold=level)
    found = decode(activations, GRID, decoding)
    np.testing.assert_array_equal(found.pitches, notes.pitches)
    np.testing.assert_allclose(found.onset_times, notes.onset_times, rtol=0, atol=1e-12)
    early = (notes.offset_times - found.offset_times) * GRID.frame_rate
    assert ((early > -1e-9) & (early < 0.8)).all()


@given(heads(), decodings)
@settings(deadline=None)
def test_notes_of_a_key_do_not_overlap_and_last(activations, decoding):
    notes = decode(activations, GRID, decoding)
    assert (notes.intervals[:, 1] > notes.intervals[:, 0]).all()
    for key in KEYS:
        intervals = notes.where(notes.pitches == key + LOWEST_PITCH).intervals
        assert (intervals[1:, 0] >= intervals[:-1, 1]).all()


@given(arrays(bool, (20, 3)))
@settings(deadline=None)
def test_a_roll_survives_decoding(columns):
    roll = on_keys(columns) > 0
    notes = decode({"frame": roll.astype(np.float32)}, GRID, Decoding(0.5, min_frames=1))
    again = np.zeros_like(roll)
    for (first, end), pitch in zip(GRID.frames(notes.intervals), notes.pitches, strict=True):
        again[first:end, pitch - LOWEST_PITCH] = True
    np.testing.assert_array_equal(again, roll)


@given(pieces_of_frames(), st.booleans())
@settings(deadline=None)
def test_an_exact_roll_gives_its_notes_back(notes, regressed):
    rolls = draw_rolls(notes, GRID, 40)
    head = "onset_regressed" if regressed else "onset"
    activations = {"frame": rolls.frame, head: rolls.onset, "velocity": rolls.velocity / 127}
    found = decode(activations, GRID, Decoding(1.0, onset_threshold=1.0, min_frames=2, onset_radius=1))
    np.testing.assert_allclose(found.intervals, notes.intervals, rtol=0, atol=1e-12)
    np.testing.assert_array_equal(found.pitches, notes.pitches)
    np.testing.assert_array_equal(found.velocities, notes.velocities)
