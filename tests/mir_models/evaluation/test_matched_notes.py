"""Notes one by one beside the reference."""

from __future__ import annotations

import numpy as np

from mir_models.evaluation.matched_notes import MatchedNote, match_notes, note_probabilities
from mir_models.notes.annotations import Notes
from tests.mir_models.evaluation.predicted_tracks import GRID, notes


def test_notes_are_found_added_and_missed_with_their_ends():
    ref = notes((0.0, 4.0, 60), (1.0, 1.5, 62), (2.0, 2.5, 64))
    est = notes((0.01, 1.0, 60), (1.0, 1.55, 62), (3.0, 3.2, 70))
    assert match_notes(ref, est, np.array([0.5, 0.75, 0.25])) == [
        MatchedNote("found", 60, 0.01, 1.0, 64, 0.0, 4.0, "early", 0.5),
        MatchedNote("found", 62, 1.0, 1.55, 64, 1.0, 1.5, "right", 0.75),
        MatchedNote("missed", 64, 2.0, 2.5, 64),
        MatchedNote("added", 70, 3.0, 3.2, 64, probability=0.25),
    ]


def test_a_note_lasts_until_the_later_of_both_ends():
    early, late = match_notes(notes((0.0, 4.0, 60), (1.0, 1.5, 62)), notes((0.0, 1.0, 60), (1.0, 3.0, 62)))
    assert (early.last_offset, late.last_offset, late.end) == (4.0, 3.0, "late")


def test_the_probability_of_a_note_is_that_of_its_onset():
    onset = np.zeros((40, 88), dtype=np.float32)
    onset[10, 39], onset[11, 39], onset[20, 39], onset[0, 0] = 0.7, 0.9, 1.0, 0.4
    times = GRID.times(np.array([[10, 20], [0, 5], [39, 40]]))
    found = Notes(times, np.array([60, 21, 60]), np.full(3, 64))
    by_pitch = note_probabilities({"frame": onset, "onset": onset}, found, GRID, radius=2)
    np.testing.assert_allclose(by_pitch, [0.4, 0.9, 0.0], rtol=1e-6)
    assert note_probabilities({"frame": 0 * onset}, notes(), GRID, radius=2).shape == (0,)
