"""Restruck keys: their notes are measured where they sound, and do not bend the map."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mir_models.alignment import (
    ALIGNMENTS,
    Alignment,
    OnsetFeatures,
    RestrikeLeads,
    RestrikeParams,
    as_sounding,
    extract_onsets,
    is_restruck,
)
from mir_models.alignment._anchors import AnchorParams
from mir_models.alignment._restrikes import USUAL_LEADS, VELOCITIES, measure_leads
from mir_models.notes.annotations import Notes
from mir_models.notes.time_map import TimeMap
from tests.mir_models.alignment import restrikes
from tests.mir_models.alignment.matches import EXACT, accepted, labels_of, matched, warped
from tests.mir_models.alignment.restrikes import repeated_chords
from tests.synthetic_piano import ONSET_PARAMS, errors, onset_features, piece, play

PARAMS = RestrikeParams()
NONE_EARLY = RestrikeLeads(np.zeros(len(VELOCITIES)), gain=0.0)


def restruck(notes: Notes) -> np.ndarray:
    return is_restruck(notes, PARAMS)


def matched_as_written(name: str, sound: OnsetFeatures, notes: Notes) -> Alignment:
    """What a method finds that takes no key to be restruck."""
    method = ALIGNMENTS.get(name)
    return method.match(sound, notes, method.Params(restriking=RestrikeParams(interval=0.0)))


def test_a_key_is_restruck_soon_after_its_release_and_its_last_blow() -> None:
    rows = [(60, 0.0, 0.5), (60, 0.7, 1.0), (60, 1.4, 1.5), (62, 1.6, 1.7), (60, 1.7, 3.0), (60, 3.0, 3.5)]
    notes = Notes([row[1:] for row in rows], [row[0] for row in rows], [50] * len(rows))
    assert restruck(notes).tolist() == [False, True, False, False, True, False]


@given(st.lists(st.tuples(st.integers(60, 62), st.floats(0, 5), st.floats(0.02, 1)), max_size=12))
@settings(max_examples=50, deadline=None)
def test_a_key_is_restruck_as_pairs_of_its_notes_say(rows: list[tuple[int, float, float]]) -> None:
    notes = Notes([(on, on + length) for _, on, length in rows], [pitch for pitch, _, _ in rows], [50] * len(rows))
    for i, found in enumerate(restruck(notes)):
        before = [j for j in range(i) if notes.pitches[j] == notes.pitches[i]]
        near = before and (
            notes.onset_times[i] - notes.offset_times[before[-1]] < PARAMS.rest
            and notes.onset_times[i] - notes.onset_times[before[-1]] < PARAMS.interval
        )
        assert found == bool(near)


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=25, deadline=None)
def test_notes_of_resting_keys_stay_and_others_begin_early_by_their_lead(seed: int) -> None:
    notes = replace(piece(seed, n=60, last=8.0), pitches=np.random.default_rng(seed).integers(60, 64, 60))
    again = restruck(notes)
    moved = as_sounding(notes, again, USUAL_LEADS)
    expected = notes.onset_times - np.where(again, USUAL_LEADS(notes.velocities), 0)
    np.testing.assert_allclose(moved.onset_times, np.sort(np.maximum(expected, 0)))
    assert (np.diff(moved.intervals, axis=1) > 0).all()
    assert sorted(moved.velocities) == sorted(notes.velocities)


def test_without_leads_notes_are_as_they_were() -> None:
    notes = repeated_chords()
    same = as_sounding(notes, restruck(notes), NONE_EARLY)
    np.testing.assert_array_equal(same.intervals, notes.intervals)


def test_a_note_ends_where_the_next_of_its_key_begins_and_none_crosses_the_start() -> None:
    notes = Notes([(-0.2, -0.1), (0.01, 0.3), (0.31, 0.6)], [60] * 3, [20] * 3)
    moved = as_sounding(notes, restruck(notes), USUAL_LEADS)
    np.testing.assert_allclose(moved.intervals, [(-0.2, -0.1), (0.0, 0.22), (0.22, 0.6)])


@pytest.mark.parametrize(("velocity", "lead"), [(25, 0.05), (30, 0.04), (40, 0.02)])
def test_leads_are_measured(velocity: int, lead: float) -> None:
    found = measure_leads(
        restrikes.onset_features(velocity), repeated_chords(velocity), EXACT, ONSET_PARAMS, AnchorParams(), PARAMS
    )
    assert found is not None
    assert found(np.array([velocity]))[0] == pytest.approx(lead, abs=0.005)
    assert (np.diff(found.leads) <= 0).all()


def test_no_leads_are_measured_where_notes_sound_as_written() -> None:
    notes = repeated_chords()
    sound = extract_onsets(play(notes), ONSET_PARAMS)
    assert measure_leads(sound, notes, EXACT, ONSET_PARAMS, AnchorParams(), PARAMS) is None
    for name in ("correlation", "dtw"):
        found, plain = matched(name, sound, notes), matched_as_written(name, sound, notes)
        assert found.restruck_leads is None
        np.testing.assert_array_equal(found.time_map.knots, plain.time_map.knots)


def test_no_leads_are_measured_of_few_notes() -> None:
    notes = repeated_chords().where(repeated_chords().onset_times < 7)
    assert measure_leads(restrikes.onset_features(), notes, EXACT, ONSET_PARAMS, AnchorParams(), PARAMS) is None
    assert matched("dtw", onset_features(), piece(1)).restruck_leads is None


@pytest.mark.parametrize("truth", [TimeMap.shift(-0.3), warped(0, share=0.01)[1]], ids=["lag", "wandering by 1 %"])
def test_early_notes_do_not_bend_the_map(truth: TimeMap) -> None:
    """Taken as written, they bend it by more than half of their lead, and cost confidence."""
    labels = truth.inverse().moved(repeated_chords())
    found, plain = (
        matched("dtw", restrikes.onset_features(), labels),
        matched_as_written("dtw", restrikes.onset_features(), labels),
    )
    soft = labels.velocities < 50
    assert errors(plain.time_map, truth, labels)[soft].mean() > 0.03
    assert errors(found.time_map, truth, labels)[soft].mean() < 0.006
    assert found.confidence > plain.confidence
    np.testing.assert_array_equal(found.onset_times, labels.onset_times)


def test_one_lag_is_that_of_resting_keys() -> None:
    labels = labels_of(EXACT, seed=1)
    assert matched("correlation", onset_features(), labels).restruck_leads is None
    chords = matched("correlation", restrikes.onset_features(), repeated_chords())
    assert chords.restruck_leads is not None
    assert chords.lag == pytest.approx(0, abs=0.003)
    assert (
        chords.confidence > matched_as_written("correlation", restrikes.onset_features(), repeated_chords()).confidence
    )


def test_another_piece_is_not_taken_for_one_that_sounds_early() -> None:
    assert not accepted("dtw", matched("dtw", onset_features(2), repeated_chords()))
