"""Which note-off ends which note: worked out by hand, and what holds of whatever a file has."""

from __future__ import annotations

from itertools import accumulate

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mir_models.notes.note_pairing import PairedNotes, pair_notes


def _pair(*events: tuple[int, bool], keys: list[int] | None = None) -> PairedNotes:
    ticks, is_on = np.array(events, dtype=np.int64).reshape(-1, 2).T
    return pair_notes(ticks, is_on.astype(bool), np.array(keys or [0] * len(events), dtype=np.int64))


def _on(tick: int) -> tuple[int, bool]:
    return tick, True


def _off(tick: int) -> tuple[int, bool]:
    return tick, False


CASES = {
    "one": ([_on(0), _off(5)], [5], 0, 0),
    "one after the other": ([_on(0), _off(5), _on(5), _off(9)], [5, 9], 0, 0),
    "first in, first out": ([_on(0), _on(2), _off(4), _off(6)], [4, 6], 1, 0),
    "three": ([_on(0), _on(1), _on(2), _off(4), _off(5), _off(6)], [4, 5, 6], 2, 0),
    "overlapping like tiles": ([_on(0), _on(3), _off(4), _on(6), _off(7), _off(9)], [4, 7, 9], 2, 0),
    "note-on before note-off in a tick": ([_on(0), _on(5), _off(5), _off(9)], [5, 9], 0, 0),
    "the same, and the last without": ([_on(0), _on(5), _off(5)], [5, -1], 0, 0),
    "no length": ([_on(3), _off(3)], [3], 0, 0),
    "no length, note-off first": ([_off(3), _on(3)], [3], 0, 0),
    "no length, note-off first, then another": ([_off(3), _on(3), _on(7), _off(9)], [3, 9], 0, 0),
    "without note-off": ([_on(3)], [-1], 0, 0),
    "without note-off, then others": ([_on(0), _on(2), _off(4), _on(6), _off(8)], [-1, 4, 8], 0, 0),
    "one note-off of two": ([_on(0), _on(2), _off(4)], [-1, 4], 0, 0),
    "two of three": ([_on(0), _on(2), _on(3), _off(4), _off(6)], [-1, 4, 6], 1, 0),
    "without note-on": ([_off(1), _on(2), _off(3), _off(4)], [3], 0, 2),
    "nothing": ([], [], 0, 0),
}


@pytest.mark.parametrize(("events", "ends", "held", "strays"), CASES.values(), ids=CASES)
def test_note_offs_end_notes(events: list[tuple[int, bool]], ends: list[int], held: int, strays: int) -> None:
    paired = _pair(*events)
    assert paired.ends.tolist() == ends
    assert (paired.struck_while_held, len(paired.strays)) == (held, strays)


def test_keys_are_paired_by_themselves() -> None:
    paired = _pair(_on(0), _on(1), _off(2), _off(3), keys=[7, 9, 9, 7])
    assert (paired.onsets.tolist(), paired.ends.tolist(), paired.struck_while_held) == ([0, 1], [3, 2], 0)


@st.composite
def _events(draw: st.DrawFn) -> tuple[list[int], list[bool], list[int]]:
    n = draw(st.integers(0, 40))
    steps = draw(st.lists(st.integers(0, 2), min_size=n, max_size=n))
    is_on = draw(st.lists(st.booleans(), min_size=n, max_size=n))
    keys = draw(st.lists(st.integers(0, 3), min_size=n, max_size=n))
    return list(accumulate(steps)), is_on, keys


@given(_events())
def test_every_note_on_is_a_note_and_every_note_off_ends_one_or_is_counted(
    events: tuple[list[int], list[bool], list[int]],
) -> None:
    ticks, is_on, keys = map(np.array, events)
    paired = pair_notes(ticks.astype(np.int64), is_on.astype(bool), keys.astype(np.int64))
    ended = paired.ends >= 0
    assert paired.onsets.tolist() == np.flatnonzero(is_on.astype(bool)).tolist()
    assert ended.sum() + len(paired.strays) == (~is_on.astype(bool)).sum()
    assert not is_on[paired.strays].any()
    onset_ticks = ticks[paired.onsets] if len(paired.onsets) else np.zeros(0)
    assert (paired.ends[ended] >= onset_ticks[ended]).all()
    for key in range(4):
        of_key = ended & (keys[paired.onsets] == key) if len(paired.onsets) else ended
        assert (np.diff(paired.ends[of_key]) >= 0).all(), "first in, first out"


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 9), st.integers(0, 2)), max_size=30))
def test_notes_written_as_events_come_back_where_none_lies_within_another(rows: list[tuple[int, int, int]]) -> None:
    """`rows` are onset, duration and key; of each key those that begin or end before an earlier one are left out."""
    notes: list[tuple[int, int, int]] = []
    for onset, duration, key in sorted(rows):
        if all(of != key or (onset > start and onset + duration >= end) for start, end, of in notes):
            notes.append((onset, onset + duration, key))
    # Within a tick: the note-offs of earlier notes, then note-ons, then the note-offs of notes of no length.
    events = sorted(
        [(start, 1, end, key, True) for start, end, key in notes]
        + [(end, 2 if start == end else 0, end, key, False) for start, end, key in notes]
    )
    paired = _pair(*[(tick, on) for tick, _, _, _, on in events], keys=[key for _, _, _, key, _ in events])
    found = [(*events[onset][::3], end) for onset, end in zip(paired.onsets, paired.ends.tolist(), strict=True)]
    assert sorted(found) == sorted((start, key, end) for start, end, key in notes)
    assert not len(paired.strays)
