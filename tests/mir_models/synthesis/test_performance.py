"""Performances by a sampled piano: notes add up, begin on time, are as loud as their velocity, end with the pedal."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from mir_models.errors import MirlitonError, ParameterError
from mir_models.notes.annotations import NO_NOTES, Notes
from mir_models.synthesis import performance
from mir_models.synthesis.performance import Action, Params, mixture
from mir_models.synthesis.sampled_piano import SampledPiano
from mir_models.synthesis.tuned_piano import TunedPiano
from tests import small_piano
from tests.small_piano import AS_SAMPLED, GAIN, RELEASE, SR

PLAIN = Params(tuning=0, dynamics=0, scatter=0, voicing=0, release=0, resonance=0, noise=0)
NO_PEDAL = np.zeros((0, 2))
PIANO = small_piano.tuned()


def notes(*rows: tuple[float, float, int, int]) -> Notes:
    """Notes of rows (onset, offset, pitch, velocity)."""
    table = np.array(rows, dtype=np.float64)
    return Notes(table[:, :2], table[:, 2].astype(np.int64), table[:, 3].astype(np.int64))


def render(played: Notes, pedal: NDArray[np.float64] = NO_PEDAL, params: Params = PLAIN, seed: int = 0) -> np.ndarray:
    return performance.render(played, pedal, PIANO, params, np.random.default_rng(seed), seconds=4.0)


def frequency(y: np.ndarray) -> float:
    """Of the loudest peak of a spectrum in Hz, to 0.04 Hz."""
    n = 2**19
    return float(np.abs(np.fft.rfft(y * np.hanning(len(y)), n)).argmax() * SR / n)


def test_a_recorded_key_is_its_sample_from_the_onset_on_and_silence_before() -> None:
    y = render(notes((0.5, 2.0, 60, 127)))
    start = round(0.5 * SR)
    assert len(y) == 4 * SR
    assert not y[:start].any()
    expected = small_piano.tone(60, partials=3) * 10 ** (GAIN / 20)
    np.testing.assert_allclose(y[start : 2 * SR], expected[: 2 * SR - start], atol=1e-6)


@given(st.lists(st.tuples(st.floats(0, 2), st.floats(0.05, 2), st.integers(21, 108), st.integers(1, 127)), max_size=8))
@settings(max_examples=25, deadline=None)
def test_notes_add_up(rows: list[tuple[float, float, int, int]]) -> None:
    rows = [(onset, onset + seconds, key, velocity) for onset, seconds, key, velocity in rows]
    each = [mixture(notes(row), PIANO, Action(), SR, 4 * SR) for row in rows]
    together = mixture(notes(*rows) if rows else NO_NOTES, PIANO, Action(), SR, 4 * SR)
    np.testing.assert_allclose(together, np.sum(each, axis=0) if each else np.zeros(4 * SR), atol=1e-5)


@pytest.mark.parametrize(("exponent", "decibels"), [(2.0, 40.0), (1.0, 20.0)])
def test_loudness_follows_the_velocity(exponent: float, decibels: float) -> None:
    loud, soft = (
        np.abs(mixture(notes((0, 1, 60, velocity)), PIANO, Action(exponent), SR, SR)).max() for velocity in (50, 25)
    )
    assert 20 * np.log10(loud / soft) == pytest.approx(decibels * np.log10(2), abs=0.01)


def test_the_layer_follows_velocity_and_voicing() -> None:
    """Soft samples have no third partial."""

    def third_partial(velocity: int, voicing: int) -> float:
        y = mixture(notes((0, 2, 60, velocity)), PIANO, Action(voicing=voicing), SR, 2 * SR)
        spectrum = np.abs(np.fft.rfft(y * np.hanning(len(y))))
        f0 = 440 * 2 ** (-9 / 12)
        return float(spectrum[round(6 * f0)] / spectrum[round(2 * f0)])

    assert third_partial(63, 0) < 1e-3
    assert third_partial(64, 0) == pytest.approx(0.25, rel=0.1)
    assert third_partial(60, 5) == pytest.approx(0.25, rel=0.1)
    assert third_partial(68, -5) < 1e-3


@pytest.mark.parametrize("factor", [1.0, 0.5, 2.0])
def test_a_damped_note_falls_by_100_decibels_in_its_release(factor: float) -> None:
    damped = mixture(notes((0.0, 0.5, 60, 100)), PIANO, Action(release=factor), SR, 2 * SR)
    held = mixture(notes((0.0, 2.0, 60, 100)), PIANO, Action(), SR, 2 * SR)
    off, n = round(0.5 * SR), round(0.7 * RELEASE * factor * SR)
    np.testing.assert_array_equal(damped[:off], held[:off])
    slope = 10 ** (-100 / 20 * np.arange(n) / (RELEASE * factor * SR))
    np.testing.assert_allclose(damped[off : off + n], held[off : off + n] * slope, atol=1e-6)
    assert not damped[round((0.5 + RELEASE * factor) * SR) :].any()


@pytest.mark.parametrize(("key", "factor"), [(21, 12.0), (60, 3.0), (61, 3.0), (108, 3.0)])
def test_bass_notes_fall_more_slowly_below_middle_c(key: int, factor: float) -> None:
    assert Action(release=3.0, bass_release=4.0).release_factor(key) == pytest.approx(factor)
    assert Action(release=3.0, bass_release=4.0).release_factor(40) == pytest.approx(3 * 4 ** (20 / 39))


def test_long_releases_are_drawn_from_none_to_the_setting_and_nothing_else_changes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    actions: list[Action] = []

    def mixture(notes: Notes, piano: TunedPiano, action: Action, sr: float, n_samples: int, levels: Any) -> Any:
        actions.append(action)
        return np.zeros(n_samples, np.float32)

    monkeypatch.setattr(performance, "mixture", mixture)
    for seed in range(200):
        render(notes((0.0, 0.5, 60, 100)), NO_PEDAL, replace(PLAIN, long_release=2.0, bass_release=3.0), seed)
    for name, most in (("release", 2.0), ("bass_release", 3.0)):
        drawn = np.log2([getattr(action, name) for action in actions])
        assert 0 <= drawn.min() < 0.1 * most < 0.9 * most < drawn.max() <= most
        assert drawn.mean() == pytest.approx(most / 2, rel=0.15)
    assert {action.voicing for action in actions} == {0}


def test_a_note_sounds_until_the_pedal_is_lifted() -> None:
    pedal = np.array([[0.2, 1.5]])
    np.testing.assert_array_equal(render(notes((0.1, 0.4, 60, 90)), pedal), render(notes((0.1, 1.5, 60, 90))))


def test_a_note_that_is_struck_again_is_damped() -> None:
    twice = render(notes((0.1, 0.4, 60, 90), (0.8, 1.2, 60, 90)), np.array([[0.0, 2.0]]))
    np.testing.assert_allclose(twice, render(notes((0.1, 0.8, 60, 90))) + render(notes((0.8, 2.0, 60, 90))), atol=1e-6)


@pytest.mark.parametrize("seed", range(4))
def test_another_tuning_moves_the_pitch_and_no_onset(seed: int) -> None:
    params = replace(PLAIN, tuning=50)
    y = render(notes((0.5, 4.0, 69, 60)), params=params, seed=seed)
    cents = np.random.default_rng(seed).uniform(-50, 50)
    assert 1200 * np.log2(frequency(y[SR : 2 * SR]) / 440) == pytest.approx(cents, abs=0.25)
    loud = np.flatnonzero(np.abs(y) > 0.2 * np.abs(y).max())
    assert loud[0] / SR == pytest.approx(0.5, abs=0.0005)


def test_strings_resonate_while_the_pedal_is_down_only() -> None:
    played, pedal = notes((0.1, 0.5, 60, 100)), np.array([[0.2, 2.0]])
    dry = render(played, pedal)
    added = render(played, pedal, replace(PLAIN, resonance=0.5)) - dry
    share = np.random.default_rng(0).uniform(0, 0.5, 5)[-1]  # After the four draws of PLAIN.
    driving = dry[round(0.2 * SR) : 2 * SR]
    assert np.linalg.norm(added) == pytest.approx(share * np.linalg.norm(driving), rel=0.05)
    assert not added[: round(0.2 * SR)].any()
    assert np.abs(added[round(2.5 * SR) :]).max() < 1e-3 * np.abs(added).max()


def test_the_loudness_of_notes_of_one_velocity_scatters() -> None:
    """By a standard deviation that is drawn; the layer of samples, and so the velocity, stays."""
    apart = notes(*((0.9 * n, 0.9 * n + 0.1, 60, 64) for n in range(4)))
    even, uneven = (render(apart, params=each, seed=3) for each in (PLAIN, replace(PLAIN, scatter=6.0)))
    rng = np.random.default_rng(3)
    rng.uniform(size=4)
    expected = rng.normal(0.0, rng.uniform(0.0, 6.0), 4)
    spans = [slice(round(0.9 * n * SR), round(0.9 * (n + 1) * SR)) for n in range(4)]
    decibels = [20 * np.log10(np.abs(uneven[span]).max() / np.abs(even[span]).max()) for span in spans]
    np.testing.assert_allclose(decibels, expected, atol=1e-3)


def test_the_noises_of_keys_and_pedal_are_no_louder_than_given() -> None:
    played, pedal = notes((0.5, 1.0, 60, 100)), np.array([[0.4, 0.8]])
    added = render(played, pedal, replace(PLAIN, noise=0.01)) - render(played, pedal)
    assert not added[: round(0.39 * SR)].any()
    assert 1e-5 < np.abs(added).max() < 0.01


def test_a_rendering_is_a_function_of_its_seed() -> None:
    played, pedal = notes((0.1, 0.5, 60, 100), (0.3, 0.9, 67, 40)), np.array([[0.2, 0.8]])
    one, same, other = (render(played, pedal, Params(), seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(one, same)
    assert (one != other).any()


@pytest.mark.parametrize("name", sorted(performance.LIMITS))
@pytest.mark.parametrize("value", [-0.1, 127.5, float("nan"), float("inf")])
def test_parameters_are_within_their_limits(name: str, value: float) -> None:
    words = f"option {name} >= 0, at most {performance.LIMITS[name]:g}. Received: {value}"
    with pytest.raises(ParameterError, match=re.escape(words)):
        replace(PLAIN, **{name: value})


def test_a_key_without_samples_is_named() -> None:
    few = TunedPiano(SampledPiano("few", small_piano.zones()[:2]), AS_SAMPLED, SR)
    with pytest.raises(MirlitonError, match=r"samples of few .* none for key 60, velocity 90"):
        performance.render(notes((0, 1, 60, 90)), NO_PEDAL, few, PLAIN, np.random.default_rng(0), seconds=2.0)
