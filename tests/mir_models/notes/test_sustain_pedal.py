"""What sounds of a performance: pedal, repetitions, doubles and short notes, worked out by hand and note by note."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, asdict, replace
from pathlib import Path

import mido
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mir_models.notes.annotations import NO_NOTES, Notes
from mir_models.notes.sustain_pedal import Counts, Params, sounding_notes, sustained_offsets
from storage.media import midi

NO_PEDAL = np.zeros((0, 2))
EXACT = Params(min_duration=1 / 32)
"""All times of these tests are multiples of 1/64 s, so that sums and comparisons are exact."""
TICKS = 480


def played(*rows: tuple[float, float, int, int]) -> Notes:
    """Notes of rows (onset, offset, pitch, velocity)."""
    values = np.array(rows, dtype=float).reshape(-1, 4)
    return Notes(values[:, :2], values[:, 2], values[:, 3])


def rows_of(notes: Notes) -> list[tuple[float, float, int, int]]:
    return [
        (*interval, pitch, velocity)
        for interval, pitch, velocity in zip(
            notes.intervals.tolist(), notes.pitches.tolist(), notes.velocities.tolist(), strict=True
        )
    ]


def sounding_rows(
    notes: Notes, *pedal: tuple[float, float], params: Params = EXACT
) -> list[tuple[float, float, int, int]]:
    return rows_of(sounding_notes(notes, np.array(pedal, dtype=float).reshape(-1, 2), params)[0])


def test_the_defaults() -> None:
    assert (Params().pedal, Params().min_duration) == ("extend", 0.01)
    with pytest.raises(ValueError, match=r"pedal one of extend, none. Received: pedal=half"):
        Params(pedal="half")  # type: ignore[arg-type]


def test_a_note_released_on_the_pedal_sounds_until_the_pedal_is_up() -> None:
    notes = played((0, 1, 60, 50))
    assert sounding_rows(notes, (0.5, 3)) == [(0, 3, 60, 50)]
    assert sounding_rows(notes, (0.5, 3), params=replace(EXACT, pedal="none")) == [(0, 1, 60, 50)]
    assert sounding_rows(notes) == [(0, 1, 60, 50)]


@pytest.mark.parametrize(
    ("pedal", "end"),
    [
        ((1, 3), 3),
        ((1.015625, 3), 1),
        ((0, 1), 1),
        ((0, 1.015625), 1.015625),
        ((-1, -0.5), 1),
    ],
    ids=["down as it is released", "down too late", "up as it is released", "up just after", "long before"],
)
def test_the_pedal_counts_from_when_it_is_down_until_it_is_up(pedal: tuple[float, float], end: float) -> None:
    assert sounding_rows(played((0, 1, 60, 50)), pedal) == [(0, end, 60, 50)]


def test_of_several_pedals_the_one_that_is_down_counts_in_whatever_order_they_are_given() -> None:
    notes = played((0, 1, 60, 50), (0, 3, 61, 50), (0, 5, 62, 50), (0, 9, 63, 50))
    expected = [(0, 2, 60, 50), (0, 3, 61, 50), (0, 6, 62, 50), (0, 9, 63, 50)]
    assert sounding_rows(notes, (0.5, 2), (4, 6), (7, 8)) == expected
    assert sounding_rows(notes, (7, 8), (0.5, 2), (4, 6)) == expected


def test_a_key_struck_again_ends_its_sustained_note_and_no_other() -> None:
    notes = played((0, 1, 60, 50), (0, 1, 64, 60), (2, 2.5, 60, 70))
    assert sounding_rows(notes, (0.5, 4)) == [(0, 2, 60, 50), (0, 4, 64, 60), (2, 4, 60, 70)]


def test_the_last_note_of_a_key_does_not_end_at_the_first_of_the_next() -> None:
    notes = played((0, 1, 61, 50), (5, 6, 60, 50))
    assert sounding_rows(notes, (0, 9)) == [(0, 9, 61, 50), (5, 9, 60, 50)]


def test_a_key_pressed_twice_at_once_is_cut_at_the_second_stroke() -> None:
    notes = played((0, 4, 60, 50), (1, 2, 60, 70))
    assert sounding_rows(notes) == [(0, 1, 60, 50), (1, 2, 60, 70)]
    assert sounding_rows(notes, params=replace(EXACT, pedal="none")) == [(0, 1, 60, 50), (1, 2, 60, 70)]


def test_of_two_voices_in_unison_the_longer_note_sounds() -> None:
    unison = [(0, 1, 60, 90), (0, 3, 60, 40), (0, 2, 60, 70), (0, 1, 61, 20)]
    for order in (unison, unison[::-1]):
        notes, counts = sounding_notes(played(*order), NO_PEDAL, EXACT)
        assert rows_of(notes) == [(0, 3, 60, 40), (0, 1, 61, 20)]
        assert counts == Counts(read=4, doubled=2)


def test_a_short_note_is_lengthened_unless_its_key_is_struck_sooner() -> None:
    notes = played((0, 0, 60, 1), (1, 1.015625, 61, 2), (2, 2, 62, 3), (2.015625, 3, 62, 4), (4, 4.03125, 63, 5))
    found, counts = sounding_notes(notes, NO_PEDAL, EXACT)
    assert rows_of(found) == [
        (0, 0.03125, 60, 1),
        (1, 1.03125, 61, 2),
        (2, 2.015625, 62, 3),
        (2.015625, 3, 62, 4),
        (4, 4.03125, 63, 5),
    ]
    assert counts == Counts(read=5, lengthened=3), "the last lasts just long enough"


def test_only_the_88_keys_sound() -> None:
    notes = played((0, 1, 20, 1), (0, 1, 21, 2), (0, 1, 108, 3), (0, 1, 109, 4))
    found, counts = sounding_notes(notes, NO_PEDAL, EXACT)
    assert rows_of(found) == [(0, 1, 21, 2), (0, 1, 108, 3)]
    assert counts == Counts(read=4, outside_piano=2)


def test_every_rule_counts_the_notes_it_touches() -> None:
    notes = played(
        (0, 1, 10, 64),  # outside
        (0, 1, 60, 64),  # extended to 2
        (0, 4, 61, 64),  # overlaps the next
        (3, 4, 61, 64),  # extended to 4.5
        (0, 0, 62, 64),  # lengthened, before the pedal is down
        (0, 1.5, 63, 64),  # a double of the next
        (0, 2, 63, 64),  # not extended: the pedal is up as it is released
    )
    found, counts = sounding_notes(notes, np.array([[0.5, 2], [3.5, 4.5]]), EXACT)
    expected = [(0, 2, 60, 64), (0, 3, 61, 64), (0, 0.03125, 62, 64), (0, 2, 63, 64), (3, 4.5, 61, 64)]
    assert rows_of(found) == expected
    assert counts.as_dict() == {
        "read": 7,
        "outside_piano": 1,
        "extended_by_pedal": 2,
        "doubled": 1,
        "overlapping": 1,
        "lengthened": 1,
    }


def test_no_notes_sound_as_none() -> None:
    found, counts = sounding_notes(NO_NOTES, np.array([[0.0, 1.0]]), Params())
    assert (len(found), counts) == (0, Counts())


def test_ends_are_sustained_one_by_one() -> None:
    ends = np.array([0.0, 1.0, 1.5, 2.0, 2.5, 9.0])
    assert sustained_offsets(ends, np.array([[1.0, 2.0], [2.25, 3.0]])).tolist() == [0, 2, 2, 2, 3, 9]
    assert sustained_offsets(ends, NO_PEDAL).tolist() == ends.tolist()


@pytest.mark.parametrize(("value", "end"), [(127, 1.0), (64, 1.0), (63, 0.5), (0, 0.5)])
def test_a_pedal_is_down_from_control_value_64(tmp_path: Path, value: int, end: float) -> None:
    """At 120 beats a minute: the key is up after half a second, the pedal after one."""
    track = mido.MidiTrack()
    track += [mido.Message("note_on", note=60, velocity=64), mido.Message("control_change", control=64, value=value)]
    track += [mido.Message("note_off", note=60, time=TICKS)]
    track += [mido.Message("control_change", control=64, value=min(value, 63), time=TICKS)]
    file = mido.MidiFile(ticks_per_beat=TICKS, tracks=[track])
    file.save(tmp_path / "x.mid")
    read = midi.read(tmp_path / "x.mid")
    found, counts = sounding_notes(read.notes, read.pedal, Params())
    np.testing.assert_allclose(found.intervals, [[0, end]])
    assert counts.extended_by_pedal == (value >= 64)


STEPS = st.integers(0, 48)


@st.composite
def performances(draw: st.DrawFn) -> Notes:
    """Notes on a few keys, among them keys no piano has, as likely as not overlapping, doubled or empty."""
    rows = draw(st.lists(st.tuples(STEPS, st.integers(0, 16), st.sampled_from([20, 21, 60, 108, 109])), max_size=12))
    return played(
        *((first / 64, (first + n) / 64, pitch, velocity) for velocity, (first, n, pitch) in enumerate(rows, 1))
    )


pedals = st.lists(STEPS, unique=True, max_size=8).map(
    lambda steps: np.array(sorted(steps)[: len(steps) // 2 * 2]).reshape(-1, 2) / 64
)
params = st.builds(
    Params, pedal=st.sampled_from(["extend", "none"]), min_duration=st.sampled_from([0.0, 1 / 64, 1 / 8])
)


def naive(notes: Notes, pedal: np.ndarray, params: Params) -> list[tuple[float, float, int]]:
    """The rules read aloud, one note at a time: rows of (onset, offset, pitch)."""
    longest: dict[tuple[float, int], float] = {}
    for onset, offset, pitch, _ in rows_of(notes):
        if 21 <= pitch <= 108:
            longest[onset, pitch] = max(offset, longest.get((onset, pitch), offset))
    sounds = []
    for (onset, pitch), offset in longest.items():
        if params.pedal == "extend":
            offset = max([offset, *(up for down, up in pedal.tolist() if down <= offset < up)])
        offset = max(offset, onset + params.min_duration)
        later = [other for other, key in longest if key == pitch and other > onset]
        sounds.append((onset, min([offset, *later]), pitch))
    return sorted(sounds)


@given(performances(), pedals, params)
def test_equals_the_rules_read_note_by_note(notes: Notes, pedal: np.ndarray, params: Params) -> None:
    found, counts = sounding_notes(notes, pedal, params)
    expected = naive(notes, pedal, params)
    assert [row[:3] for row in rows_of(found)] == sorted(expected, key=lambda row: (row[0], row[2]))
    assert counts.read == len(notes) == len(found) + counts.outside_piano + counts.doubled


@given(performances(), pedals)
def test_without_a_pedal_what_sounds_sounds_again_unchanged(notes: Notes, pedal: np.ndarray) -> None:
    once, _ = sounding_notes(notes, pedal, EXACT)
    again, counts = sounding_notes(once, NO_PEDAL, EXACT)
    assert rows_of(again) == rows_of(once)
    assert replace(counts, lengthened=0) == Counts(read=len(once))


@given(performances(), pedals, params, STEPS)
def test_a_performance_sounds_alike_at_any_time(notes: Notes, pedal: np.ndarray, params: Params, steps: int) -> None:
    found, counts = sounding_notes(notes, pedal, params)
    later, same = sounding_notes(notes.shifted(steps / 64), pedal + steps / 64, params)
    assert rows_of(later) == rows_of(found.shifted(steps / 64))
    assert same == counts


@pytest.mark.parametrize("record", [Params(), Counts()])
def test_records_are_frozen(record: Params | Counts) -> None:
    with pytest.raises(FrozenInstanceError):
        record.__setattr__(next(iter(asdict(record))), 1)
