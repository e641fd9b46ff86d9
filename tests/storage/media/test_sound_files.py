"""FLAC files for pages: samples as they are analysed, and limits of their length."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from mir_models.errors import TrackError
from storage.media.sound_files import check_duration, write_playable, write_sound

SR = 22050


def recording(path: Path, *, seconds: float = 25.0, sr: int = SR, channels: int = 1) -> np.ndarray:
    """A file of noise, and its samples."""
    y = 0.1 * np.random.default_rng(0).normal(size=(round(seconds * sr), channels))
    soundfile.write(path, y, sr, subtype="PCM_16")
    return soundfile.read(path, dtype="float32", always_2d=True)[0]


def test_a_recording_is_written_as_it_is_mixed(tmp_path: Path) -> None:
    y = recording(tmp_path / "a.wav", channels=2)
    sound = write_playable(tmp_path / "a.wav", tmp_path / "a.flac")
    written, sr = soundfile.read(tmp_path / "a.flac", dtype="float32")
    assert (sr, sound.seconds, written.shape) == (SR, 25.0, (25 * SR,))
    np.testing.assert_allclose(written, y.mean(axis=1), atol=1 / 2**15)
    assert sound.peak == pytest.approx(np.abs(y.mean(axis=1)).max(), abs=1e-6)


def test_channels_that_cancel_are_mixed_otherwise(tmp_path: Path) -> None:
    y = recording(tmp_path / "mono.wav")
    soundfile.write(tmp_path / "a.wav", np.column_stack([y, -y]), SR)
    write_playable(tmp_path / "a.wav", tmp_path / "a.flac")
    written, _ = soundfile.read(tmp_path / "a.flac", dtype="float32")
    np.testing.assert_allclose(np.abs(written), np.abs(y[:, 0]), atol=2 / 2**15)


def test_a_high_sampling_rate_is_converted(tmp_path: Path) -> None:
    recording(tmp_path / "a.wav", sr=96_000, seconds=2.0)
    sound = write_playable(tmp_path / "a.wav", tmp_path / "a.flac")
    info = soundfile.info(tmp_path / "a.flac")
    assert (info.samplerate, info.frames) == (48_000, 96_000)
    assert sound.seconds == 2.0


def test_a_gain_changes_samples_and_they_are_clipped_to_full_scale(tmp_path: Path) -> None:
    blocks = [np.array([0.1, -0.2], np.float32), np.array([0.5], np.float32)]
    sound = write_sound(tmp_path / "a.flac", blocks, SR, gain=3.0)
    written, _ = soundfile.read(tmp_path / "a.flac", dtype="float32")
    np.testing.assert_allclose(written, [0.3, -0.6, 1.0], atol=1 / 2**14)
    assert sound.peak == 0.5


def test_what_is_too_long_is_refused_by_its_header(tmp_path: Path) -> None:
    recording(tmp_path / "a.wav")
    check_duration(tmp_path / "a.wav", 25.0)
    with pytest.raises(TrackError, match=r"at most 24 s\. Received: 25 s in a\.wav\. Remedy: .* mirliton transcribe"):
        check_duration(tmp_path / "a.wav", 24.0)


def test_what_is_too_long_is_refused_whatever_its_header_states(tmp_path: Path) -> None:
    recording(tmp_path / "a.wav")
    with pytest.raises(TrackError, match=r"at most 12 s\. Received: 20 s in a\.wav"):
        write_playable(tmp_path / "a.wav", tmp_path / "a.flac", most_seconds=12.0)


def test_what_is_no_recording_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_bytes(b"no sound at all" * 100)
    with pytest.raises(TrackError, match=r"a\.wav"):
        check_duration(tmp_path / "a.wav", 10.0)
