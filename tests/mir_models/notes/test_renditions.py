"""Renditions: parts of a performance, transposed, at other tempos and with other velocities."""

from __future__ import annotations

import dataclasses
import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mir_models.errors import ParameterError
from mir_models.notes import renditions
from mir_models.notes.annotations import Notes
from mir_models.notes.renditions import LEAD_IN, Params
from tests.synthetic_piano import piece

PEDAL = np.array([[0.5, 2.0], [3.0, 4.0]])


@given(seed=st.integers(0, 1000), seconds=st.floats(1.0, 9.0), transposition=st.integers(0, 30))
@settings(max_examples=30, deadline=None)
def test_a_rendition_is_a_part_of_its_performance(seed: int, seconds: float, transposition: int) -> None:
    played = piece(seed % 7, n=80)
    pedal = np.array([[1.0, 4.0], [5.0, 9.0], [9.5, 18.0]])
    params = Params(seconds, transposition, 0.5)
    notes, down = renditions.rendition(played, pedal, params, np.random.default_rng(seed))
    again, _ = renditions.rendition(played, pedal, params, np.random.default_rng(seed))
    np.testing.assert_array_equal(notes.intervals, again.intervals)
    assert notes.duration <= seconds + LEAD_IN + 1e-9
    assert (notes.intervals >= LEAD_IN - 1e-9).all()
    assert (notes.offset_times > notes.onset_times).all()
    assert ((notes.pitches >= 21) & (notes.pitches <= 108) & (notes.velocities >= 1) & (notes.velocities <= 127)).all()
    assert (down[:, 0] < down[:, 1]).all()
    assert (down <= seconds + LEAD_IN + 1e-9).all()
    for key in np.unique(notes.pitches):
        of_key = notes.where(notes.pitches == key)
        assert (of_key.onset_times[1:] >= of_key.offset_times[:-1] - 1e-9).all()


def test_a_pedal_that_is_down_where_a_part_begins_is_down_from_its_start() -> None:
    notes = Notes(np.array([[t, t + 0.1] for t in range(10)]), np.full(10, 60), np.full(10, 64))
    part, down = renditions._part(notes, np.array([[0.0, 5.5], [7.0, 20.0]]), (3.0, 8.0))
    np.testing.assert_allclose(part.onset_times, np.arange(5) + LEAD_IN)
    np.testing.assert_allclose(down, [[0.0, 2.5 + LEAD_IN], np.array([4.0, 5.0]) + LEAD_IN])


def test_a_stiffer_keyboard_is_softer_and_keeps_the_order() -> None:
    velocities = np.arange(1, 128)
    notes = Notes(np.c_[velocities, velocities + 0.5], np.full(127, 60), velocities)
    for seed in range(10):
        params = Params(velocity_curve=1.0)
        changed, _ = renditions.rendition(notes, PEDAL, params, np.random.default_rng(seed))
        assert (np.diff(changed.velocities) >= 0).all()
        assert changed.velocities[-1] == 127
        assert ((changed.velocities <= velocities).all()) or ((changed.velocities >= velocities).all())


def rendition(notes: Notes, params: Params, seed: int = 0) -> tuple[Notes, np.ndarray]:
    return renditions.rendition(notes, PEDAL, params, np.random.default_rng(seed))


@given(seed=st.integers(0, 1000), tempo=st.floats(0.0, 1.0))
@settings(max_examples=30, deadline=None)
def test_another_tempo_stretches_all_distances_alike(seed: int, tempo: float) -> None:
    played = piece(seed % 7, n=40)
    (as_played, pedal), (changed, down) = (rendition(played, Params(tempo=each), seed) for each in (0.0, tempo))
    factors = (changed.onset_times[1:] - LEAD_IN) / (as_played.onset_times[1:] - LEAD_IN)
    np.testing.assert_allclose(factors, factors[0])
    assert 2**-tempo - 1e-9 <= factors[0] <= 2**tempo + 1e-9
    assert changed.onset_times[0] == LEAD_IN
    np.testing.assert_allclose(np.diff(changed.intervals), factors[0] * np.diff(as_played.intervals))
    np.testing.assert_allclose(np.diff(down[1:]), factors[0] * np.diff(pedal[1:]))
    np.testing.assert_array_equal(changed.velocities, as_played.velocities)


def test_tempos_are_as_often_faster_as_slower() -> None:
    ends = [rendition(piece(1), Params(tempo=0.5), seed)[0].duration for seed in range(60)]
    played = rendition(piece(1), Params())[0].duration
    assert 20 < sum(end < played for end in ends) < 40


def test_softer_and_louder_are_decibels_of_40_log10_of_the_velocity() -> None:
    notes = Notes(np.c_[np.arange(100), np.arange(100) + 0.5], np.full(100, 60), np.arange(20, 120))
    for seed in range(20):
        (changed, _), (unchanged, _) = (
            rendition(notes, each, seed) for each in (Params(softer=12, louder=3), Params())
        )
        np.testing.assert_array_equal(unchanged.velocities, notes.velocities)
        ratio = changed.velocities / notes.velocities
        inside = (changed.velocities > renditions.SOFTEST) & (changed.velocities < 127)
        gain = np.median(40 * np.log10(ratio[inside]))
        assert -12.1 < gain < 3.1
        np.testing.assert_allclose(changed.velocities[inside], (notes.velocities * 10 ** (gain / 40))[inside], atol=1.0)
        assert changed.velocities.min() >= renditions.SOFTEST


def test_a_part_may_be_shorter_than_the_last_note() -> None:
    notes = Notes([[0.0, 1.0], [1.0, 60.0]], [60, 62], [64, 64])
    for seed in range(5):  # Drawn from the first 55 s, of which a note begins in the first alone.
        part, _ = rendition(notes, Params(seconds=5.0), seed)
        np.testing.assert_allclose(part.intervals[-1], [LEAD_IN + len(part) - 1, LEAD_IN + 5.0])
        assert part.pitches[-1] == 62


def test_a_soft_note_is_not_made_louder_by_the_floor() -> None:
    notes = Notes(np.c_[np.arange(9), np.arange(9) + 0.5], np.full(9, 60), np.arange(1, 10))
    changed, _ = rendition(notes, Params(softer=20))
    np.testing.assert_array_equal(changed.velocities, notes.velocities)


def test_a_larger_spread_keeps_the_mean_and_the_order() -> None:
    notes = Notes(np.c_[np.arange(41), np.arange(41) + 0.5], np.full(41, 60), np.arange(50, 91))
    widths = []
    for seed in range(20):
        changed, _ = rendition(notes, Params(velocity_spread=0.5), seed)
        assert changed.velocities.mean() == pytest.approx(70, abs=0.5)
        assert (np.diff(changed.velocities) >= 0).all()
        widths.append(np.ptp(changed.velocities) / 40)
    assert min(widths) > 2**-0.5 - 0.03
    assert max(widths) < 2**0.5 + 0.03
    assert min(widths) < 0.9
    assert max(widths) > 1.1


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"seconds": -1.0}, "option seconds >= 0. Received: -1.0"),
        ({"tempo": float("nan")}, "option tempo >= 0, at most 3. Received: nan"),
        ({"velocity_spread": float("inf")}, "option velocity_spread >= 0, at most 3. Received: inf"),
        ({"softer": 40.0}, "option softer >= 0, at most 24. Received: 40.0"),
        ({"louder": -3.0}, "option louder >= 0, at most 24. Received: -3.0"),
    ],
)
def test_parameters_out_of_range_are_refused(wrong: dict[str, float], words: str) -> None:
    with pytest.raises(ParameterError, match=re.escape(words)):
        dataclasses.replace(Params(), **wrong)
