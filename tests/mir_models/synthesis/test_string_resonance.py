"""Undamped strings resonate at their own partials, as loud as is asked, and are damped when the pedal is lifted."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import signal

from mir_models.notes.annotations import NO_NOTES, Notes
from mir_models.synthesis import mechanical_noise
from mir_models.synthesis.string_resonance import DAMPING, impulse_response, resonance

SR = 22050
RESPONSE = impulse_response(np.zeros(88), SR, np.random.default_rng(0))


def sine(frequency: float, seconds: float = 3.0) -> np.ndarray:
    return np.sin(2 * np.pi * frequency * np.arange(round(seconds * SR)) / SR).astype(np.float32)


def rms(y: np.ndarray) -> float:
    return float(np.sqrt(np.mean(y.astype(np.float64) ** 2)))


def test_the_response_has_unit_energy_and_decays() -> None:
    assert rms(RESPONSE) ** 2 * len(RESPONSE) == pytest.approx(1.0, rel=1e-4)
    assert rms(RESPONSE[-SR // 2 :]) < 0.3 * rms(RESPONSE[: SR // 2])


def test_strings_resonate_at_their_partials_more_than_between_them() -> None:
    gain = lambda f: rms(signal.oaconvolve(sine(f), RESPONSE)[2 * SR : 3 * SR])  # noqa: E731
    at_keys = [gain(440 * 2 ** (key / 12)) for key in (-24, -12, 0)]
    between = [gain(440 * 2 ** ((key + 0.5) / 12)) for key in (-24, -12, 0)]
    assert min(at_keys) > 3 * max(between)


@pytest.mark.parametrize(
    "pedal",
    [[[0.5, 0.9]], [[0.5, 0.9], [1.0, 1.1], [2.0, 12.0]]],
    ids=["short", "short and longer than the response"],
)
def test_what_is_added_equals_a_plain_convolution_of_each_interval(pedal: list[list[float]]) -> None:
    y = np.random.default_rng(1).normal(size=13 * SR).astype(np.float32)
    intervals = np.array(pedal)
    found = resonance(y, intervals, RESPONSE, SR)
    expected, energy = np.zeros(15 * SR), 0.0
    for down, up in np.rint(intervals * SR).astype(int):
        driven = y[down:up] * np.minimum(np.arange(up - down) / (0.02 * SR), 1)
        energy += (driven**2).sum()
        n = up - down + round(7 * DAMPING * SR)
        ringing = signal.oaconvolve(driven, RESPONSE)[:n]
        ringing = np.pad(ringing, (0, n - len(ringing)))
        ringing[up - down :] *= np.exp(-np.arange(n - up + down) / (DAMPING * SR))
        expected[down : down + n] += ringing
    expected *= np.sqrt(energy / (expected[: len(y)] ** 2).sum())
    np.testing.assert_allclose(found, expected[: len(y)], atol=1e-4 * np.abs(expected).max())


def test_it_is_as_loud_as_what_drives_it() -> None:
    y = np.random.default_rng(1).normal(size=3 * SR).astype(np.float32)
    added = resonance(y, np.array([[0.0, 3.0]]), RESPONSE, SR)
    assert rms(added) == pytest.approx(rms(y), rel=0.02)


@pytest.mark.parametrize("pedal", [np.zeros((0, 2)), np.array([[5.0, 6.0]]), np.array([[0.5, 0.5]])])
def test_without_a_pedal_in_the_recording_nothing_is_added(pedal: np.ndarray) -> None:
    assert not resonance(sine(440.0, 1.0), pedal, RESPONSE, SR).any()


def test_silence_drives_nothing() -> None:
    assert not resonance(np.zeros(SR, dtype=np.float32), np.array([[0.2, 0.8]]), RESPONSE, SR).any()


def test_noises_begin_with_what_makes_them() -> None:
    notes, pedal = Notes([[0.1, 0.6]], [60], [64]), np.array([[1.0, 1.7]])
    rng = np.random.default_rng(0)
    y = mechanical_noise.mechanical_noise(notes, pedal, 3 * SR, SR, rng)
    assert not y[: round(0.6 * SR) - 1].any()
    assert np.abs(y).max() <= 1.0
    for start, stop in ((0.6, 0.7), (1.0, 1.3), (1.7, 1.9)):
        assert np.abs(y[round(start * SR) : round(stop * SR)]).max() > 0.05
    for start, stop in ((0.8, 0.99), (1.6, 1.69), (2.2, 3.0)):
        assert np.abs(y[round(start * SR) : round(stop * SR)]).max() < 0.005
    assert not mechanical_noise.mechanical_noise(NO_NOTES, pedal[:0], SR, SR, rng).any()
