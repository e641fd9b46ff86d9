"""What surrounds notes, shares found by it, how long notes last, and how loud they are."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from experiments.real_pianos.contexts import added_contexts, note_contexts
from experiments.real_pianos.durations import durations
from experiments.real_pianos.experiment import Transcribed
from experiments.real_pianos.levels import is_covered, note_levels
from experiments.real_pianos.loudness import loudness
from experiments.real_pianos.strata import PROPERTIES, Property, recall, strata
from mir_models.features.cqt import PRESETS
from mir_models.notes.annotations import NO_NOTES, Notes

PARAMS = PRESETS["cqt_36"]
REF = Notes([[0.0, 0.5], [0.4, 0.9], [0.42, 2.0], [0.8, 1.0], [0.8, 1.2]], [60, 72, 50, 60, 62], [50, 40, 90, 70, 30])
RELEASED = np.array([0.3, 0.9, 1.0, 1.0, 1.2])


def transcribed(ref: Notes, est: Notes) -> Transcribed:
    unknown = np.full(len(ref), np.nan)
    return Transcribed("piano", "x", "as it is", False, 10.0, ref, est, ref.offset_times, unknown, unknown)


def test_contexts_of_notes() -> None:
    found = note_contexts(REF, RELEASED)
    np.testing.assert_allclose(found.since_stroke, [np.inf, np.inf, np.inf, 0.8, np.inf])
    np.testing.assert_allclose(found.since_release, [np.inf, np.inf, np.inf, 0.5, np.inf])
    np.testing.assert_array_equal(found.chord, [1, 2, 2, 2, 2])
    np.testing.assert_array_equal(found.sounding, [0, 1, 1, 2, 2])
    np.testing.assert_array_equal(found.loudest, [0, 90, 50, 90, 90])
    np.testing.assert_array_equal(found.at_partial, [False, True, False, False, True])


def test_contexts_of_no_notes() -> None:
    assert len(note_contexts(NO_NOTES, np.zeros(0)).chord) == 0
    assert added_contexts(NO_NOTES, REF).steps.shape == (0, 5)
    assert added_contexts(REF, NO_NOTES).together.shape == (5, 0)


def test_contexts_of_added_notes() -> None:
    found = added_contexts(Notes([[0.45, 0.6]], [72], [60]), REF)
    np.testing.assert_array_equal(found.together, [[False, True, True, False, False]])
    np.testing.assert_array_equal(found.sounding, [[True, False, False, False, False]])
    np.testing.assert_array_equal(found.steps, [[12, 0, 22, 12, 10]])


def test_shares_found_by_a_property() -> None:
    by = Property("velocity", (40, 70), lambda each: each.notes.velocities)
    assert strata(by.edges) == ["below 40", "40 to 70", "from 70"]
    est = REF.where(np.array([True, False, True, True, False])).shifted(0.1)
    found = recall([transcribed(REF, est)] * 2, by)
    np.testing.assert_array_equal(found.n_labels, [2, 4, 4])
    np.testing.assert_array_equal(found.n_found, [0, 2, 4])
    np.testing.assert_array_equal(recall([], by).n_labels, [0, 0, 0])


@pytest.mark.parametrize("by", PROPERTIES, ids=[each.name for each in PROPERTIES])
def test_every_note_is_in_one_stratum_of_each_property(by: Property) -> None:
    found = recall([transcribed(REF, REF)], by)
    assert found.n_labels.sum() == len(REF)
    np.testing.assert_array_equal(found.n_labels, found.n_found)


def test_durations_of_notes_that_are_found() -> None:
    ref = Notes([[1.0, 2.0], [3.0, 3.2], [5.0, 6.0]], [60, 61, 62], [60, 60, 60])
    est = Notes([[1.0, 1.5], [3.0, 3.24]], [60, 61], [60, 60])
    found = durations([replace(transcribed(ref, est), released=np.array([1.2, 3.2, 6.0]))])
    np.testing.assert_allclose(found.ratios, [0.5, 1.2])
    np.testing.assert_array_equal(found.by_pedal, [True, False])
    np.testing.assert_allclose(found.tolerances, [0.2, 0.05])
    assert len(durations([]).labels) == 0
    np.testing.assert_allclose(found.where(found.by_pedal).labels, [1.0])


def test_a_fundamental_is_covered_by_notes_whose_partial_it_is() -> None:
    octave = Notes([[1.0, 2.0], [1.05, 2.0], [4.0, 5.0], [6.0, 7.0]], [60, 72, 72, 60], [60] * 4)
    np.testing.assert_array_equal(is_covered(octave), [False, True, False, False])
    again = Notes([[1.0, 2.0], [2.1, 3.0]], [60, 60], [60, 60])
    np.testing.assert_array_equal(is_covered(again), [False, True], "the first has not ended for 0.15 s")


def test_the_level_of_a_note_is_that_of_its_key_after_its_onset() -> None:
    features = np.full((100, PARAMS.n_bins), -60.0, dtype=np.float32)
    frame = int(PARAMS.grid.frames(1.0))
    features[frame + 3, (60 - 21) * 3 + 1] = -7
    features[frame + 20, (60 - 21) * 3 + 1] = 0
    features[frame + 3, (61 - 21) * 3] = 0
    notes = Notes([[1.0, 2.0], [1.0, 2.0]], [60, 84], [60, 60])
    np.testing.assert_array_equal(note_levels(features, notes, PARAMS), [-7, np.nan])


def test_slope_and_scatter_of_loudness() -> None:
    rng = np.random.default_rng(0)
    n = 4000
    velocities, pitches = rng.integers(20, 100, n), rng.integers(40, 44, n)
    levels = 0.3 * velocities + 7 * pitches + rng.normal(0, 2, n)
    levels[:100] = np.nan
    times = np.arange(n, dtype=float)
    ref = Notes(np.column_stack([times, times + 0.5]), pitches, velocities)
    found = loudness([replace(transcribed(ref, NO_NOTES), levels=levels)])
    assert found is not None
    assert (found.slope, found.scatter, found.n) == pytest.approx((0.3, 2.0, 3900), rel=0.05)
    assert loudness([transcribed(REF, NO_NOTES)]) is None
    assert loudness([]) is None
