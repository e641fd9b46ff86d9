"""ffmpeg: what it decodes is what was encoded, and what it needs is named where it is missing."""

from __future__ import annotations

import hashlib
import shutil
import struct
import subprocess
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile

from mir_models.errors import TrackError
from storage.media import audio, ffmpeg
from tests.conftest import SR, notes_of, sound

Y = sound(notes_of(0))
NEEDS_FFMPEG = pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="needs ffmpeg")
MP4 = struct.pack(">I", 24) + b"ftypM4A \0\0\0\0isom" + bytes(100)
"""The beginning of an M4A file."""


@pytest.fixture
def without_ffmpeg(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ffmpeg, "executable", lambda: None)


def _encode(path: Path, *options: str, y: np.ndarray = Y) -> Path:
    """Encode by ffmpeg, in the format of the suffix."""
    soundfile.write(path.with_suffix(".source.wav"), y, SR)
    source = path.with_suffix(".source.wav")
    subprocess.run(["ffmpeg", "-v", "error", "-i", source, *options, path], check=True)
    return path


@NEEDS_FFMPEG
@pytest.mark.parametrize(
    ("name", "options", "tolerance"),
    [
        ("x.m4a", ["-c:a", "alac"], 1e-4),
        ("x.tta", [], 1e-4),
        ("x.wv", [], 1e-4),
        ("x.mka", ["-c:a", "pcm_s16le"], 1e-4),
        ("x.m4a", ["-c:a", "aac", "-b:a", "192k"], 0.1),
        ("x.wma", ["-b:a", "192k"], None),
        ("x.aac", ["-b:a", "192k"], None),
        ("x.webm", [], None),
    ],
)
def test_what_ffmpeg_decodes_is_what_was_encoded(
    tmp_path: Path, name: str, options: list[str], tolerance: float | None
) -> None:
    path = _encode(tmp_path / name, *options)
    found, y = audio.read_checked(path)
    assert found.duration == pytest.approx(7.0, abs=0.1)
    assert audio.duration(path) == pytest.approx(found.duration, abs=0.2)
    if tolerance is not None:
        n = min(len(y), len(Y))
        assert found.sr == SR
        assert np.sqrt(np.mean((y[:n] - Y[:n]) ** 2)) < tolerance


@NEEDS_FFMPEG
def test_the_bytes_and_not_the_extension_tell_what_a_file_is(tmp_path: Path) -> None:
    path = _encode(tmp_path / "x.m4a", "-c:a", "alac")
    for name in ("x.mp3", "x.wav", "x.ogg", "x"):
        shutil.copy(path, tmp_path / name)
        np.testing.assert_array_equal(audio.read_mono(tmp_path / name)[0], audio.read_mono(path)[0])


@NEEDS_FFMPEG
def test_a_part_is_exact_to_the_sample(tmp_path: Path) -> None:
    path = _encode(tmp_path / "x.m4a", "-c:a", "aac")
    full, sr = audio.read_mono(path)
    part, _ = audio.read_mono(path, audio.Part(1.5, 4.25))
    np.testing.assert_array_equal(part, full[round(1.5 * sr) : round(4.25 * sr)])
    with pytest.raises(TrackError, match=r"a part from 36\.00 s\. Received: the file ends at 7\.\d\d s"):
        audio.read_mono(path, audio.Part(36.0))


@NEEDS_FFMPEG
@pytest.mark.parametrize("suffix", ["tta", "mka", "wma", "aac"])
def test_a_cut_file_is_noticed(tmp_path: Path, suffix: str) -> None:
    path = _encode(tmp_path / f"x.{suffix}")
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2 + 7])
    with pytest.raises(TrackError, match=r"a complete recording\. Received: .* samples decode\) in x"):
        audio.read_checked(path)


@NEEDS_FFMPEG
def test_a_reader_may_stop_early(tmp_path: Path) -> None:
    def process(blocks: Iterator[np.ndarray], _: int) -> None:
        raise LookupError(len(next(blocks)))

    with pytest.raises(LookupError, match=str(10 * SR)):
        audio.process_checked(_encode(tmp_path / "x.tta", y=np.tile(Y, 20)), process, pytest.fail)


@NEEDS_FFMPEG
@pytest.mark.parametrize("content", [b"this is no audio " * 99, b"\x89PNG\r\n\x1a\n" + bytes(99), MP4])
def test_what_is_no_audio_for_either_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.m4a").write_bytes(content)
    with pytest.raises(TrackError, match=r"an audio file\. Received: .*\(ffmpeg: .*\) in x\.m4a\. Remedy: give a file"):
        audio.read_checked(tmp_path / "x.m4a")


@NEEDS_FFMPEG
@pytest.mark.parametrize("text", ["ffconcat version 1.0\nfile other.wav\n", "#EXTM3U\n#EXTINF:7,\nother.wav\n"])
def test_a_list_of_files_opens_none(tmp_path: Path, text: str) -> None:
    soundfile.write(tmp_path / "other.wav", Y, SR)
    (tmp_path / "x.wav").write_text(text)
    with pytest.raises(TrackError, match=r"an audio file\. Received: "):
        audio.read_checked(tmp_path / "x.wav")


@NEEDS_FFMPEG
def test_a_video_without_sound_is_called_so(tmp_path: Path) -> None:
    command = ["ffmpeg", "-v", "error", "-f", "lavfi", "-i", "color=size=64x64:duration=1", tmp_path / "x.mp4"]
    subprocess.run(command, check=True)
    with pytest.raises(TrackError, match=r"ffmpeg: no sound in it\) in x\.mp4"):
        audio.read_checked(tmp_path / "x.mp4")


@NEEDS_FFMPEG
def test_what_ffmpeg_decodes_is_another_content_than_what_libsndfile_reads_of_the_file(tmp_path: Path) -> None:
    """So that features made of the first stream of a chained Ogg, by an earlier version, are made anew."""
    parts = [tmp_path / "a.ogg", tmp_path / "b.ogg"]
    for path, sr in zip(parts, (SR, 2 * SR), strict=True):
        soundfile.write(path, Y, sr, subtype="VORBIS")
    (tmp_path / "x.ogg").write_bytes(b"".join(path.read_bytes() for path in parts))
    found, _ = audio.read_checked(tmp_path / "x.ogg")
    assert found.duration == pytest.approx(7 + 3.5, abs=0.1)
    assert found.content != found.file == hashlib.sha256((tmp_path / "x.ogg").read_bytes()).hexdigest()


@NEEDS_FFMPEG
def test_a_playlist_opens_no_other_protocol(tmp_path: Path) -> None:
    """A file that names an address, as an HLS playlist does, makes ffmpeg open nothing there."""
    playlist = "#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\nhttp://127.0.0.1:9/x.ts\n#EXT-X-ENDLIST\n"
    (tmp_path / "x.m4a").write_text(playlist)
    with pytest.raises(TrackError, match=r"an audio file\. Received: "):
        audio.read_checked(tmp_path / "x.m4a")


@pytest.mark.usefixtures("without_ffmpeg")
@pytest.mark.parametrize("name", ["x.m4a", "x.mp3"])
def test_without_ffmpeg_its_formats_are_named_with_the_remedy(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(MP4)
    expected = rf"Received: MP4, which libsndfile does not read in {name}\. Remedy: install ffmpeg, on every machine"
    for read in (audio.read_checked, audio.read_mono, audio.duration):
        with pytest.raises(TrackError, match=expected):
            read(tmp_path / name)


def test_suffixes_are_in_lower_case_and_sorted() -> None:
    assert list(ffmpeg.SUFFIXES) == sorted(set(ffmpeg.SUFFIXES))
    assert all(suffix == suffix.lower() and suffix.startswith(".") for suffix in ffmpeg.SUFFIXES)
