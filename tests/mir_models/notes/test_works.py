"""Works under different names: found by their notes, in any key and tempo, where there are enough of them."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from mir_models.notes.annotations import Notes
from mir_models.notes.works import MIN_NGRAMS, find_shared_works, interval_ngrams
from tests.synthetic_piano import performed, piece


@given(st.integers(0, 99), st.integers(-5, 5))
@settings(max_examples=20, deadline=None)
def test_a_work_is_found_under_another_name(seed: int, transposition: int) -> None:
    held = {"a": piece(seed, n=300), "b": piece(seed + 1000, n=300)}
    pieces = {"again": performed(held["b"], seed, transposition), "new": piece(seed + 2000, n=300)}
    assert find_shared_works(pieces, held) == {"again": "b"}
    assert find_shared_works({"short": piece(seed, n=3)}, held) == {}


def test_scales_and_single_notes_are_no_work() -> None:
    onsets = np.arange(200) * 0.3
    scale = Notes(np.c_[onsets, onsets + 0.2], np.tile(np.arange(40, 80), 5), np.full(200, 80))
    single = Notes(np.array([[0.0, 1.0]]), np.array([60]), np.array([80]))
    assert len(interval_ngrams(scale)) < MIN_NGRAMS
    assert find_shared_works({"one": scale, "two": single}, {"scale": scale, "single": single}) == {}
