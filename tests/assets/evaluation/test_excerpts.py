"""Excerpts whose labels are still to be aligned: no sound without its notes, no note without its sound."""

from __future__ import annotations

import numpy as np
import pytest

from mir_models import aligned_notes
from mir_models.alignment import ALIGNMENTS
from tests.synthetic_piano import SR, piece, play

START, DURATION = 5.0, 12.0


@pytest.mark.parametrize("lag", [-3.0, 0.3, 3.0])
@pytest.mark.parametrize("method", ["correlation", "auto"])
def test_an_excerpt_has_just_the_notes_that_sound_in_it(method: str, lag: float) -> None:
    whole = piece(1, n=160)
    y = play(whole, lag=lag, seconds=25)[round(START * SR) : round((START + DURATION) * SR)]
    around = aligned_notes.excerpt(whole, START, DURATION, margin=aligned_notes.EXCERPT_MARGIN)
    found = aligned_notes.align(y, around, method, ALIGNMENTS.get(method).Params())
    kept = aligned_notes.notes_within(around, found.time_map, DURATION)
    true = whole.onset_times + lag - START
    true = true[(true >= 0) & (true < DURATION)]
    assert found.lag == pytest.approx(lag, abs=0.003)
    assert found.confidence > 0.5
    np.testing.assert_allclose(found.time_map(kept.onset_times), true, atol=0.004)


def test_exact_labels_stay_where_they_are() -> None:
    around = aligned_notes.excerpt(piece(1), START, DURATION, margin=2.0)
    assert around.onset_times[0] < 0
    y = play(piece(1))[round(START * SR) : round((START + DURATION) * SR)]
    found = aligned_notes.align(y, around, "none", ALIGNMENTS.get("none").Params())
    np.testing.assert_array_equal(found.time_map(around.onset_times), around.onset_times)


def test_without_a_margin_notes_begin_and_end_with_the_excerpt() -> None:
    inside = aligned_notes.excerpt(piece(1), START, DURATION)
    assert inside.onset_times[0] >= 0
    assert inside.onset_times[-1] < DURATION
    assert len(inside) == np.sum((piece(1).onset_times >= START) & (piece(1).onset_times < START + DURATION))
