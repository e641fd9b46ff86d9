"""A piano in one tuning: every key sounds at its pitch, whatever sample it comes from, for as long as is asked."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from mir_models.errors import ParameterError
from mir_models.notes.annotations import N_KEYS
from mir_models.synthesis.sampled_piano import Region, SampledPiano, Zone, uncovered
from mir_models.synthesis.tuned_piano import LENGTHS, TunedPiano
from mir_models.synthesis.tuning import Params, Tuning, random_tuning
from tests import small_piano
from tests.small_piano import AS_SAMPLED, GAIN, SECONDS, SR

EVEN = np.zeros(N_KEYS)


def frequency(y: np.ndarray) -> float:
    """Of the loudest peak of a spectrum in Hz, to 0.04 Hz."""
    n = 2**19
    return float(np.abs(np.fft.rfft(y * np.hanning(len(y)), n)).argmax() * SR / n)


@pytest.mark.parametrize("key", [40, 57, 60, 62, 63, 90])
@pytest.mark.parametrize("cents", [0.0, 12.0, -30.0])
def test_every_key_sounds_at_its_pitch(key: int, cents: float) -> None:
    y = small_piano.tuned(Tuning(np.full(N_KEYS, cents), EVEN)).sound(key, 30, SECONDS)
    found = 69 + 12 * np.log2(frequency(y) / 440)
    assert found == pytest.approx(key + cents / 100, abs=0.01)
    assert np.abs(y).max() == pytest.approx(0.5 * 10 ** (GAIN / 20), rel=0.05)


def test_cents_of_a_zone_are_added_to_the_played_pitch() -> None:
    zone = replace(small_piano.zones()[6], cents=50.0)  # Of key 60.
    y = TunedPiano(SampledPiano("one", (zone,)), AS_SAMPLED, SR).sound(60, 30, 1.0)
    assert 69 + 12 * np.log2(frequency(y) / 440) == pytest.approx(60.5, abs=0.01)


def test_a_longer_sound_begins_as_a_shorter_one() -> None:
    piano = small_piano.tuned(Tuning(np.full(N_KEYS, 20.0), EVEN))
    short = piano.sound(61, 90, 0.3)
    assert len(short) / SR == pytest.approx(LENGTHS[0], abs=0.05)
    full = piano.sound(61, 90, 1.9)
    assert len(full) / SR == pytest.approx(SECONDS / 2 ** (1.2 / 12), abs=0.001)
    n = round(LENGTHS[0] * SR)
    np.testing.assert_allclose(short[:n], full[:n], atol=2e-5)
    assert piano.sound(61, 90, 0.3) is full


def test_two_strings_of_a_key_beat() -> None:
    """20 cents apart at 440 Hz: 5.08 beats a second, the first silence after half a beat."""
    y = small_piano.tuned(Tuning(EVEN, np.full(N_KEYS, 20.0))).sound(69, 30, SECONDS)
    one = small_piano.tuned().sound(69, 30, SECONDS)
    difference = 440 * (2 ** (10 / 1200) - 2 ** (-10 / 1200))
    level = lambda y, at: np.abs(y[round(at * SR) - 60 : round(at * SR) + 60]).max()  # noqa: E731
    assert level(y, 0.5 / difference) < 0.1 * level(one, 0.5 / difference)
    assert level(y, 1 / difference) == pytest.approx(level(one, 1 / difference), rel=0.05)
    assert level(y, 0.01) == pytest.approx(level(one, 0.01), rel=0.05)


def test_a_zone_with_a_lowpass_is_darker() -> None:
    bright = small_piano.zones()[-6]  # Three partials of key 78: 740, 1480, 2220 Hz.
    dark = replace(bright, lowpass=500.0)
    spectra = [
        np.abs(np.fft.rfft(TunedPiano(SampledPiano("one", (zone,)), AS_SAMPLED, SR).sound(78, 90, SECONDS)))
        for zone in (bright, dark)
    ]
    bins = [round(2 * partial * 440 * 2 ** (9 / 12)) for partial in (1, 3)]
    decibels = [20 * np.log10(spectra[1][at] / spectra[0][at]) for at in bins]
    # A filter of second order: -10 log10(1 + (f / 500)^4), a little more near half the sampling rate.
    np.testing.assert_allclose(decibels, [-7.5, -26.2], atol=0.8)


def test_tunings_are_drawn_and_may_be_left_out() -> None:
    none = random_tuning(Params(0, 0, 0), np.random.default_rng(0))
    assert not none.cents.any()
    assert not none.unison.any()
    drawn = [random_tuning(Params(3.0, 0, 1.0), np.random.default_rng(seed)) for seed in range(40)]
    assert np.std([each.cents for each in drawn]) == pytest.approx(3.0, rel=0.05)
    assert (np.array([each.unison for each in drawn]) >= 0).all()
    stretched = random_tuning(Params(0, 10.0, 0), np.random.default_rng(1)).cents
    assert (np.diff(stretched) >= 0).all() or (np.diff(stretched) <= 0).all()
    assert stretched[48] == 0
    assert np.abs(stretched).max() <= 10.0
    assert np.sign(stretched[0]) == -np.sign(stretched[-1])


@pytest.mark.parametrize("cutoff", [11_025.0, 12_558.0, 20_000.0])
def test_a_filter_beyond_half_of_the_sampling_rate_takes_nothing_away(cutoff: float) -> None:
    y = np.random.default_rng(0).normal(size=4410).astype(np.float32)
    plain, filtered = (
        TunedPiano(
            SampledPiano("p", (Zone(y=y, sr=22050, root_key=60, keys=(21, 108), velocities=(1, 127), lowpass=each),)),
            AS_SAMPLED,
            22050,
        )
        for each in (None, cutoff)
    )
    np.testing.assert_array_equal(filtered.sound(108, 30, 0.1), plain.sound(108, 30, 0.1))


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"release": 0.0}, "a release of 0.001 to 100 s. Received: 0.0"),
        ({"release": -1.0}, "a release"),
        ({"gain": np.inf}, "a gain of ±100 dB at most. Received: inf"),
        ({"cents": np.nan}, "a tuning of ±1200 cents at most. Received: nan"),
        ({"keys": (60, 59)}, "keys from low to high, 0 to 127. Received: 60 to 59"),
        ({"velocities": (-1, 127)}, "velocities from low to high"),
        ({"root_key": 128}, "a root key from 0 to 127"),
        ({"lowpass": 0.0}, "a low-pass filter from 10 Hz on, or none"),
    ],
)
def test_a_region_that_cannot_be_played_is_refused(wrong: dict[str, Any], words: str) -> None:
    settings: dict[str, Any] = {"root_key": 60, "keys": (21, 108), "velocities": (1, 127)} | wrong
    with pytest.raises(ParameterError, match=words):
        Region(**settings)


def test_keys_and_velocities_without_a_sample_are_found() -> None:
    regions = [
        Region(root_key=60, keys=(0, 59), velocities=(0, 127)),
        Region(root_key=60, keys=(60, 108), velocities=(1, 63)),
        Region(root_key=60, keys=(61, 127), velocities=(64, 127)),
    ]
    assert uncovered(regions).tolist() == [[60, velocity] for velocity in range(64, 128)]
    assert uncovered([*regions, Region(root_key=60, keys=(60, 60), velocities=(64, 127))]).tolist() == []
    assert len(uncovered([])) == 88 * 127
