"""Works under other names: known by their notes, in any key and tempo, and only where there are enough of them."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from mir_models.notes.annotations import Notes
from mir_models.notes.works import FEWEST, recurring, runs
from tests.synthetic_piano import performed, piece


@given(st.integers(0, 99), st.integers(-5, 5))
@settings(max_examples=20, deadline=None)
def test_a_work_is_known_under_another_name(seed: int, transposition: int) -> None:
    held = {"a": piece(seed, n=300), "b": piece(seed + 1000, n=300)}
    pieces = {"again": performed(held["b"], seed, transposition), "new": piece(seed + 2000, n=300)}
    assert recurring(pieces, held) == {"again": "b"}
    assert recurring({"short": piece(seed, n=3)}, held) == {}


def test_scales_and_single_notes_are_no_work() -> None:
    onsets = np.arange(200) * 0.3
    scale = Notes(np.c_[onsets, onsets + 0.2], np.tile(np.arange(40, 80), 5), np.full(200, 80))
    single = Notes(np.array([[0.0, 1.0]]), np.array([60]), np.array([80]))
    assert len(runs(scale)) < FEWEST
    assert recurring({"one": scale, "two": single}, {"scale": scale, "single": single}) == {}
