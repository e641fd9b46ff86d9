"""Recordings: what decodes is described as it is, and what is broken is refused by name."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile

from mir_models.errors import TrackError
from storage.media import audio
from storage.media.decoding import open_recording
from storage.media.ogg import encode_ogg, with_serial
from tests.conftest import SR, notes_of, sound

Y = sound(notes_of(0))
FORMATS = {
    "wav": ("WAV", "PCM_16"), "aiff": ("AIFF", "PCM_16"), "flac": ("FLAC", "PCM_16"), "ogg": ("OGG", "VORBIS"),
    "mp3": ("MP3", "MPEG_LAYER_III"), "au": ("AU", "PCM_16"), "w64": ("W64", "PCM_16"), "rf64": ("RF64", "PCM_16"),
}  # fmt: skip


def _write(path: Path, y: np.ndarray = Y, *, sr: int = SR, subtype: str | None = None) -> Path:
    format, usual = FORMATS[path.suffix[1:]]
    soundfile.write(path, y, sr, format=format, subtype=subtype or usual)
    return path


@pytest.mark.parametrize("suffix", FORMATS)
def test_every_format_is_described_as_it_is(tmp_path: Path, suffix: str) -> None:
    path = _write(tmp_path / f"x.{suffix}")
    found, _ = audio.read_checked(path)
    assert (found.sr, found.channels) == (SR, 1)
    assert found.duration == pytest.approx(len(Y) / SR, abs=0.06 if suffix == "mp3" else 1e-9)
    assert found.peak == pytest.approx(0.9, abs=0.02)
    assert found.content == hashlib.sha256(path.read_bytes()).hexdigest()
    y, sr = audio.read_mono(path)
    assert (y.dtype, y.ndim, sr) == (np.float32, 1, SR)
    assert len(y) / sr == found.duration
    assert audio.duration(path) == pytest.approx(found.duration, abs=0.06)


@pytest.mark.parametrize("share", [0.1, 0.5, 0.97])
@pytest.mark.parametrize("suffix", FORMATS)
def test_a_truncated_file_is_refused_whatever_its_format(tmp_path: Path, suffix: str, share: float) -> None:
    path = _write(tmp_path / f"x.{suffix}")
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])
    with pytest.raises(TrackError, match=r"complete recording|decodes|an audio file") as error:
        audio.read_checked(path)
    assert path.name in str(error.value)
    assert "copy it again" in error.value.remedy or "convert" in error.value.remedy


@pytest.mark.parametrize(
    ("subtype", "tolerance"), [("PCM_U8", 1 / 120), ("PCM_16", 1e-4), ("PCM_24", 1e-6), ("PCM_32", 1e-6), ("FLOAT", 0)]
)
def test_every_sample_width_reads_the_same(tmp_path: Path, subtype: str, tolerance: float) -> None:
    y, _ = audio.read_mono(_write(tmp_path / "x.wav", subtype=subtype))
    np.testing.assert_allclose(y, Y, atol=tolerance)
    audio.read_checked(tmp_path / "x.wav")


@pytest.mark.parametrize("n_channels", [2, 6])
def test_channels_are_averaged(tmp_path: Path, n_channels: int) -> None:
    rng = np.random.default_rng(0)
    y = rng.uniform(-0.5, 0.5, (SR, n_channels))
    path = _write(tmp_path / "x.wav", y, subtype="FLOAT")
    np.testing.assert_allclose(audio.read_mono(path)[0], y.mean(axis=1), atol=1e-6)
    assert audio.read_checked(path)[0].channels == n_channels


@pytest.mark.parametrize("sr", [8000, 44100, 96000])
def test_sampling_rates_are_kept(tmp_path: Path, sr: int) -> None:
    path = _write(tmp_path / "x.wav", Y[:sr], sr=sr)
    assert audio.read_checked(path)[0].sr == audio.read_mono(path)[1] == sr


def test_blocks_joined_are_the_recording(tmp_path: Path) -> None:
    y = np.random.default_rng(0).uniform(-1, 1, 25 * 8000).astype(np.float32)
    path = _write(tmp_path / "x.wav", y, sr=8000, subtype="FLOAT")
    blocks, sr = audio.process_checked(path, lambda blocks, sr: (list(blocks), sr), pytest.fail)
    assert ([len(block) for block in blocks], sr) == ([80000, 80000, 40000], 8000)
    np.testing.assert_array_equal(np.concatenate(blocks), y)
    np.testing.assert_array_equal(audio.read_mono(path)[0], y)


def test_a_file_of_zero_bytes_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.wav").touch()
    with pytest.raises(TrackError, match=r"zero bytes in x.wav"):
        audio.read_checked(tmp_path / "x.wav")


def test_what_is_no_audio_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.wav").write_text("this is not audio " * 100)
    for read in (audio.read_checked, audio.read_mono, audio.duration):
        with pytest.raises(TrackError, match=r"an audio file.*x.wav.*convert"):
            read(tmp_path / "x.wav")


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TrackError, match=r"no such file in x.wav"):
        audio.read_mono(tmp_path / "x.wav")


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_samples_that_are_no_numbers_are_refused(tmp_path: Path, value: float) -> None:
    y = Y.copy()
    y[-1] = value
    with pytest.raises(TrackError, match=r"finite samples.*x.wav"):
        audio.read_checked(_write(tmp_path / "x.wav", y, subtype="FLOAT"))


@pytest.mark.parametrize(("n", "received"), [(0, "0 samples"), (1, "1 sample "), (SR // 2 - 1, "0.500 s")])
def test_what_is_too_short_is_refused(tmp_path: Path, n: int, received: str) -> None:
    with pytest.raises(TrackError, match=rf"at least 0.5 s.*{received}.*x.wav"):
        audio.read_checked(_write(tmp_path / "x.wav", Y[-n:] if n else Y[:0]))


@pytest.mark.parametrize("level", [0.0, 0.9e-4])
def test_silence_is_refused(tmp_path: Path, level: float) -> None:
    with pytest.raises(TrackError, match=r"audible.*silence.*x.wav"):
        audio.read_checked(_write(tmp_path / "x.wav", level * Y, subtype="FLOAT"))


def test_what_is_merely_soft_is_not(tmp_path: Path) -> None:
    assert audio.read_checked(_write(tmp_path / "x.wav", 2e-4 * Y, subtype="FLOAT"))[0].peak == pytest.approx(1.8e-4)


def test_a_header_written_before_its_data_promises_nothing(tmp_path: Path) -> None:
    path = _write(tmp_path / "x.wav")
    content = bytearray(path.read_bytes())
    at = content.index(b"data") + 4
    content[4:8] = content[at : at + 4] = b"\xff\xff\xff\xff"
    path.write_bytes(content)
    assert audio.read_checked(path)[0].duration == len(Y) / SR


def test_what_follows_the_audio_is_no_truncation(tmp_path: Path) -> None:
    path = _write(tmp_path / "x.wav")
    path.write_bytes(path.read_bytes() + b"LIST\x04\x00\x00\x00junk")
    assert audio.read_checked(path)[0].duration == len(Y) / SR


def _warnings(path: Path) -> list[str]:
    """The warnings of `process_checked`, once the recording is processed."""
    warnings: list[str] = []

    def process(blocks: Iterator[np.ndarray], sr: int) -> None:
        assert (len(list(blocks)) > 0, sr) == (True, SR)
        assert all("cancel each other" in warning for warning in warnings), "a warning before the last block"

    audio.process_checked(path, process, warnings.append)
    return warnings


def test_a_checked_stream_has_the_blocks_of_the_recording_and_no_warning(tmp_path: Path) -> None:
    path = _write(tmp_path / "x.wav", np.tile(Y, 5))
    np.testing.assert_array_equal(_processed(path, pytest.fail), audio.read_mono(path)[0])
    assert _warnings(path) == []


@pytest.mark.parametrize(
    ("y", "warning"),
    [
        (0 * Y, "an audible recording. Received: silence (peak 0.0e+00) in x.wav"),
        (0 * Y + 0.5, "an audible recording. Received: silence (peak 0.0e+00) in x.wav"),
        (13107 * Y, "samples whose full scale is 1. Received: a peak of 11796.3 in x.wav"),
        (np.c_[Y, -Y], "the channels of x.wav cancel each other in their mean: mean with channel 2 inverted is used"),
    ],
    ids=["zeros", "a constant", "in the scale of integers", "opposite polarity"],
)
def test_a_checked_stream_warns_of_levels_after_its_last_block(tmp_path: Path, y: np.ndarray, warning: str) -> None:
    (found,) = _warnings(_write(tmp_path / "x.wav", y, subtype="FLOAT"))
    assert warning in found


def test_a_stream_without_samples_is_a_failure(tmp_path: Path) -> None:
    with pytest.raises(TrackError, match=r"a recording\. Received: no samples in x\.wav"):
        _processed(_write(tmp_path / "x.wav", Y[:0]), pytest.fail)


def test_channels_of_opposite_polarity_are_mixed_in_every_path(tmp_path: Path) -> None:
    path = _write(tmp_path / "x.wav", np.c_[Y, -Y], subtype="FLOAT")
    found, y = audio.read_checked(path)
    assert (found.mix, found.channels) == ("mean with channel 2 inverted", 2)
    np.testing.assert_allclose(y, Y, atol=1e-7)
    np.testing.assert_array_equal(audio.read_mono(path)[0], y)
    np.testing.assert_array_equal(_processed(path, lambda _: None), y)
    part, y = audio.read_checked(path, audio.Part(1.0, 3.0))
    assert part.mix == "mean with channel 2 inverted"
    np.testing.assert_allclose(y, Y[SR : 3 * SR], atol=1e-7)


def test_another_mix_is_another_content(tmp_path: Path) -> None:
    """So that features of the same file, mixed by the mean before, are made anew."""
    found, _ = audio.read_checked(_write(tmp_path / "x.wav", np.c_[Y, -Y], subtype="FLOAT"))
    sha256 = hashlib.sha256((tmp_path / "x.wav").read_bytes()).hexdigest()
    assert found.file == sha256
    assert found.content == hashlib.sha256(f"{sha256} mean with channel 2 inverted".encode()).hexdigest()


def test_a_checked_stream_warns_of_a_truncated_file(tmp_path: Path) -> None:
    path = _write(tmp_path / "x.ogg")
    path.write_bytes(path.read_bytes()[:-100])
    (found,) = _warnings(path)
    assert "a truncated file" in found


def test_a_checked_stream_refuses_samples_that_are_not_finite(tmp_path: Path) -> None:
    y = Y.copy()
    y[100] = np.nan
    with pytest.raises(TrackError, match="NaN or infinite"):
        _processed(_write(tmp_path / "x.wav", y, subtype="FLOAT"), lambda _: None)


def _processed(path: Path, warn: Callable[[str], None]) -> np.ndarray:
    """The blocks of a recording, joined."""
    return audio.process_checked(path, lambda blocks, _: np.concatenate(list(blocks)), warn)


@pytest.mark.parametrize(("right", "times"), [(1.0, 1), (0.2, 1), (-1.0, 2)])
def test_a_recording_is_decoded_twice_only_where_its_channels_cancel(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, right: float, times: int
) -> None:
    path, opened = _write(tmp_path / "x.wav", np.c_[Y, right * Y], subtype="FLOAT"), []
    monkeypatch.setattr(audio, "open_recording", lambda path: opened.append(path) or open_recording(path))
    for read in (audio.read_checked, audio.read_mono, lambda path: _processed(path, lambda _: None)):
        opened.clear()
        read(path)
        assert len(opened) == times


@pytest.mark.parametrize("promised", [0, 1000, 10**12])
def test_the_samples_are_those_of_the_file_whatever_its_header_promises(promised: int) -> None:
    blocks = [Y[:7000], Y[7000:7001], Y[7001:]]
    np.testing.assert_array_equal(audio._joined(blocks, promised), Y)
    assert len(audio._joined([], promised)) == 0


def test_a_wav_file_is_of_16_bit_and_clipped(tmp_path: Path) -> None:
    audio.write_wav(tmp_path / "x.wav", np.float32([0.5, 2.0, -2.0]), 8000)
    assert soundfile.info(tmp_path / "x.wav").subtype == "PCM_16"
    y, sr = audio.read_mono(tmp_path / "x.wav")
    assert sr == 8000
    np.testing.assert_allclose(y, [0.5, 1.0, -1.0], atol=2**-15)


def test_flac_keeps_16_bit_samples(tmp_path: Path) -> None:
    rows = audio.encode_flac(np.float32([0.5, 2.0, -0.25]), 8000)
    assert (rows.dtype, rows.shape[0], bytes(rows[0, :4])) == (np.uint8, 1, b"fLaC")
    y, sr = audio.decode_flac(rows)
    assert (y.dtype, sr) == (np.float32, 8000)
    np.testing.assert_allclose(y, [0.5, 1.0, -0.25], atol=2**-15)


def test_a_part_of_a_recording_has_a_hash_of_its_own(tmp_path: Path) -> None:
    path, part = _write(tmp_path / "x.wav"), audio.Part(0.5, 1.5)
    recording, y = audio.read_checked(path, part)
    np.testing.assert_array_equal(y, audio.read_mono(path)[0][round(0.5 * SR) : round(1.5 * SR)])
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    assert recording.duration == 1.0
    assert recording.file == sha256 == audio.FULL.content_hash(sha256)
    assert recording.content == hashlib.sha256(f"{sha256} 0.5 1.5".encode()).hexdigest()


def test_ogg_has_the_samples_the_tags_and_equal_bytes_for_one_serial() -> None:
    content = encode_ogg(Y, SR, compression=None, title="a piece", comment="a digest")
    with soundfile.SoundFile(io.BytesIO(content)) as file:
        assert (file.title, file.comment, file.samplerate, file.frames) == ("a piece", "a digest", SR, len(Y))
        np.testing.assert_allclose(file.read(), Y, atol=0.1)
    again = encode_ogg(Y, SR, compression=None, title="a piece", comment="a digest")
    assert with_serial(content, 7) == with_serial(again, 7) != with_serial(again, 8)
    assert len(encode_ogg(Y, SR)) < len(content)
