"""The constant-Q transform equals librosa's; frequencies beyond its range raise."""

from __future__ import annotations

import numpy as np
import pytest

from mir_models import constant_q
from mir_models.errors import ParameterError
from mir_models.features import cqt

FLOOR = 1e-4
"""Magnitude of -80 dB: weaker magnitudes are not compared."""


@pytest.fixture(scope="module")
def audio() -> np.ndarray:
    """Two seconds of noise and tones, with a silence in the middle."""
    rng = np.random.default_rng(5)
    seconds = np.arange(2 * 22050) / 22050
    tones = sum(np.sin(2 * np.pi * f * seconds) for f in (55.0, 440.0, 1234.5)) / 4
    y = tones + rng.normal(0, 0.05, len(seconds))
    y[20000:26000] = 0
    return y.astype(np.float32)


SETTINGS = [
    *[
        pytest.param({k: getattr(p, k) for k in ("sr", "hop_length", "fmin", "n_bins", "bins_per_octave")}, id=name)
        for name, p in cqt.PRESETS.items()
    ],
    pytest.param(
        {"sr": 44100, "hop_length": 512, "fmin": 55.0, "n_bins": 40, "bins_per_octave": 12}, id="halved first"
    ),
    pytest.param({"sr": 22050, "hop_length": 441, "fmin": 110.0, "n_bins": 30, "bins_per_octave": 12}, id="odd hop"),
    pytest.param({"sr": 22050, "hop_length": 256, "fmin": 220.0, "n_bins": 7, "bins_per_octave": 24}, id="few bins"),
]


@pytest.mark.parametrize("settings", SETTINGS)
def test_magnitudes_equal_librosas(audio: np.ndarray, settings: dict[str, float]) -> None:
    librosa = pytest.importorskip("librosa", reason="librosa is not installed")
    reference = np.abs(librosa.cqt(audio, **settings)).T
    own = constant_q.magnitudes(audio, **settings)
    assert own.shape == reference.shape
    assert own.dtype == np.float32
    assert np.abs(own - reference).max() <= 1e-6 * reference.max()
    levels = [20 * np.log10(np.maximum(each, FLOOR)) for each in (own, reference)]
    assert np.abs(levels[0] - levels[1]).max() <= 0.05, "decibels"


def test_the_result_does_not_depend_on_the_size_of_blocks(audio: np.ndarray, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = SETTINGS[0].values[0]
    whole = constant_q.magnitudes(audio, **settings)
    monkeypatch.setattr(constant_q, "BLOCK_FRAMES", 7)
    np.testing.assert_allclose(constant_q.magnitudes(audio, **settings), whole, rtol=1e-5, atol=1e-6 * whole.max())


def test_a_bin_is_loudest_at_its_own_frequency() -> None:
    seconds = np.arange(3 * 22050) / 22050
    for bin_ in (0, 30, 87):
        tone = np.sin(2 * np.pi * 27.5 * 2 ** (bin_ / 12) * seconds).astype(np.float32)
        levels = constant_q.magnitudes(tone, sr=22050, hop_length=512, fmin=27.5, n_bins=88, bins_per_octave=12)
        assert levels[len(levels) // 2].argmax() == bin_


def test_an_octave_without_samples_of_its_own_keeps_the_frames_of_all(audio: np.ndarray) -> None:
    n_samples = 22050 + 1  # Halved eight times, rounded up each time.
    levels = constant_q.magnitudes(audio[:n_samples], **SETTINGS[0].values[0])
    assert levels.shape == (1 + n_samples // 512, 88)
    np.testing.assert_allclose(levels[:10], constant_q.magnitudes(audio, **SETTINGS[0].values[0])[:10], rtol=1e-3)


def test_filters_beyond_half_the_sampling_rate_raise(audio: np.ndarray) -> None:
    with pytest.raises(ParameterError, match=r"up to 4000 Hz, half the sampling rate\. Received: one up to 4\d\d\d Hz"):
        constant_q.magnitudes(audio, sr=8000, hop_length=512, fmin=27.5, n_bins=88, bins_per_octave=12)
