"""Lengths in headers: all that decodes is read, and what is missing is noticed, whatever a header promises."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from mir_models.errors import TrackError
from storage.media import audio, ffmpeg
from storage.media.containers import flac, mpeg, ogg, pcm
from storage.media.ogg import encode_ogg, with_serial
from tests.conftest import SR, notes_of, sound

Y = sound(notes_of(0))
QUIET_THEN_LOUD = np.r_[0.3 * np.random.default_rng(0).standard_normal(3 * SR), np.zeros(6 * SR), Y[: 3 * SR]].clip(
    -1, 1
)
"""Of which every third costs an encoder of variable bit rate another number of bits: 12 s."""
ENCODER_DELAY = 0.08
"""Seconds that an MP3 without a tag may be longer than what was encoded."""


def _mp3(path: Path, y: np.ndarray = QUIET_THEN_LOUD, mode: str = "VARIABLE") -> bytes:
    """The bytes of an MP3 file with a Xing or Info tag."""
    soundfile.write(path, y, SR, format="MP3", subtype="MPEG_LAYER_III", bitrate_mode=mode, compression_level=0.5)
    return path.read_bytes()


def _without_tag(mp3: bytes) -> bytes:
    """The frames alone: what `-write_xing 0 -id3v2_version 0` makes."""
    frames = mpeg.find_frames(mp3)
    assert frames is not None
    assert frames.tag_holds
    ((start, end),) = frames.segments
    return mp3[start:end]


def _seconds(path: Path) -> float:
    """Seconds that `read_checked` finds, which are those of `process_checked`, which has no warning."""
    found, y = audio.read_checked(path)
    blocks = audio.process_checked(path, lambda blocks, _: list(blocks), lambda warning: pytest.fail(warning))
    np.testing.assert_array_equal(np.concatenate(blocks), y)
    return found.duration


def _damage(path: Path) -> str:
    """The warning of `process_checked`, for which `read_checked` refuses the file."""
    warnings: list[str] = []
    audio.process_checked(path, lambda blocks, _: list(blocks), warnings.append)
    with pytest.raises(TrackError) as error:
        audio.read_checked(path)
    assert warnings[:1] == [str(error.value)]
    return warnings[0]


@pytest.mark.parametrize("mode", ["VARIABLE", "CONSTANT", "AVERAGE"])
def test_all_of_an_mp3_is_read_with_and_without_a_tag(tmp_path: Path, mode: str) -> None:
    path = tmp_path / "x.mp3"
    tagged = _mp3(path, mode=mode)
    assert _seconds(path) == pytest.approx(12.0, abs=1e-9)
    path.write_bytes(_without_tag(tagged))
    assert _seconds(path) == pytest.approx(12.0, abs=ENCODER_DELAY)


def _with_count(mp3: bytes, count: Callable[[int], int]) -> bytes:
    """With another number of frames in the Xing or Info tag."""
    at = max(mp3.find(b"Xing"), mp3.find(b"Info")) + 8
    return mp3[:at] + count(int.from_bytes(mp3[at : at + 4], "big")).to_bytes(4, "big") + mp3[at + 4 :]


def _with_vbri(mp3: bytes, count: Callable[[int], int]) -> bytes:
    """With the tag of Fraunhofer's encoder in place of the Xing tag."""
    frames = mpeg.find_frames(mp3)
    assert frames is not None
    assert frames.tag is not None
    start, end = frames.tag
    n_frames = count(len(frames.headers)).to_bytes(4, "big")
    vbri = b"VBRI" + bytes((0, 1, 0, 0, 0, 75)) + len(mp3).to_bytes(4, "big") + n_frames + bytes(8)
    return mp3[:start] + (mp3[start : start + 4] + bytes(32) + vbri).ljust(end - start, b"\0") + mp3[end:]


@pytest.mark.parametrize(
    "count",
    [lambda n: n // 2, lambda n: n - 1, lambda n: n + 1, lambda n: 0, lambda n: 2**32 - 1],
    ids=["half", "one less", "one more", "0", "2^32 - 1"],
)
@pytest.mark.parametrize("tag", [_with_count, _with_vbri], ids=["Xing", "VBRI"])
def test_the_number_of_frames_in_a_tag_promises_nothing(
    tmp_path: Path, tag: Callable[..., bytes], count: Callable[[int], int]
) -> None:
    path = tmp_path / "x.mp3"
    path.write_bytes(tag(_mp3(path), count))
    assert _seconds(path) == pytest.approx(12.0, abs=ENCODER_DELAY)


@pytest.mark.parametrize("tag", [_with_count, _with_vbri], ids=["Xing", "VBRI"])
def test_more_frames_in_a_tag_than_there_are_is_a_truncation(tmp_path: Path, tag: Callable[..., bytes]) -> None:
    path = tmp_path / "x.mp3"
    path.write_bytes(tag(_mp3(path), lambda n: 2 * n))
    assert "a truncated file" in _damage(path)


@pytest.mark.parametrize("tagged", [True, False])
@pytest.mark.parametrize("mode", ["VARIABLE", "CONSTANT"])
def test_a_cut_mp3_is_noticed_with_and_without_a_tag(tmp_path: Path, mode: str, *, tagged: bool) -> None:
    path = tmp_path / "x.mp3"
    content = _mp3(path, mode=mode)
    content = content if tagged else _without_tag(content)
    path.write_bytes(content[: len(content) // 2 + 100])
    assert "a truncated file" in _damage(path)


@pytest.mark.parametrize(
    "content",
    [
        lambda mp3: bytes(70_000) + mp3,
        lambda mp3: b"<html>" * 3000 + mp3,
        lambda mp3: mp3 + bytes(20_000),
        lambda mp3: mp3 + b"TAG" + bytes(125),
        lambda mp3: b"ID3\x04\x00\x00\x00\x00\x02\x00" + bytes(256) + mp3,
        lambda mp3: b"ID3\x04\x00\x00\x7f\x7f\x7f\x7f" + bytes(256) + mp3,
    ],
    ids=["zeros before", "HTML before", "zeros behind", "ID3v1", "ID3v2", "ID3v2 of a wrong size"],
)
@pytest.mark.parametrize("tagged", [True, False])
def test_what_lies_around_the_frames_of_an_mp3_is_no_matter(
    tmp_path: Path, content, capfd: pytest.CaptureFixture[str], *, tagged: bool
) -> None:
    path = tmp_path / "x.mp3"
    mp3 = _mp3(path, Y)
    path.write_bytes(content(mp3 if tagged else _without_tag(mp3)))
    assert _seconds(path) == pytest.approx(7.0, abs=ENCODER_DELAY)
    assert capfd.readouterr().err == "", "libmpg123 writes of what it skips"


def test_joined_files_are_read_to_the_last(tmp_path: Path) -> None:
    for suffix, kind in (("mp3", "MPEG_LAYER_III"), ("flac", "PCM_16"), ("ogg", "VORBIS")):
        path = tmp_path / f"x.{suffix}"
        soundfile.write(path, Y, SR, subtype=kind)
        path.write_bytes(path.read_bytes() * 2)
        assert _seconds(path) == pytest.approx(2 * len(Y) / SR, abs=2 * ENCODER_DELAY), suffix


def test_a_part_of_joined_files_is_that_of_both(tmp_path: Path) -> None:
    path = tmp_path / "x.flac"
    soundfile.write(path, Y, SR, subtype="PCM_16")
    path.write_bytes(path.read_bytes() * 2)
    full, _ = audio.read_mono(path)
    for start, end in ((1.0, 3.0), (6.5, 7.5), (8.0, None), (14.0 - 1 / SR, None)):
        part, _ = audio.read_mono(path, audio.Part(start, end))
        expected = full[round(start * SR) : None if end is None else round(end * SR)]
        np.testing.assert_array_equal(part, expected)


def test_a_part_after_the_end_names_both(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "x.wav", Y, SR)
    with pytest.raises(TrackError, match=r"a part from 36\.00 s\. Received: the file ends at 7\.00 s in x\.wav"):
        audio.read_checked(tmp_path / "x.wav", audio.Part(36.0, 40.0))
    for at_the_end in (audio.Part(7.0), audio.Part(6.9, 9.0)):
        with pytest.raises(TrackError, match=r"a part from .*Received: the file ends at 7\.00 s in x\.wav"):
            audio.read_checked(tmp_path / "x.wav", at_the_end)
    with pytest.raises(TrackError, match=r"until 9\.00 s\. Received: the file ends at 7\.00 s in x\.wav"):
        audio.read_checked(tmp_path / "x.wav", audio.Part(6.0, 9.0))


STREAMS = {
    "wav": (0, 1, 0x7FFFF000, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFF - 36),
    "aiff": (0, 8, 0x7FFFF008, 0x7F000008, 0xFFFFFFFF),
    "au": (0, 0x7FFFF000, 0x7FFFFFFF, 0xFFFFFFFF),
    "rf64": (0, 2**64 - 1),
    "caf": (0, 2**64 - 1),
}


def _with_size(path: Path, size: int) -> None:
    """Write a size into the header of a file of which that of the samples is known."""
    content = bytearray(path.read_bytes())
    field = next(found for find in pcm._FINDERS if (found := find(bytes(content))) is not None)
    content[field.position : field.position + field.n_bytes] = size.to_bytes(field.n_bytes, field.order)
    path.write_bytes(content)


def _write(path: Path, y: np.ndarray = Y) -> Path:
    kind = {"aiff": "AIFF", "au": "AU", "rf64": "RF64", "caf": "CAF", "wav": "WAV"}[path.suffix[1:]]
    soundfile.write(path, y, SR, format=kind, subtype="PCM_16")
    return path


@pytest.mark.parametrize(("suffix", "size"), [(suffix, size) for suffix in STREAMS for size in STREAMS[suffix]])
def test_the_size_in_the_header_of_a_stream_promises_nothing(tmp_path: Path, suffix: str, size: int) -> None:
    path = _write(tmp_path / f"x.{suffix}")
    _with_size(path, size)
    assert _seconds(path) == len(Y) / SR


@pytest.mark.parametrize("suffix", STREAMS)
def test_bytes_behind_the_samples_that_are_nothing_else_are_noticed(tmp_path: Path, suffix: str) -> None:
    path = _write(tmp_path / f"x.{suffix}")
    _with_size(path, len(Y) + 4)
    assert "bytes behind the samples that its header counts" in _damage(path)


@pytest.mark.parametrize("suffix", STREAMS)
def test_a_size_that_wrapped_around_loses_no_samples(
    tmp_path: Path, suffix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As of a file beyond 4 GiB, here of the smallest that counts as one."""
    monkeypatch.setattr(pcm, "_WRAP", 2**16)
    path = _write(tmp_path / f"x.{suffix}")
    _with_size(path, 2 * len(Y) - 2**17)
    assert _seconds(path) == pytest.approx(len(Y) / SR, abs=5e-3)


@pytest.mark.parametrize(
    "behind",
    [
        b"ID3\x04\x00\x00\x00\x03\x54\x60" + bytes(60_000),
        b"APETAGEX" + bytes(range(1, 101)) * 600,
        b"\xa9xyz\x60\xea\x00\x00" + b"\x01" * 60_000,
        b"id3 \xff\xff\x00\x00" + b"\x01" * 60_000,
        bytes(64_000),
    ],
    ids=["ID3", "APE", "another chunk", "a cut chunk", "zeros"],
)
def test_what_follows_the_samples_of_a_wav_is_no_sound(tmp_path: Path, behind: bytes) -> None:
    path = _write(tmp_path / "x.wav")
    path.write_bytes(path.read_bytes() + behind)
    assert _seconds(path) == len(Y) / SR


def test_an_address_of_samples_behind_the_end_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.au").write_bytes(b".snd" + np.array([100_000, 2**32 - 1, 3, SR, 1], ">u4").tobytes() + bytes(1000))
    with pytest.raises(TrackError, match=r"in x\.au"):
        audio.read_checked(tmp_path / "x.au")


def test_chained_streams_of_one_serial_number_are_no_damage(tmp_path: Path) -> None:
    links = [with_serial(encode_ogg(y, SR), 7) for y in (Y, Y[: 2 * SR])]
    (tmp_path / "x.ogg").write_bytes(b"".join(links))
    assert _seconds(tmp_path / "x.ogg") == pytest.approx(9.0, abs=0.01)


@pytest.mark.parametrize("suffix", ["flac", "wav", "aiff"])
def test_a_tag_in_front_of_another_format_is_passed_over(
    tmp_path: Path, suffix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ffmpeg, "executable", lambda: None)
    path = tmp_path / f"x.{suffix}"
    soundfile.write(path, Y, SR, subtype="PCM_16")
    path.write_bytes(b"ID3\x04\x00\x00\x00\x00\x02\x00" + bytes(256) + path.read_bytes())
    assert _seconds(path) == _seconds(path.rename(tmp_path / "x.mp3")) == len(Y) / SR


def test_a_cut_that_leaves_hardly_anything_is_called_a_cut(tmp_path: Path) -> None:
    path = _write(tmp_path / "x.wav")
    path.write_bytes(path.read_bytes()[:1500])
    assert "a truncated file" in _damage(path)


@pytest.mark.parametrize("suffix", STREAMS)
def test_a_size_too_large_for_the_samples_is_a_truncation(tmp_path: Path, suffix: str) -> None:
    path = _write(tmp_path / f"x.{suffix}")
    _with_size(path, 4 * len(Y))
    assert "a truncated file" in _damage(path)


@pytest.mark.parametrize("size", [0, 24, 2**63 - 1, 2**64 - 1])
def test_the_size_in_the_header_of_w64_promises_nothing(tmp_path: Path, size: int) -> None:
    """It counts the 24 bytes of its own header."""
    path = tmp_path / "x.w64"
    soundfile.write(path, Y, SR, format="W64", subtype="PCM_16")
    content = path.read_bytes()
    at = content.index(b"data\xf3") + 16
    path.write_bytes(content[:at] + size.to_bytes(8, "little") + content[at + 8 :])
    assert _seconds(path) == len(Y) / SR


def test_an_empty_recording_before_other_chunks_has_no_samples(tmp_path: Path) -> None:
    path = _write(tmp_path / "x.wav", Y[:0])
    path.write_bytes(path.read_bytes() + b"LIST\x04\x00\x00\x00junk")
    with pytest.raises(TrackError, match=r"Received: no samples in x\.wav"):
        audio.process_checked(path, lambda blocks, _: list(blocks), pytest.fail)


@pytest.mark.parametrize("total", [0, 1000])
def test_the_total_in_the_header_of_a_flac_stream_promises_nothing(tmp_path: Path, total: int) -> None:
    path = _flac_of_total(tmp_path, total)
    assert _seconds(path) == len(Y) / SR


@pytest.mark.parametrize("total", [0, None])
def test_a_cut_flac_is_noticed_and_read_up_to_there(tmp_path: Path, total: int | None) -> None:
    path = _flac_of_total(tmp_path, total)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    assert "a truncated file" in _damage(path)
    y, _ = audio.read_mono(path)
    assert len(y) % 4096 == 0
    np.testing.assert_allclose(y, Y[: len(y)], atol=2**-15)


def test_a_part_of_a_flac_with_a_damaged_header_is_refused_by_name(tmp_path: Path) -> None:
    """Its largest block is wrong, by which libsndfile looks for where the part begins."""
    path = tmp_path / "x.flac"
    soundfile.write(path, Y, SR, subtype="PCM_16")
    content = bytearray(path.read_bytes())
    content[10] = 0xFF
    path.write_bytes(content)
    with pytest.raises(TrackError, match=r"a file that decodes\. Received: .* in x\.flac"):
        audio.read_mono(path, audio.Part(0.5, 1.0))


def _flac_of_total(folder: Path, total: int | None) -> Path:
    """A FLAC file whose header tells another number of samples."""
    path = folder / "x.flac"
    soundfile.write(path, Y, SR, subtype="PCM_16")
    content = bytearray(path.read_bytes())
    packed = int.from_bytes(content[18:26], "big")
    if total is not None:
        content[18:26] = (packed >> 36 << 36 | total).to_bytes(8, "big")
    path.write_bytes(content)
    return path


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 20_000), st.booleans())
def test_the_last_frame_of_a_flac_tells_its_length(
    tmp_path_factory: pytest.TempPathFactory, n: int, constant: bool
) -> None:
    path = tmp_path_factory.getbasetemp() / "length.flac"
    soundfile.write(path, np.zeros(n) if constant else Y[-n:], SR, subtype="PCM_16")
    assert flac._end(path.read_bytes()) == (n, True)


def test_lost_pages_of_an_ogg_are_counted(tmp_path: Path) -> None:
    path = tmp_path / "x.ogg"
    soundfile.write(path, np.tile(Y, 4), SR, subtype="VORBIS")
    content, pages = path.read_bytes(), list(ogg._pages(path.read_bytes()))
    path.write_bytes(content[: pages[4].start] + content[pages[6].start :])
    assert "2 Ogg pages missing" in _damage(path)


@pytest.mark.parametrize("content", [b"OggS", b"fLaC", b"RIFF", b"FORM", b"caff", b".snd", b"\xff\xfb", b"ID3", b"\0"])
def test_bytes_that_begin_like_a_recording_are_refused_at_once(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.mp3").write_bytes(content * 300_000)
    with pytest.raises(TrackError, match=r"in x\.mp3"):
        audio.read_checked(tmp_path / "x.mp3")


@settings(max_examples=30, deadline=None)
@given(st.sampled_from(["wav", "aiff", "au", "caf", "flac", "ogg", "mp3"]), st.data())
def test_damaged_bytes_are_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, suffix: str, data: st.DataObject
) -> None:
    path = tmp_path_factory.getbasetemp() / f"damaged.{suffix}"
    soundfile.write(path, Y[:SR], SR, format=suffix.upper())
    content = bytearray(path.read_bytes())
    for at, byte in data.draw(
        st.lists(st.tuples(st.integers(0, 200) | st.integers(0, 10**6), st.integers(0, 255)), max_size=8)
    ):
        content[at % len(content)] = byte
    path.write_bytes(content[: data.draw(st.integers(1, len(content)))])
    try:
        found, y = audio.read_checked(path)
    except TrackError:
        return
    assert found.duration == len(y) / found.sr


def test_a_sampling_rate_that_no_recording_has_is_refused(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "x.wav", Y, 11)
    with pytest.raises(TrackError, match=r"a sampling rate from 1000 .*Received: 11 Hz in x\.wav"):
        audio.read_checked(tmp_path / "x.wav")


@pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="needs ffmpeg")
@pytest.mark.parametrize("options", [["-q:a", "2"], ["-b:a", "128k"]])
def test_what_ffmpeg_writes_without_a_tag_is_read_to_its_end(tmp_path: Path, options: list[str]) -> None:
    soundfile.write(tmp_path / "x.wav", QUIET_THEN_LOUD, SR)
    untagged = ["-write_xing", "0", "-id3v2_version", "0"]
    command = ["ffmpeg", "-v", "error", "-i", tmp_path / "x.wav", *options, *untagged, tmp_path / "x.mp3"]
    subprocess.run(command, check=True)
    assert _seconds(tmp_path / "x.mp3") == pytest.approx(12.0, abs=0.1)


@pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="needs ffmpeg")
@pytest.mark.parametrize("format", ["wav", "flac", "au", "aiff", "caf", "ogg", "mp3"])
def test_what_ffmpeg_writes_into_a_pipe_is_read_to_its_end(tmp_path: Path, format: str) -> None:
    soundfile.write(tmp_path / "x.wav", QUIET_THEN_LOUD, SR)
    command = ["ffmpeg", "-v", "error", "-i", tmp_path / "x.wav", "-f", format, "-"]
    (tmp_path / "stdin").write_bytes(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
    assert _seconds(tmp_path / "stdin") == pytest.approx(12.0, abs=0.1)
