"""Why notes are missed, added or late: every error has one cause, and the causes sum up to the F1 that is lost."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from experiments.real_pianos.causes import ADDED, CAUSES, MISSED, TIMES, added_by_chance, errors
from experiments.real_pianos.counterfactuals import f1_without
from experiments.real_pianos.experiment import Transcribed
from experiments.real_pianos.lags import constant_lags, lags_by_velocity
from experiments.real_pianos.pairing import pairing
from mir_models.evaluation.metrics.note_level import note_scores
from mir_models.notes.annotations import NO_NOTES, Notes

Row = tuple[float, float, int, int]
"""Onset and duration in seconds, pitch and velocity."""
ROWS = st.lists(
    st.tuples(
        st.integers(0, 60).map(lambda n: n / 50),
        st.integers(1, 100).map(lambda n: n / 100),
        st.integers(60, 62),
        st.integers(1, 127),
    ),
    max_size=12,
)


def notes(*rows: Row) -> Notes:
    """Notes of rows."""
    if not rows:
        return NO_NOTES
    onsets, lasting, pitches, velocities = np.array(rows).T
    return Notes(np.column_stack([onsets, onsets + lasting]), pitches, velocities)


def transcribed(ref: Notes, est: Notes) -> Transcribed:
    """A recording of 10 s whose keys are released where the notes end."""
    unknown = np.full(len(ref), np.nan)
    return Transcribed("piano", "x", "as it is", False, 10.0, ref, est, ref.offset_times, unknown, unknown)


def only_cause(ref: Notes, est: Notes, kind: str) -> str:
    """The cause of the only error, which is of a kind."""
    counts = errors(transcribed(ref, est)).counts
    (found,) = [(each, cause) for each, by in counts.items() for cause, n in by.items() for _ in range(n)]
    assert found[0] == kind
    return found[1]


@settings(max_examples=20, deadline=None)
@given(ROWS, ROWS)
def test_causes_sum_up_to_the_f1_that_is_lost(ref: list[Row], est: list[Row]) -> None:
    labels, found = notes(*ref), notes(*est)
    counted = errors(transcribed(labels, found))
    if ref or est:
        assert counted.lost_by(*CAUSES) == pytest.approx(1 - note_scores(labels, found)["onset"]["f1"])
    every = [(kind, cause) for kind, causes in CAUSES.items() for cause in causes]
    assert f1_without(counted) == pytest.approx(note_scores(labels, found)["onset"]["f1"])
    assert f1_without(counted, every) == (1.0 if ref else 0.0)
    assert sum(counted.n_labels.values()) == len(ref)


LOUD = (1.0, 0.5, 60, 90)
FIRST = (0.5, 0.2, 40, 60)


@pytest.mark.parametrize(
    ("around", "missed", "cause"),
    [
        ((1.0, 0.05, 50, 60), (1.1, 0.5, 50, 60), "struck again within 0.15 s"),
        (LOUD, (3.0, 0.04, 50, 60), "label shorter than 50 ms"),
        (LOUD, (1.01, 0.5, 72, 30), "partial of a note as loud"),
        (LOUD, (1.2, 0.5, 79, 90), "partial of a note as loud"),
        (LOUD, (1.2, 0.5, 47, 70), "softer by 20 steps than others within 0.5 s, below C3"),
        (LOUD, (1.2, 0.5, 61, 70), "softer by 20 steps than others within 0.5 s"),
        (LOUD, (3.0, 0.5, 61, 39), "velocity below 40"),
        (LOUD, (3.0, 0.5, 47, 40), "below C3"),
        (LOUD, (1.2, 0.5, 61, 71), "none of these"),
        (LOUD, (1.52, 0.5, 61, 50), "none of these"),
        ((1.0, 0.05, 50, 60), (1.2, 0.5, 50, 60), "none of these"),
    ],
)
def test_why_a_note_is_missed(around: Row, missed: Row, cause: str) -> None:
    assert only_cause(notes(around, missed), notes(around), "missed") == cause


def test_a_note_of_a_chord_of_five() -> None:
    chord = [(1.0, 0.5, 60 + step, 80) for step in (0, 1, 2, 3)]
    ref, est = notes(*chord, (1.02, 0.5, 65, 80)), notes(*chord)
    assert only_cause(ref, est, "missed") == "in a chord of 5 notes or more"


@pytest.mark.parametrize(
    ("added", "cause"),
    [
        ((0.2, 0.1, 90, 60), "at the start of the excerpt"),
        ((1.1, 0.1, 60, 60), "a second time within 150 ms"),
        ((1.05, 0.1, 72, 60), "octave above a note struck with it"),
        ((0.95, 0.1, 48, 60), "octave below a note struck with it"),
        ((1.0, 0.1, 79, 60), "other partial of a note struck with it"),
        ((1.2, 0.1, 60, 60), "again while it sounds"),
        ((2.4, 0.1, 60, 60), "again within 1 s of its end"),
        ((1.2, 0.1, 72, 60), "partial of a note that sounds"),
        ((1.0, 0.1, 61, 60), "struck with another note"),
        ((2.6, 0.1, 60, 60), "none of these"),
        ((1.2, 0.1, 61, 60), "none of these"),
    ],
)
def test_why_a_note_is_added(added: Row, cause: str) -> None:
    assert only_cause(notes(LOUD), notes(LOUD, added), "added") == cause


def test_added_notes_of_any_pitch_are_octaves_by_chance_as_often_as_such_pitches_are_drawn() -> None:
    ref = notes(LOUD)
    est = notes(LOUD, (1.0, 0.1, 72, 60))
    drawn = added_by_chance(transcribed(ref, est), n_draws=200)
    assert sum(drawn.values()) == pytest.approx(1 / 3)
    assert drawn["octave above a note struck with it"] == pytest.approx(1 / 6, abs=0.04)
    assert drawn["a second time within 150 ms"] == pytest.approx(1 / 6, abs=0.04)
    assert sum(added_by_chance(transcribed(ref, ref)).values()) == 0


def played(*lags: float, velocity: int = 60, last: Row | None = None) -> tuple[Notes, Notes]:
    """A note each second, and found so much later; a last one with a lag in place of its velocity."""
    rows = [(float(n + 1), 0.2, 60 + n % 12, velocity) for n in range(len(lags))]
    found = [(onset + lag, 0.2, pitch, velocity) for (onset, _, pitch, velocity), lag in zip(rows, lags, strict=True)]
    return notes(*rows), notes(*found)


def test_times_by_the_lag_of_a_recording() -> None:
    ref, est = played(*[0.06] * 5, *[0.01])
    counts = errors(transcribed(ref, est)).counts["time"]
    assert counts == {**dict.fromkeys(TIMES, 0), "the lag of the recording": 5}
    np.testing.assert_allclose(constant_lags(ref, est, pairing(ref, est)), 0.06)


def test_times_by_the_lag_of_like_velocities() -> None:
    soft, loud = played(*[-0.07] * 40, velocity=20), played(*[0.02] * 41, velocity=80)
    ref = Notes.concatenate([soft[0], loud[0].shifted(100)])
    est = Notes.concatenate([soft[1], loud[1].shifted(100)])
    counts = errors(transcribed(ref, est)).counts["time"]
    assert counts == {**dict.fromkeys(TIMES, 0), "the lag of notes of like velocity": 40}
    lags = lags_by_velocity(ref, est, pairing(ref, est))
    np.testing.assert_allclose(lags[ref.velocities == 20], -0.07)
    np.testing.assert_allclose(lags[ref.velocities == 80], 0.02)


def test_the_lag_of_like_velocities_is_that_of_other_notes() -> None:
    ref, est = played(0.06, 0.0)
    np.testing.assert_allclose(lags_by_velocity(ref, est, pairing(ref, est)), [0.0, 0.06], atol=1e-9)


def test_times_of_keys_struck_again_and_of_no_cause() -> None:
    rows = [(float(n), 0.2, 60, 60) for n in range(1, 12)]
    ref = notes(*rows, (12.0, 0.2, 60, 60), (12.45, 0.2, 60, 60))
    est = notes(*rows, (12.1, 0.2, 60, 60), (12.35, 0.2, 60, 60))
    counts = errors(transcribed(ref, est)).counts["time"]
    assert counts["a key struck again within 0.3 s of its end"] == 1
    assert counts["none of these"] == 1


def test_a_lag_is_0_where_nothing_is_found() -> None:
    ref = notes(LOUD, FIRST)
    empty = pairing(ref, NO_NOTES)
    np.testing.assert_array_equal(constant_lags(ref, NO_NOTES, empty), [0, 0])
    np.testing.assert_array_equal(lags_by_velocity(ref, NO_NOTES, empty), [0, 0])


def test_pairs_are_right_then_late_and_the_rest_is_missed_and_added() -> None:
    ref = notes((1.0, 0.5, 60, 60), (2.0, 0.5, 60, 60), (3.0, 0.5, 60, 60))
    est = notes((1.05, 0.5, 60, 60), (2.15, 0.5, 60, 60), (3.16, 0.5, 60, 60))
    pairs = pairing(ref, est)
    np.testing.assert_array_equal(pairs.right, [[0, 0]])
    np.testing.assert_array_equal(pairs.late, [[1, 1]])
    np.testing.assert_array_equal(pairs.found, [[0, 0], [1, 1]])
    np.testing.assert_array_equal(pairs.missed, [False, False, True])
    np.testing.assert_array_equal(pairs.added, [False, False, True])


def test_mended_errors_raise_f1_by_their_notes() -> None:
    ref = notes((1.0, 0.5, 60, 60), (2.0, 0.5, 60, 60), (3.0, 0.5, 60, 60))
    est = notes((1.0, 0.5, 60, 60), (2.12, 0.5, 60, 60), (6.0, 0.5, 70, 60))
    counted = errors(transcribed(ref, est))
    assert f1_without(counted) == pytest.approx(2 / 6)
    assert [counted.lost_by(kind) for kind in CAUSES] == pytest.approx([2 / 6, 1 / 6, 1 / 6])
    assert f1_without(counted, [("time", each) for each in TIMES]) == pytest.approx(4 / 6)
    assert f1_without(counted, [("missed", each) for each in MISSED]) == pytest.approx(4 / 7)
    assert f1_without(counted, [("added", each) for each in ADDED]) == pytest.approx(2 / 5)
