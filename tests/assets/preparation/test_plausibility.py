"""Plausible labels: notes that last as long as their recording, and are neither too many nor too few."""

from __future__ import annotations

import pytest

from assets.preparation.plausibility import label_disagreement, lag_limit
from tests.storage.track_records import labels_record


@pytest.mark.parametrize(
    ("n_notes", "last_offset", "seconds", "expected"),
    [
        (100, 58.0, 60.0, ""),
        (0, 0.0, 60.0, "there is no note"),
        (100, 65.0, 60.0, ""),
        (100, 65.1, 60.0, "the notes end 5.1 s after the recording"),
        (100, 45.0, 60.0, ""),
        (100, 44.9, 60.0, "the last 15.1 s of 60.0 s have no note"),
        (10, 5.0, 10.0, ""),
        (6, 58.0, 60.0, ""),
        (5, 58.0, 60.0, "0.08 notes per second, not 0.1 to 60.0"),
        (3600, 58.0, 60.0, ""),
        (3601, 58.0, 60.0, "60.02 notes per second, not 0.1 to 60.0"),
    ],
)
def test_disagreement(n_notes: int, last_offset: float, seconds: float, expected: str) -> None:
    record = labels_record("a", n_notes=n_notes, last_offset=last_offset, seconds=seconds)
    assert label_disagreement(record) == expected


def test_labels_without_notes_disagree_with_nothing() -> None:
    assert label_disagreement(labels_record("a")) == ""


def test_exact_labels_may_lag_less() -> None:
    assert lag_limit(labels_record("a", exact=True)) == 0.1
    assert lag_limit(labels_record("a", exact=False)) == 30.0
