"""Evidence for a time map, and the confidence computed from it."""

from __future__ import annotations

from dataclasses import fields, replace
from functools import cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mir_models.alignment import OnsetFeatures, _cross_correlation, _evidence, correlation, extract_onsets
from mir_models.alignment._confidence import ConfidenceParams, confidence, explain_confidence, preference
from mir_models.alignment._cross_correlation import transposed_peaks
from mir_models.alignment._evaluate import evaluate_map
from mir_models.alignment._evidence import Evidence
from mir_models.notes.annotations import Notes
from mir_models.notes.time_map import TimeMap
from tests.synthetic_piano import ONSET_PARAMS, SECONDS, onset_features, piece, play

EXACT = TimeMap.shift(0.0)
PART = 8
"""Seconds: about as long as a part of a recording whose agreement is computed by itself."""
LONG = 4 * PART


def evidence(sound: OnsetFeatures, notes: Notes, time_map: TimeMap = EXACT) -> Evidence:
    """The evidence for a map, which is the same for every method."""
    return evaluate_map("drift", sound, notes, time_map, correlation.Params()).evidence


def long_piece(seed: int = 5) -> Notes:
    return piece(seed, n=192, last=LONG - 1.5)


@cache
def long_features(*, pause: int | None = None) -> OnsetFeatures:
    """A recording of four parts; without the notes of one of them."""
    return extract_onsets(play(without(long_piece(), part=pause), seconds=LONG), ONSET_PARAMS)


def without(notes: Notes, *, part: int | None) -> Notes:
    """Notes without those that begin within a part, or sound into it."""
    if part is None:
        return notes
    return notes.where((notes.onset_times < part * PART - 0.8) | (notes.onset_times >= (part + 1) * PART))


# Agreement


@pytest.mark.parametrize("seed", range(20, 26))
def test_a_right_pair_agrees_more_than_a_wrong_one(seed: int) -> None:
    right, wrong = evidence(onset_features(), piece(1)), evidence(onset_features(), piece(seed))
    assert right.agreement > 4 * abs(wrong.agreement)
    assert right.worst_part > 4 * abs(wrong.worst_part)


def test_agreement_falls_with_the_distance_from_the_truth() -> None:
    lags = (0.0, 0.01, 0.02, 0.03, 0.04, 0.1, 0.3)
    agreements = [evidence(onset_features(), piece(1), TimeMap.shift(lag)).agreement for lag in lags]
    assert agreements[:5] == sorted(agreements[:5], reverse=True)
    assert agreements[0] > 4 * max(agreements[4:])


def test_the_worst_part_is_no_better_than_the_median() -> None:
    for notes in (piece(1), piece(20), piece(1).where(piece(1).onset_times < 10)):
        found = evidence(onset_features(), notes)
        assert -1 <= found.worst_part <= found.agreement <= 1


@pytest.mark.parametrize("part", range(4))
def test_a_part_without_labels_is_the_worst(part: int) -> None:
    full, cut = (evidence(long_features(), without(long_piece(), part=each)) for each in (None, part))
    assert cut.worst_part < full.worst_part / 2
    assert cut.agreement > 0.8 * full.agreement


@pytest.mark.parametrize("part", range(4))
def test_a_part_without_sound_is_the_worst(part: int) -> None:
    full, silent = evidence(long_features(), long_piece()), evidence(long_features(pause=part), long_piece())
    assert silent.worst_part < full.worst_part / 4


@pytest.mark.parametrize("part", range(4))
def test_a_part_of_another_piece_is_the_worst(part: int) -> None:
    other = long_piece(6)
    there = (other.onset_times >= part * PART) & (other.onset_times < (part + 1) * PART)
    labels = Notes.concatenate([without(long_piece(), part=part), other.where(there)])
    assert evidence(long_features(), labels).worst_part < evidence(long_features(), long_piece()).worst_part / 4


@pytest.mark.parametrize("part", range(4))
def test_a_pause_is_no_evidence(part: int) -> None:
    """Neither labels nor sound: it changes the evidence in no direction."""
    paused = evidence(long_features(pause=part), without(long_piece(), part=part))
    assert paused.worst_part > 0.75 * evidence(long_features(), long_piece()).worst_part


@pytest.mark.parametrize("key", [51, 66])
def test_a_soft_key_that_is_repeated_quickly_agrees_after_loud_music(key: int) -> None:
    """The means of a part are its own; nor is it mistaken for notes of another key, with which it agrees elsewhere."""
    loud = long_piece().where(long_piece().onset_times < 3 * PART - 0.5)
    onsets = np.arange(3 * PART, LONG - 0.5, 0.1)
    soft = Notes(np.c_[onsets, onsets + 0.08], np.full(len(onsets), key), np.full(len(onsets), 12))
    notes = Notes.concatenate([loud, soft])
    found = evidence(extract_onsets(play(notes, seconds=LONG), ONSET_PARAMS), notes)
    assert found.worst_part > 0.09
    assert found.transposition == 0


# The other evidence


@pytest.mark.parametrize("semitones", [-24, -12, -7, -2, -1, 0, 1, 2, 5, 12, 19])
def test_the_transposition_is_found_where_the_map_is_right(semitones: int) -> None:
    notes = piece(1).where((piece(1).pitches >= 45) & (piece(1).pitches < 89))
    assert evidence(onset_features(), replace(notes, pitches=notes.pitches + semitones)).transposition == -semitones


def test_the_right_key_is_right_wherever_the_onsets_lie_in_their_frames() -> None:
    """A lag of half a frame; 11 semitones up lies beside the octave's partial, which leaks."""
    lag = 0.5 * 512 / ONSET_PARAMS.sr
    at_lag = TimeMap.shift(lag)
    found = {n: evidence(onset_features(n, lag=lag), piece(n), at_lag).transposition for n in range(1, 9)}
    assert set(found.values()) == {0}, found


@pytest.mark.parametrize(("octave_lower", "found"), [(0.25, -12), (0.207, -12), (0.205, 0), (0.1, 0)])
def test_a_transposition_agrees_clearly_better_over_all_parts(octave_lower: float, found: int) -> None:
    """In music that goes in octaves it does so in some of them."""
    agreements = np.full((20, len(_evidence.TRANSPOSITIONS)), 0.05)
    agreements[:, 0] = 0.2 + 0.1 * (np.arange(20) % 2 - 0.5)
    agreements[:, list(_evidence.TRANSPOSITIONS).index(-12)] = octave_lower
    assert _evidence._transposition(agreements) == found


def test_no_transposition_is_better_than_another_where_none_agrees() -> None:
    agreements = np.full((20, len(_evidence.TRANSPOSITIONS)), -0.01)
    agreements[:, 5] = 0.02
    assert _evidence._transposition(agreements) == 0


@pytest.mark.parametrize("semitones", [-7, -2, 3])
def test_transposed_notes_are_found_where_a_map_puts_them_elsewhere(
    monkeypatch: pytest.MonkeyPatch, semitones: int
) -> None:
    monkeypatch.setattr(_evidence, "HOPELESS", -1.0)
    monkeypatch.setattr(_evidence, "CONVINCING", 1.0)
    monkeypatch.setattr(_evidence, "_transposition", lambda agreements: 0)  # At the mapped times there is none.
    moved = replace(piece(1), pitches=piece(1).pitches + semitones)
    assert evidence(onset_features(), moved, TimeMap.shift(1.0)).transposition == -semitones
    assert evidence(onset_features(), piece(1)).transposition == 0


@pytest.mark.parametrize("shift", [-0.012, -0.006, 0.0, 0.006, 0.012])
def test_the_residual_is_how_far_the_onsets_lie_from_the_map(shift: float) -> None:
    found = evaluate_map("drift", onset_features(), piece(1), TimeMap.shift(shift), correlation.Params())
    assert found.evidence.residual == pytest.approx(abs(shift), abs=0.0025)
    assert np.median(found.residuals[:, 1]) == pytest.approx(-shift, abs=0.0015)


@pytest.mark.parametrize("lag", [-10.0, 0.0, 4.0, 12.0])
def test_notes_outside_the_recording_do_not_count(lag: float) -> None:
    onsets = piece(1).onset_times + lag
    found = evaluate_map("drift", onset_features(), piece(1), TimeMap.shift(lag), correlation.Params())
    assert found.n_notes == found.evidence.n_notes
    assert found.n_notes == pytest.approx(np.sum((onsets >= 0) & (onsets < SECONDS)), abs=1)


def test_the_tempo_swings_where_a_map_hurries() -> None:
    """Once half as fast again, for five seconds."""
    hurried = TimeMap(np.array([[0, 0], [6, 6], [11, 13.5], [20, 22.5]]))
    assert evidence(onset_features(), piece(1), hurried).tempo_swing == pytest.approx(0.5, abs=0.05)
    for steady in (EXACT, TimeMap.line(3, 0.9), TimeMap.line(-2, 1.1)):
        assert evidence(onset_features(), piece(1), steady).tempo_swing == pytest.approx(0, abs=1e-9)


def test_one_note_has_evidence_too() -> None:
    found = evidence(onset_features(), piece(1).where(np.arange(120) == 60))
    assert found.n_notes == 1
    assert all(np.isfinite(getattr(found, field.name)) for field in fields(Evidence))


# Confidence


@st.composite
def evidences(draw: st.DrawFn) -> Evidence:
    """Any evidence there can be, most of it of right pairs."""
    worst = draw(st.floats(-1, 1) | st.floats(0, 0.3))
    return Evidence(
        agreement=draw(st.floats(worst, 1)),
        worst_part=worst,
        worst_beside_track=draw(st.floats(-1, 1) | st.floats(0, 0.3)),
        transposition=draw(st.just(0) | st.integers(-24, 24)),
        residual=draw(st.floats(0, 0.03)),
        tempo_swing=draw(st.floats(0, 0.5) | st.floats(0, 9)),
        n_notes=draw(st.integers(0, 200) | st.integers(24, 10_000)),
    )


@given(evidences())
def test_confidence_is_a_share(found: Evidence) -> None:
    assert 0 <= confidence(found, ConfidenceParams()) <= 1


@given(evidences(), st.data())
def test_confidence_falls_when_any_evidence_gets_worse(found: Evidence, data: st.DataObject) -> None:
    worse = {
        "agreement": st.floats(-1, found.agreement),
        "worst_part": st.floats(-1, found.worst_part),
        "worst_beside_track": st.floats(-1, found.worst_beside_track),
        "transposition": st.sampled_from([found.transposition or 1, -1, 12]),
        "residual": st.floats(found.residual, 1),
        "tempo_swing": st.floats(found.tempo_swing, 20),
        "n_notes": st.integers(0, found.n_notes),
        "n_parts": st.integers(1, max(found.n_parts, 1)),
        "part_seconds": st.floats(0, found.part_seconds),
    }
    assert set(worse) == {field.name for field in fields(Evidence)}
    name = data.draw(st.sampled_from(sorted(worse)))
    got_worse = replace(found, **{name: data.draw(worse[name])})
    for measure in (confidence, preference):
        assert measure(got_worse, ConfidenceParams()) <= measure(found, ConfidenceParams()) + 1e-12


RIGHT = Evidence(agreement=0.25, worst_part=0.2, residual=0.001, n_notes=100)


@pytest.mark.parametrize(
    "flaw",
    [
        {"worst_part": 0.0},
        {"worst_part": 0.0, "agreement": 0.0},
        {"tempo_swing": 1.0},
        {"transposition": 1},
        {"transposition": -12},
        {"n_notes": ConfidenceParams().min_notes - 1},
        {"residual": 0.1},
    ],
    ids=lambda flaw: ", ".join(flaw),
)
def test_one_flaw_is_enough(flaw: dict[str, float]) -> None:
    """However good the rest is."""
    threshold = correlation.Params().confidence_threshold
    assert confidence(RIGHT, ConfidenceParams()) > 0.9
    assert confidence(replace(RIGHT, **flaw), ConfidenceParams()) < threshold


@pytest.mark.parametrize("shorter", [{"n_parts": 1}, {"n_parts": 1, "part_seconds": 4.0}], ids=["one part", "4 s"])
def test_few_and_short_parts_must_agree_better(shorter: dict[str, float]) -> None:
    middling = replace(RIGHT, worst_part=0.09, n_parts=7)
    assert confidence(middling, ConfidenceParams()) > 0.8
    assert confidence(replace(middling, **shorter), ConfidenceParams()) < 0.5


@pytest.mark.parametrize(
    ("flaw", "named", "remedy"),
    [
        ({"n_notes": 3}, "only 3 notes", "longer recording"),
        ({"transposition": -2}, "-2 semitones", "transpose"),
        ({"worst_part": 0.0}, "in a part of the recording", "repeats"),
        ({"worst_part": 0.0, "agreement": 0.01}, "hardly any note", "belongs"),
        ({"tempo_swing": 0.4}, "up to 40%", "doubtful_swing"),
        ({"residual": 0.08}, "80 ms beside", "auto"),
    ],
)
def test_the_explanation_names_what_is_wrong_and_what_may_help(flaw: dict[str, float], named: str, remedy: str) -> None:
    explanation = explain_confidence(replace(RIGHT, **flaw), ConfidenceParams())
    assert named in explanation[0]
    assert remedy in explanation[1]


def test_no_evidence_is_no_confidence() -> None:
    assert confidence(Evidence(), ConfidenceParams()) == 0


def test_the_confidence_is_that_of_the_evidence() -> None:
    found = evaluate_map("drift", onset_features(), piece(1), EXACT, correlation.Params())
    assert found.confidence == confidence(found.evidence, ConfidenceParams())
    stern = replace(correlation.Params(), judging=ConfidenceParams(doubtful_agreement=0.9))
    assert evaluate_map("drift", onset_features(), piece(1), EXACT, stern).confidence < 0.01


def test_music_may_begin_late(monkeypatch: pytest.MonkeyPatch) -> None:
    """Transpositions are sought in a stretch that begins with the first note, not with the recording."""
    monkeypatch.setattr(_cross_correlation, "LONGEST", 4.0)
    late = piece(1).where(piece(1).onset_times > 12)
    strength, grid = onset_features().per_key, ONSET_PARAMS.grid
    lags, peaks = transposed_peaks(strength, late.shifted(-0.5), grid, max_lag=1.0, transpositions=np.arange(-6, 7, 3))
    assert peaks.argmax() == 2
    assert lags[2] == pytest.approx(0.5, abs=1 / grid.frame_rate)
    _, nothing = transposed_peaks(strength[:10], late, grid, max_lag=1.0, transpositions=np.arange(2))
    assert not nothing.any()
