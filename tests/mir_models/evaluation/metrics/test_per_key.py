"""Frame scores of each key, and names of pitches."""

from __future__ import annotations

import pytest

from mir_models.evaluation.metrics.frame_level import (
    count,
)
from mir_models.evaluation.metrics.per_key import key_scores, pitch_name
from mir_models.notes.annotations import N_KEYS
from tests.mir_models.evaluation.metrics.rolls_and_notes import roll


def test_scores_of_each_key_by_name():
    rows = key_scores(count(roll(4, (0, 0), (1, 0), (2, 39)), roll(4, (0, 0), (2, 39), (3, 39), (3, 87))))
    assert len(rows) == N_KEYS
    assert rows[0] == {
        "pitch": 21,
        "name": "A0",
        "support": 1,
        "precision": 0.5,
        "recall": 1,
        "f1": pytest.approx(2 / 3),
    }
    assert rows[39] == {
        "pitch": 60,
        "name": "C4",
        "support": 2,
        "precision": 1,
        "recall": 0.5,
        "f1": pytest.approx(2 / 3),
    }
    assert rows[87] == {"pitch": 108, "name": "C8", "support": 1, "precision": 0, "recall": 0, "f1": 0}
    assert rows[1] == {"pitch": 22, "name": "A♯0", "support": 0, "precision": 0, "recall": 0, "f1": 0}


def test_pitch_names():
    octave = ["C", "C♯", "D", "D♯", "E", "F", "F♯", "G", "G♯", "A", "A♯", "B"]
    assert [pitch_name(60 + n) for n in range(12)] == [f"{name}4" for name in octave]
    assert [pitch_name(pitch) for pitch in (0, 59, 69, 72, 127)] == ["C-1", "B3", "A4", "C5", "G9"]
