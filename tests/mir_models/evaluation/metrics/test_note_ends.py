"""Ends of notes: which are early, right and late, and what share of the length was found."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mir_models.evaluation.metrics.note_ends import DURATIONS, EARLY, LATE, RIGHT, end_counts, end_kinds, summary
from mir_models.evaluation.metrics.note_level import note_counts
from mir_models.notes.annotations import NO_NOTES, Notes


def notes(*rows):
    values = np.array(rows, dtype=float).reshape(-1, 3)
    return Notes(values[:, :2], values[:, 2], np.full(len(values), 64))


@pytest.mark.parametrize(
    ("true_end", "end", "kind"),
    [
        (1.1, 1.16, LATE), (1.1, 1.14, RIGHT), (1.1, 1.06, RIGHT), (1.1, 1.04, EARLY),
        (5.0, 4.1, EARLY), (5.0, 4.25, RIGHT), (5.0, 5.75, RIGHT), (5.0, 5.9, LATE),
    ],
)  # fmt: skip
def test_an_end_is_right_within_a_fifth_of_the_length_or_50_ms(true_end, end, kind):
    assert end_kinds(np.array([[1.0, true_end]]), np.array([[1.0, end]])).tolist() == [kind]


def test_a_long_note_of_which_a_quarter_was_found():
    """The pair of short notes is right, a note that was added does not count, one that was missed neither."""
    ref = notes((0.0, 8.0, 60), (1.0, 1.2, 62), (2.0, 2.1, 65))
    est = notes((0.0, 2.0, 60), (1.0, 1.25, 62), (3.0, 3.5, 70))
    ends = summary(end_counts(ref, est))
    assert (ends["n"], ends["early"], ends["right"], ends["late"]) == (2, 1, 1, 0)
    assert ends["found_share"] == pytest.approx((2.0 + 0.2) / (8.0 + 0.2))
    assert ends["by_duration"][-1] == {
        "shortest": 4.0, "longest": None, "n": 1, "early": 1, "right": 0, "late": 0, "found_share": 0.25,
    }  # fmt: skip
    assert [row["n"] for row in ends["by_duration"]] == [0, 1, 0, 0, 0, 0, 1]


def test_without_notes_there_is_no_share():
    ends = summary(end_counts(NO_NOTES, notes((0.0, 1.0, 60))))
    assert (ends["n"], ends["found_share"]) == (0, None)
    assert len(ends["by_duration"]) == len(DURATIONS)


ROWS = st.tuples(st.floats(0, 20), st.floats(0.02, 6), st.sampled_from([60, 61, 62]))


@given(st.lists(ROWS, max_size=8), st.lists(ROWS, max_size=8))
def test_every_note_that_is_found_has_one_end_and_no_more_than_its_length(ref, est):
    ref_notes, est_notes = (notes(*((on, on + length, pitch) for on, length, pitch in rows)) for rows in (ref, est))
    ends = summary(end_counts(ref_notes, est_notes))
    n_found = int(note_counts(ref_notes, est_notes)["onset"][0])
    assert ends["early"] + ends["right"] + ends["late"] == ends["n"] == n_found
    assert sum(row["n"] for row in ends["by_duration"]) == n_found
    assert n_found == 0 or 0 <= ends["found_share"] <= 1
    if ref == est:
        assert ends["right"] == n_found
