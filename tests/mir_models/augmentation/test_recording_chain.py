"""Microphone, background, compression, codec and gain: what each does to levels and spectra, and what it leaves."""

from __future__ import annotations

import math
import re
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mir_models.augmentation.levels import peak, power
from mir_models.augmentation.waveform import AUGMENTATIONS, background, codec, compression, gain, microphone
from mir_models.augmentation.waveform._mdct import inverse_mdct, mdct
from mir_models.errors import ParameterError

SR = 22050
SILENT_NOISE = {"lowest_snr": 300.0, "highest_snr": 300.0}


def click(at: int = 5000, n_samples: int = 12000) -> np.ndarray:
    y = np.zeros(n_samples, np.float32)
    y[at] = 0.5
    return y


def tone(seconds: float = 1.0, hz: float = 440.0, level: float = -6.0) -> np.ndarray:
    """A sine whose peak is `level` dB of full scale."""
    return (10 ** (level / 20) * np.sin(2 * np.pi * hz * np.arange(round(seconds * SR)) / SR)).astype(np.float32)


def white(seconds: float = 2.0, seed: int = 0) -> np.ndarray:
    return 0.1 * np.random.default_rng(seed).standard_normal(round(seconds * SR), dtype=np.float32)


def decibels(ratio: Any) -> Any:
    return 10 * np.log10(ratio)


@pytest.mark.parametrize("name", ["microphone", "compression", "gain"])
@given(seed=st.integers(0, 2**32))
@settings(max_examples=4, deadline=None)
def test_nothing_sounds_before_an_attack_and_the_attack_stays(name: str, seed: int) -> None:
    entry = AUGMENTATIONS.get(name)
    params = entry.Params(**SILENT_NOISE) if name == "microphone" else entry.Params()
    changed, time_map = entry.augment(click(), SR, params, np.random.default_rng(seed))
    assert np.abs(changed[:4995]).max() < 1e-5 * peak(changed)
    assert abs(int(np.abs(changed).argmax()) - 5000) < 0.002 * SR
    assert float(time_map(2.0)) == 2.0


@given(level=st.floats(-60, 0), at=st.floats(1e-3, 1.0), seed=st.integers(0, 2**32))
@settings(max_examples=30, deadline=None)
def test_gain_puts_the_peak_at_its_level_and_changes_nothing_else(level: float, at: float, seed: int) -> None:
    y = np.float32(at) * np.random.default_rng(seed).uniform(-1, 1, 50).astype(np.float32)
    changed, _ = gain.augment(y, SR, gain.Params(level, level), np.random.default_rng(0))
    assert 20 * np.log10(peak(changed)) == pytest.approx(level, abs=1e-4)
    np.testing.assert_allclose(changed / peak(changed), y / peak(y), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("n_poles", [1, 2, 4])
def test_a_limit_is_where_half_of_the_power_is_left(n_poles: int) -> None:
    gains = microphone.butterworth(np.array([1e-3, 1.0, 100.0, 200.0]), n_poles)
    np.testing.assert_allclose(gains[:2], [0.0, decibels(0.5)], atol=1e-5)
    assert gains[2] - gains[3] == pytest.approx(6.02 * n_poles, abs=0.01)


@pytest.mark.parametrize("seed", range(3))
def test_a_microphone_has_its_curve(seed: int) -> None:
    params = microphone.Params(**SILENT_NOISE)
    changed, _ = microphone.augment(click(0, 2**14), SR, params, np.random.default_rng(seed))
    measured = 20 * np.log10(np.abs(np.fft.rfft(changed / 0.5)))
    frequencies, curve = microphone.drawn_curve(SR, params, np.random.default_rng(seed))
    inner = (frequencies > 100) & (frequencies < 4000)
    found = np.interp(frequencies[inner], np.fft.rfftfreq(2**14, 1 / SR), measured)
    np.testing.assert_allclose(found - found.mean(), curve[inner] - curve[inner].mean(), atol=0.7)


def test_a_telephone_has_no_bass_and_no_treble() -> None:
    limits = {"lowest_low": 300.0, "highest_low": 300.0, "lowest_high": 3400.0, "highest_high": 3400.0}
    params = microphone.Params(0.0, 0.0, **limits, most_poles=1, **SILENT_NOISE)
    frequencies, curve = microphone.drawn_curve(SR, params, np.random.default_rng(0))
    np.testing.assert_allclose(np.interp([300, 1000, 3400], frequencies, curve), [-3.05, -0.75, -3.05], atol=0.1)


@pytest.mark.parametrize("snr", [10.0, 40.0])
def test_a_microphone_has_noise_of_its_own(snr: float) -> None:
    flat = {"largest_tilt": 0.0, "largest": 0.0, "lowest_low": 1.0, "highest_low": 1.0}
    flat |= {"lowest_high": 1e6, "highest_high": 1e6}
    y = 0.1 * tone(4.0)
    noisy, _ = microphone.augment(y, SR, microphone.Params(**flat, lowest_snr=snr, highest_snr=snr), rng())
    assert decibels(power(y) / power(noisy - y)) == pytest.approx(snr, abs=0.2)


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


@pytest.mark.parametrize("snr", [20.0, 50.0])
def test_steady_noise_has_the_ratio_of_its_settings(snr: float) -> None:
    params = background.Params(lowest_snr=snr, highest_snr=snr, hum=0.0, most_bursts=0.0)
    y = 0.01 * tone(20.0)
    ratios = [power(y) / power(background.augment(y, SR, params, rng(seed))[0] - y) for seed in range(3)]
    assert decibels(np.mean(ratios)) == pytest.approx(snr, abs=3.0)  # Its level moves by 3 dB.


def test_noise_of_a_room_falls_towards_the_highs() -> None:
    slopes = []
    for seed in range(12):
        spectrum = np.square(np.abs(np.fft.rfft(background.room_noise(4 * SR, SR, rng(seed)))))
        frequencies = np.fft.rfftfreq(4 * SR, 1 / SR)
        levels = [spectrum[(frequencies >= low) & (frequencies < 2 * low)].mean() for low in (60, 240, 960, 3840)]
        slopes.append(np.polyfit(range(4), decibels(np.array(levels)), 1)[0] / 2)
    assert -9 < np.min(slopes) < np.max(slopes) < 2
    assert np.mean(slopes) == pytest.approx(np.mean(background.SLOPES), abs=1.5)


@given(seed=st.integers(0, 2**32))
@settings(max_examples=5, deadline=None)
def test_hum_is_harmonics_of_the_mains(seed: int) -> None:
    y = background.hum(10 * SR, SR, rng(seed))
    assert power(y) == pytest.approx(1.0, rel=1e-3)
    spectrum = np.abs(np.fft.rfft(y * np.hanning(len(y))))
    lines = np.fft.rfftfreq(len(y), 1 / SR)[spectrum > 1e-3 * spectrum.max()]
    assert min(np.abs(lines / mains - np.round(lines / mains)).max() for mains in (SR / 441, SR / 368)) < 0.02


def test_bursts_come_at_their_rate_and_are_over_soon() -> None:
    noise = np.zeros(100 * SR, np.float32)
    background.add_bursts(noise, SR, 0.2, rng())
    is_loud = np.abs(noise).reshape(-1, SR // 2).max(axis=1) > 1e-3
    assert 10 <= is_loud.sum() <= 50
    assert not background.swelling(np.zeros(100, np.float32), SR, rng()).any()


@pytest.mark.parametrize(("level", "expected"), [(-40.0, -40.0), (-20.0, -20.0), (-12.0, -18.0), (-4.0, -16.0)])
def test_levels_above_the_threshold_rise_by_one_over_the_ratio(level: float, expected: float) -> None:
    reduced = compression.compress(tone(2.0, level=level), SR, threshold=-20, ratio=4, attack=0.005, release=0.1)
    assert 20 * np.log10(peak(reduced[SR:])) == pytest.approx(expected, abs=0.3)


def test_what_is_below_the_threshold_stays_as_it_is() -> None:
    y = tone(level=-21.0)
    np.testing.assert_array_equal(compression.compress(y, SR, threshold=-20, ratio=8, attack=0.01, release=0.1), y)


@pytest.mark.parametrize(("rise", "fall"), [(0.5, 0.9), (0.9, 0.99)])
def test_a_reduction_comes_by_one_pole_and_goes_by_another(rise: float, fall: float) -> None:
    followed = compression.smoothed(np.r_[np.ones(200), np.zeros(50)], rise, fall)
    np.testing.assert_allclose(followed[:200], 1 - rise ** np.arange(1, 201), atol=1e-9)
    np.testing.assert_allclose(followed[200:], followed[199] * fall ** np.arange(1, 51), atol=1e-9)


@given(drive=st.floats(-20, 20), levels=st.lists(st.floats(-1, 1, width=32), min_size=2, max_size=20))
@settings(max_examples=30, deadline=None)
def test_soft_clipping_keeps_full_scale_signs_and_order(drive: float, levels: list[float]) -> None:
    y = np.sort(np.array([-1.0, 0.0, 1.0, *levels], dtype=np.float32))
    clipped = compression.soft_clip(y, drive=drive)
    np.testing.assert_allclose(clipped[[0, -1]], [-1, 1], atol=1e-6)
    assert (np.diff(clipped) >= -1e-6).all()
    assert (np.abs(clipped) >= np.abs(y) - 1e-6).all()


@pytest.mark.parametrize("seed", range(4))
def test_compression_keeps_the_peak_and_lifts_the_soft(seed: int) -> None:
    y = np.concatenate([tone(level=-30.0), tone(level=-3.0)])
    changed, _ = compression.augment(y, SR, compression.Params(), rng(seed))
    assert peak(changed) == pytest.approx(peak(y), rel=1e-5)
    soft, loud = (power(changed[part]) / power(y[part]) for part in (slice(0, SR), slice(SR, None)))
    assert soft >= loud - 1e-6


@given(n_samples=st.integers(0, 3000), half=st.integers(2, 300), seed=st.integers(0, 100))
@settings(max_examples=30, deadline=None)
def test_the_cosine_transform_comes_back_and_keeps_energy(n_samples: int, half: int, seed: int) -> None:
    y = rng(seed).standard_normal(n_samples, dtype=np.float32)
    coefficients = mdct(y, 2 * half)
    np.testing.assert_allclose(inverse_mdct(coefficients, n_samples), y, atol=1e-5)
    assert float(np.square(coefficients).sum()) == pytest.approx(float(np.square(y).sum()), rel=1e-4)


@pytest.mark.parametrize("ratio", [15.0, 24.0])
def test_the_noise_of_a_codec_has_the_ratio_of_its_settings(ratio: float) -> None:
    """Of white noise every critical band masks itself."""
    y = white()
    assert decibels(power(y) / power(codec.coded(y, SR, limit=SR, ratio=ratio) - y)) == pytest.approx(ratio, abs=0.5)


def test_a_codec_leaves_nothing_above_its_limit() -> None:
    coded = codec.coded(white(), SR, limit=5000.0, ratio=20.0)
    spectrum, frequencies = np.square(np.abs(np.fft.rfft(coded))), np.fft.rfftfreq(len(coded), 1 / SR)
    assert decibels(spectrum[frequencies > 5200].mean() / spectrum[frequencies < 4800].mean()) < -40


def test_a_loud_band_masks_its_neighbours_more_above_than_below() -> None:
    coefficients = np.zeros((1, 50), np.float32)
    coefficients[0, 20:30] = 2.0
    thresholds = codec.masking_thresholds(coefficients, np.arange(0, 50, 10))
    np.testing.assert_allclose(decibels(thresholds[0] / 4), [-50, -25, 0, -10, -20], atol=1e-4)


def test_a_soft_tone_beside_a_loud_one_disappears_at_a_low_rate() -> None:
    loud, soft = tone(hz=1000.0, level=-3.0), tone(hz=1150.0, level=-33.0)
    heights = []
    for ratio in (6.0, 40.0):
        spectrum = np.abs(np.fft.rfft(codec.coded(loud + soft, SR, limit=8000.0, ratio=ratio)[: SR // 2 * 2]))
        heights.append(spectrum[1150] / spectrum[1000])
    assert 20 * np.log10(heights[1]) == pytest.approx(-30, abs=1.0)
    assert 20 * np.log10(heights[0]) < -40


@pytest.mark.parametrize(
    ("entry", "wrong"),
    [
        (gain, {"highest_peak": 1.0}),
        (gain, {"lowest_peak": -61.0}),
        (gain, {"lowest_peak": -math.inf}),
        (gain, {"lowest_peak": 0.0, "highest_peak": -1.0}),
        (microphone, {"lowest_low": 0.0}),
        (microphone, {"highest_low": 5000.0}),
        (microphone, {"lowest_snr": 90.0}),
        (microphone, {"most_poles": 0}),
        (microphone, {"largest_tilt": math.inf}),
        (background, {"hum": 1.1}),
        (background, {"lowest_snr": 90.0}),
        (background, {"most_bursts": -1.0}),
        (background, {"most_bursts": math.inf}),
        (background, {"lowest_snr": -math.inf}),
        (background, {"softest_hum": math.nan}),
        (compression, {"least_ratio": 0.9}),
        (compression, {"largest_depth": -1.0}),
        (compression, {"most_ratio": math.inf}),
        (codec, {"lowest_limit": 0.0}),
        (codec, {"lowest_ratio": 30.0}),
        (codec, {"highest_limit": math.inf}),
    ],
)
def test_settings_that_cannot_be_are_refused_by_name(entry: Any, wrong: dict[str, float]) -> None:
    received = ", ".join(f"{name}={value}" for name, value in wrong.items())
    with pytest.raises(ParameterError, match=re.escape(f"Received: {received}. Remedy: correct the setting")):
        entry.Params(**wrong)
