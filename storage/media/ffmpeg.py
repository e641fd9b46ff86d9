"""Recordings that libsndfile does not read, decoded by the program ffmpeg where it is installed.

ffmpeg writes the first audio stream of a file to a pipe as an AU file of 32-bit floats, at the sampling rate and with
the channels it has; the header gives both.
"""

from __future__ import annotations

import re
import shutil
import struct
import subprocess
import tempfile
from pathlib import Path
from typing import IO, TYPE_CHECKING

from storage.media.unreadable import UnreadableError
from storage.media.windows_media import encoder_delay

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

NAME = "ffmpeg"
SUFFIXES = (
    ".3g2", ".3gp", ".aac", ".ac3", ".adts", ".aiffc", ".amr", ".ape", ".asf", ".avi", ".dff", ".dsf", ".dts",
    ".eac3", ".flv", ".m2ts", ".m4a", ".m4b", ".m4v", ".mka", ".mkv", ".mov", ".mp4", ".mpc", ".mpeg", ".mpg",
    ".mts", ".ogv", ".oma", ".ra", ".rm", ".shn", ".spx", ".tak", ".tta", ".vob", ".weba", ".webm", ".wma", ".wmv",
    ".wv",
)  # fmt: skip
"""Extensions of formats that ffmpeg reads and libsndfile does not, videos with sound among them."""
_FORMATS = (
    "aac", "ac3", "aiff", "amr", "ape", "asf", "au", "avi", "caf", "dsf", "dts", "dtshd", "eac3", "flac", "flv", "iff",
    "loas", "matroska", "mov", "mp3", "mpc", "mpc8", "mpeg", "mpegts", "nut", "ogg", "oma", "rm", "shn", "sox", "tak",
    "tta", "voc", "w64", "wav", "wv",
)  # fmt: skip
"""Names of ffmpeg's demuxers that may be used: none of playlists, pictures or bytes without a header."""
_OF_OUTPUT = "non monotonically increasing dts"
"""What ffmpeg reports of its own output where a file has several streams one after the other: nothing is missing."""
_AU_HEADER = 24
_MAX_MESSAGE = 200


def executable() -> str | None:
    """Path of ffmpeg; None where it is not installed."""
    return shutil.which("ffmpeg")


def is_installed() -> bool:
    """Whether files with one of `SUFFIXES` can be read on this machine."""
    return executable() is not None


def version() -> str:
    """The version of ffmpeg, such as ``"5.1.9"``; empty where it does not tell."""
    found = subprocess.run([executable() or NAME, "-version"], capture_output=True, text=True, check=False)
    match = re.match(r"ffmpeg version (\S+)", found.stdout)
    return match[1] if match else ""


def duration(path: Path) -> float:
    """Seconds of a recording by ffprobe, which comes with ffmpeg; 0 where it is not there or does not tell."""
    probe = shutil.which("ffprobe")
    if probe is None:
        return 0.0
    entry = ["-show_entries", "format=duration", "-of", "csv=p=0"]
    found = subprocess.run([probe, "-v", "quiet", *_source(path), *entry], capture_output=True, text=True, check=False)
    try:
        return float(found.stdout)
    except ValueError:
        return 0.0


class FFmpegDecoder:
    """A recording as ffmpeg decodes it. See `storage.media.decoding.Decoder`.

    Parameters
    ----------
    path : Path
    damage : str
        What is known to be wrong with the file.
    """

    def __init__(self, path: Path, damage: str = "") -> None:
        self._damage = damage
        self._reported, self.n_samples, self.reading = "", 0, NAME
        self._messages = tempfile.TemporaryFile()  # noqa: SIM115 (closed with the decoder)
        try:
            self._process = subprocess.Popen(_command(path), stdout=subprocess.PIPE, stderr=self._messages)
        except OSError as error:
            self._messages.close()
            raise UnreadableError(f"it cannot be started: {error}") from error
        header = self._read(_AU_HEADER)
        if len(header) < _AU_HEADER:
            self._end()
            self.close()
            raise UnreadableError(self._reported or "no audio in it")
        size, _, _, self.sr, self.channels = struct.unpack(">5I", header[4:])
        self._read(size - _AU_HEADER)

    def seek(self, n: int) -> int:
        """See `Decoder`: all before it is decoded, since a jump would not be exact to the sample."""
        reached = 0
        while reached < n and len(block := self.read(min(n - reached, self.sr))):
            reached += len(block)
        return reached

    def read(self, n: int) -> NDArray[np.float32]:
        """See `Decoder`."""
        import numpy as np

        row = 4 * self.channels
        data = self._read(n * row)
        if len(data) < n * row:
            self._end()
        return np.frombuffer(data[: len(data) // row * row], dtype=">f4").astype(np.float32).reshape(-1, self.channels)

    def damage(self, n_samples: int) -> str:
        """See `Decoder`: what ffmpeg reported."""
        damage = self._damage or self._reported
        return f"{damage} ({n_samples} samples decode)" if damage else ""

    def close(self) -> None:
        """See `Decoder`."""
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        self._pipe.close()
        self._messages.close()

    def __del__(self) -> None:
        """Stop ffmpeg where a reader has not come to the end."""
        if hasattr(self, "_process"):
            self.close()

    @property
    def _pipe(self) -> IO[bytes]:
        assert self._process.stdout is not None
        return self._process.stdout

    def _read(self, n: int) -> bytes:
        return self._pipe.read(n)

    def _end(self) -> None:
        """Wait for the end of ffmpeg, and keep what it reported."""
        code = self._process.wait()
        self._messages.seek(0)
        lines = self._messages.read().decode("utf-8", "replace").splitlines()
        message = _message([line for line in lines if line.strip() and _OF_OUTPUT not in line])
        self._reported = message or (f"ffmpeg ended with code {code}" if code else "")


def _command(path: Path) -> list[str]:
    """ffmpeg that decodes a file to a pipe."""
    options = ["-map", "0:a:0", "-c:a", "pcm_f32be", "-f", "au", "-"]
    skipping, trimming = _windows_media(path)
    return [executable() or NAME, "-nostdin", "-v", "error", *skipping, *_source(path), *trimming, *options]


def _windows_media(path: Path) -> tuple[list[str], list[str]]:
    """Options before and after the input by which the delay of ffmpeg's own encoder is left out, and no more."""
    with open(path, "rb") as file:
        delay = encoder_delay(file.read(2**16))
    if delay is None:
        return [], []
    return ["-flags2", "+skip_manual"], ["-af", f"atrim=start_sample={delay}"]


def _source(path: Path) -> list[str]:
    """The file as an input that may not make ffmpeg open other files or addresses, as a playlist would."""
    return ["-protocol_whitelist", "file,pipe", "-format_whitelist", ",".join(_FORMATS), "-i", f"file:{path}"]


def _message(lines: list[str]) -> str:
    """The last thing that ffmpeg reported, without its address and the name of the file."""
    if any("matches no streams" in line for line in lines):
        return "no sound in it"
    return re.sub(r"^\[.*?\] |^file:.*?: ", "", lines[-1])[:_MAX_MESSAGE] if lines else ""
