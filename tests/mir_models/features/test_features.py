"""Features equal librosa's own functions on the same audio; their levels."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from mir_models.errors import ParameterError
from mir_models.features import feature_of, log_mel, mfcc

librosa = pytest.importorskip("librosa", reason="librosa is not installed")
SR = 22050


@pytest.fixture(scope="module")
def audio() -> np.ndarray:
    """Three seconds: a chord that fades, noise, and silence at the end."""
    rng = np.random.default_rng(2)
    seconds = np.arange(3 * SR) / SR
    chord = sum(np.sin(2 * np.pi * f * seconds) for f in (220.0, 277.2, 329.6)) * np.exp(-seconds) / 4
    y = chord + rng.normal(0, 0.01, len(seconds))
    y[-SR // 2 :] = 0
    return y.astype(np.float32)


def extract(name: str, y: np.ndarray) -> np.ndarray:
    feature = feature_of(name)
    return feature.extract(y, feature.PRESETS[name])


def mel(y: np.ndarray, **settings: Any) -> np.ndarray:
    return librosa.feature.melspectrogram(y=y, sr=SR, **settings).T


@pytest.mark.parametrize(("name", "hop_length"), [("log_mel", 512), ("log_mel_1024", 1024)])
def test_log_mel_is_librosas_relative_to_the_tracks_maximum(audio: np.ndarray, name: str, hop_length: int) -> None:
    expected = librosa.power_to_db(mel(audio, n_fft=2048, hop_length=hop_length), ref=np.max, top_db=80)
    assert extract(name, audio).shape == (1 + len(audio) // hop_length, 128)
    np.testing.assert_allclose(extract(name, audio), expected, atol=1e-3)


def test_the_natural_logarithm_equals_the_notebooks(audio: np.ndarray) -> None:
    stored = librosa.power_to_db(mel(audio, n_fft=2048, hop_length=1024), ref=np.max)
    expected = np.log(librosa.db_to_power(stored, ref=1.0))
    np.testing.assert_allclose(extract("log_mel_1024_ln", audio), expected, atol=1e-3)
    assert feature_of("log_mel_1024_ln").PRESETS["log_mel_1024_ln"].silence == pytest.approx(-8 * math.log(10))


def test_thirty_seconds_have_the_frames_of_the_reference_system() -> None:
    assert log_mel.PRESETS["log_mel_1024"].grid.n_frames(30 * SR) == 646
    assert log_mel.PRESETS["log_mel"].grid.n_frames(30 * SR) == 1292


def test_mel_patches_are_librosas_relative_to_full_scale(audio: np.ndarray) -> None:
    expected = librosa.power_to_db(mel(audio, n_fft=512, hop_length=256, n_mels=64, fmax=8000), ref=1.0, top_db=None)
    np.testing.assert_allclose(extract("mel_patch", audio), np.maximum(expected, -80), atol=1e-3)
    seconds = 40 * 256 / SR
    assert seconds == pytest.approx(0.46, abs=0.005)


def test_the_stft_is_librosas(audio: np.ndarray) -> None:
    expected = librosa.power_to_db(np.abs(librosa.stft(audio)) ** 2, ref=1.0, top_db=None).T
    np.testing.assert_allclose(extract("stft", audio), np.maximum(expected, -80), atol=1e-3)


def test_the_level_of_a_full_scale_sine_in_the_stft() -> None:
    bin_ = 100
    sine = np.sin(2 * np.pi * bin_ * SR / 2048 * np.arange(SR) / SR).astype(np.float32)
    middle = extract("stft", sine)[20]
    assert middle.argmax() == bin_
    assert middle.max() == pytest.approx(20 * math.log10(2048 / 4), abs=0.01)


def test_chroma_is_librosas(audio: np.ndarray) -> None:
    sounding = audio[: -SR // 2]
    expected = librosa.feature.chroma_stft(y=sounding, sr=SR, n_fft=4096, hop_length=512, tuning=0.0).T
    np.testing.assert_allclose(extract("chroma", sounding), expected, atol=1e-5)


def test_chroma_of_a_triad() -> None:
    seconds = np.arange(SR) / SR
    triad = sum(np.sin(2 * np.pi * librosa.midi_to_hz(pitch) * seconds) for pitch in (60, 64, 67))
    strongest = np.argsort(extract("chroma", triad.astype(np.float32))[20])[-3:]
    assert sorted(strongest) == [0, 4, 7]


def test_mfcc_is_librosas_but_for_where_loudness_begins(audio: np.ndarray) -> None:
    bands = librosa.power_to_db(mel(audio, n_fft=2048, hop_length=512), ref=1.0, top_db=None)
    expected = librosa.feature.mfcc(S=np.maximum(bands, -80).T, n_mfcc=20).T
    expected[:, 0] += 80 * math.sqrt(mfcc.Params().n_mels)
    np.testing.assert_allclose(extract("mfcc", audio), expected, atol=1e-2)


@pytest.mark.parametrize("gain", [0.1, 3.0])
def test_levels_relative_to_the_track_do_not_depend_on_its_loudness(audio: np.ndarray, gain: float) -> None:
    audible = audio[: -SR // 2]
    np.testing.assert_allclose(extract("log_mel", audible * np.float32(gain)), extract("log_mel", audible), atol=0.05)
    assert np.abs(extract("mel_patch", audible * np.float32(gain)) - extract("mel_patch", audible)).max() > 9


def test_an_unknown_unit_is_refused() -> None:
    with pytest.raises(ParameterError, match=r"unit one of dB, ln. Received: unit=sone"):
        log_mel.Params(unit="sone")  # type: ignore[arg-type]
