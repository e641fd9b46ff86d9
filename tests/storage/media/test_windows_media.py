"""Windows Media Audio by ffmpeg's encoder: known by its header, and read from its very beginning."""

from __future__ import annotations

import shutil
import struct
import subprocess
from pathlib import Path

import numpy as np
import pytest
import soundfile

from storage.media import audio
from storage.media.windows_media import encoder_delay

SR = 44100


def _header(tag: int, codec_data: bytes, sr: int = SR) -> bytes:
    """A WAVEFORMATEX with the codec's data, somewhere in a file."""
    return bytes(100) + struct.pack("<HHIIHHH", tag, 2, sr, 16000, 1024, 16, len(codec_data)) + codec_data + bytes(100)


@pytest.mark.parametrize(
    ("header", "delay"),
    [
        (_header(0x161, struct.pack("<IHI", 0, 1, 0)), 2048),
        (_header(0x161, struct.pack("<IHI", 0, 1, 0), 22050), 1024),
        (_header(0x161, struct.pack("<IHI", 0, 1, 0), 16000), 512),
        (_header(0x160, struct.pack("<HH", 0, 1)), 2048),
        (_header(0x160, struct.pack("<HH", 0, 1), 32000), 1024),
        (_header(0x161, struct.pack("<IHI", 34816, 15, 0)), None),
        (_header(0x161, struct.pack("<IHI", 34816, 1, 0)), None),
        (_header(0x162, struct.pack("<IHI", 0, 1, 0)), None),
        (b"", None),
    ],
    ids=["2", "2, 22 kHz", "2, 16 kHz", "1", "1, 32 kHz", "Windows", "Windows, one option", "professional", "none"],
)
def test_ffmpegs_encoder_is_known_by_the_data_of_its_codec(header: bytes, delay: int | None) -> None:
    assert encoder_delay(header) == delay


@pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="needs ffmpeg")
@pytest.mark.parametrize("container", ["wma", "wav", "mkv"])
@pytest.mark.parametrize(("codec", "sr"), [("wmav1", 32000), ("wmav2", 22050), ("wmav2", 44100)])
def test_a_click_is_where_it_was(tmp_path: Path, container: str, codec: str, sr: int) -> None:
    """Those of the beginning too, which would be lost."""
    y = np.zeros(2 * sr, dtype=np.float32)
    clicks = np.array([0.01, 0.5, 1.5])
    for at in np.round(clicks * sr).astype(int):
        y[at : at + 20] = 0.8
    soundfile.write(tmp_path / "x.wav", y, sr)
    out = tmp_path / f"out.{container}"
    command = ["ffmpeg", "-v", "error", "-i", tmp_path / "x.wav", "-c:a", codec, "-b:a", "128k", out]
    subprocess.run(command, check=True)
    found, found_sr = audio.read_mono(out)
    assert found_sr == sr
    nearby = [round((at - 0.005) * sr) for at in clicks]
    peaks = [first + np.argmax(np.abs(found[first : first + round(0.015 * sr)])) for first in nearby]
    np.testing.assert_allclose(np.array(peaks) / sr, clicks, atol=1e-3)
