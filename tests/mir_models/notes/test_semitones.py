"""Semitones of a transform with several bins in each."""

from __future__ import annotations

import numpy as np
import pytest

from mir_models.notes.semitones import first_semitone, on_semitones


@pytest.mark.parametrize(("bins", "below"), [(1, 0), (3, 1), (3, 0), (5, 2), (2, 0)])
def test_semitones_are_the_bins_that_lie_on_them(bins, below):
    fmin = 27.5 * 2 ** (-below / (12 * bins))
    pitches = 21 + (np.arange(88 * bins) - below) / bins
    kept = on_semitones(pitches[None, :], fmin=fmin, bins_per_octave=12 * bins)
    assert first_semitone(fmin, 12 * bins) == 21
    np.testing.assert_array_equal(kept[0], 21 + np.arange(88))


def test_a_transform_that_begins_above_a_semitone_begins_with_the_next_bin_that_has_one():
    fmin = 27.5 * 2 ** (1 / 36)
    assert first_semitone(fmin, 36) == 22
    assert on_semitones(np.arange(12.0)[None, :], fmin=fmin, bins_per_octave=36)[0].tolist() == [2, 5, 8, 11]
