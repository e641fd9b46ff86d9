"""Audio files: decoding by libsndfile in blocks of 10 s, checks for damage and silence, writing of WAV and FLAC."""

from __future__ import annotations

import hashlib
import io
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mir_models.errors import TrackError
from storage.corpora.files import nfc_name
from storage.fingerprints import content_hash
from storage.objects.atomic import draft_of

BLOCK_SECONDS = 10
SILENCE = 1e-4
"""Peak amplitude (−80 dBFS) below which a recording counts as silent."""
SHORTEST = 0.5
"""Seconds below which a recording is too short to analyse."""
UNKNOWN_SIZE = 2**32 - 1
"""The size in the header of a stream, which was written before its data: unknown."""
_SIZES = re.compile(r"^\s*(?:data|SSND|Data Size|riff|Riff size)\s*: (\d+) \(should be (\d+)\)", re.MULTILINE)
"""How libsndfile logs the size of the audio by a WAV, AIFF, AU, W64 or RF64 header, and the size that is there.

RIFF sizes of WAV files are not among them: programs that write healthy files get them wrong.
"""


@dataclass(frozen=True)
class Part:
    """The part of a recording from `start` to `end` seconds; ``end`` None: to its end."""

    start: float = 0.0
    end: float | None = None

    def content_hash(self, sha256: str) -> str:
        """SHA-256 of the file and the part; that of the file alone where the part is all of it."""
        return sha256 if self == FULL else hashlib.sha256(f"{sha256} {self.start!r} {self.end!r}".encode()).hexdigest()


FULL = Part()
"""All of a recording."""


@dataclass(frozen=True)
class Recording:
    """Properties of a decoded recording.

    Attributes
    ----------
    content : str
        SHA-256 of the file, or of that and the part.
    file : str
        SHA-256 of the file.
    duration : float
        Seconds.
    sr, channels : int
        Sampling rate in Hz and number of channels.
    peak : float
        Largest amplitude; full scale is 1.
    """

    content: str
    file: str
    duration: float
    sr: int
    channels: int
    peak: float


def read_checked(path: Path, part: Part = FULL) -> tuple[Recording, NDArray[np.float32]]:
    """Decode a file, or a part of it, once, and check it.

    Returns
    -------
    recording : Recording
    y : (n_samples,) float32
        Mean of the channels.

    Raises
    ------
    TrackError
        When the file is empty, no audio, truncated, too short, silent or not finite.
    """
    if path.is_file() and path.stat().st_size == 0:
        raise _track_error(path, "a recording", "a file of zero bytes", "copy it again from its source")
    with _open(path) as sound:
        peak, n_samples, mono = 0.0, 0, []
        for block in _blocks(sound, path, part):
            n_samples += len(block)
            peak = max(peak, float(np.abs(block).max(initial=0.0)))  # NaN stays NaN in both directions
            _check_finite(path, block)
            mono.append(block.mean(axis=1, dtype=np.float32))
        if part == FULL:
            _check_complete(path, sound, n_samples)
        _check_part(path, part, n_samples / sound.samplerate)
        sha256, sr = content_hash(path), sound.samplerate
        recording = Recording(part.content_hash(sha256), sha256, n_samples / sr, sr, sound.channels, peak)
    _check_audible(path, recording, n_samples)
    return recording, np.concatenate(mono)


def read_mono(path: Path, part: Part = FULL) -> tuple[NDArray[np.float32], int]:
    """A recording as (n_samples,) float32, the mean of its channels, and its sampling rate in Hz."""
    blocks, sr = stream_mono(path, part)
    return np.concatenate([np.zeros(0, dtype=np.float32), *blocks]), sr


def stream_mono(path: Path, part: Part = FULL) -> tuple[Iterator[NDArray[np.float32]], int]:
    """A recording as consecutive mono blocks of 10 s, and its sampling rate in Hz."""
    sound = _open(path)

    def blocks() -> Iterator[NDArray[np.float32]]:
        with sound:
            for block in _blocks(sound, path, part):
                yield block.mean(axis=1, dtype=np.float32)

    return blocks(), sound.samplerate


def stream_checked(path: Path, warn: Callable[[str], None]) -> tuple[Iterator[NDArray[np.float32]], int]:
    """As `stream_mono` of a full recording; after the last block `warn` is called with each thing that may be wrong.

    A warning is one sentence: the file is truncated, silent or empty, or its channels cancel each other.

    Raises
    ------
    TrackError
        When the file is no audio, or its samples are not finite.
    """
    sound = _open(path)

    def blocks() -> Iterator[NDArray[np.float32]]:
        n_samples, loudest, audible = 0, 0.0, 0.0
        with sound:
            for block in _blocks(sound, path, FULL):
                _check_finite(path, block)
                mono = block.mean(axis=1, dtype=np.float32)
                n_samples += len(block)
                loudest, audible = max(loudest, float(np.abs(block).max())), max(audible, float(np.abs(mono).max()))
                yield mono
            for warning in _warnings(path, sound, n_samples, loudest, audible):
                warn(warning)

    return blocks(), sound.samplerate


def duration(path: Path) -> float:
    """Seconds of a recording by its header; 0 where the header does not give them."""
    with _open(path) as sound:
        return sound.frames / sound.samplerate if sound.frames < 2**62 else 0.0


def write_wav(path: Path, y: NDArray[np.float32], sr: int) -> None:
    """Write `y`, (n_samples,) or (n_samples, n_channels), as a 16-bit WAV file, clipped to ±1."""
    import soundfile

    with draft_of(path) as draft:
        soundfile.write(draft, np.clip(y, -1.0, 1.0), sr, format="WAV", subtype="PCM_16")


def encode_flac(y: NDArray[np.float32], sr: int) -> NDArray[np.uint8]:
    """`y`, (n_samples,), as the (1, n_bytes) bytes of a 16-bit FLAC file, clipped to ±1; see `decode_flac`."""
    import soundfile

    file = io.BytesIO()
    soundfile.write(file, np.clip(y, -1.0, 1.0), sr, format="FLAC", subtype="PCM_16")
    return np.frombuffer(file.getvalue(), dtype=np.uint8)[None]


def decode_flac(rows: NDArray[np.uint8]) -> tuple[NDArray[np.float32], int]:
    """The (n_samples,) float32 samples and the sampling rate in Hz of the bytes that `encode_flac` returned."""
    import soundfile

    y, sr = soundfile.read(io.BytesIO(rows.tobytes()), dtype="float32")
    return y, sr


def _open(path: Path) -> Any:
    import soundfile

    if not path.is_file():
        raise _track_error(path, "a recording", "no such file", "check the path")
    try:
        return soundfile.SoundFile(os.fsencode(path) if os.name == "posix" else path)
    except soundfile.LibsndfileError as error:
        remedy = "give a file that libsndfile reads (WAV, FLAC, OGG, MP3, AIFF, …), or convert it"
        raise _track_error(path, "an audio file", _message(error), remedy) from error


def _blocks(sound: Any, path: Path, part: Part) -> Iterator[NDArray[np.float32]]:
    import soundfile

    left = (
        float("inf") if part.end is None else round(part.end * sound.samplerate) - round(part.start * sound.samplerate)
    )
    try:
        if part.start:
            sound.seek(min(round(part.start * sound.samplerate), sound.frames))
        while left > 0:
            block = sound.read(int(min(BLOCK_SECONDS * sound.samplerate, left)), dtype="float32", always_2d=True)
            if not len(block):
                return
            left -= len(block)
            yield block
    except soundfile.LibsndfileError as error:
        raise _track_error(path, "a file that decodes", _message(error), "copy it again from its source") from error


def _warnings(path: Path, sound: Any, n_samples: int, loudest: float, audible: float) -> Iterator[str]:
    """What may be wrong with a recording, once it is decoded to its end."""
    try:
        _check_complete(path, sound, n_samples)
    except TrackError as error:
        yield str(error)
    if loudest < SILENCE:
        yield f"{nfc_name(str(path))} is silent" if n_samples else f"{nfc_name(str(path))} holds no samples"
    elif audible < SILENCE:
        yield f"the channels of {nfc_name(str(path))} cancel each other: export one of them"


def _check_finite(path: Path, block: NDArray[np.float32]) -> None:
    """Raise where samples are NaN or infinite."""
    if not np.isfinite(block).all():
        raise _track_error(path, "finite samples", "NaN or infinite samples", "export the recording again")


def _check_part(path: Path, part: Part, seconds: float) -> None:
    """Raise where a part ends after the recording does."""
    if part.end is not None and seconds < part.end - part.start - SHORTEST:
        received = f"a recording that ends at {part.start + seconds:.2f} s"
        raise _track_error(path, f"a recording until {part.end:.2f} s", received, "correct the end of the part")


def _check_audible(path: Path, recording: Recording, n_samples: int) -> None:
    """Raise where a recording is too short or silent."""
    if recording.duration < SHORTEST:
        received = f"{n_samples} sample{'s' * (n_samples != 1)} ({recording.duration:.3f} s)"
        raise _track_error(path, f"at least {SHORTEST} s of audio", received, "remove it from the dataset")
    if recording.peak < SILENCE:
        raise _track_error(
            path, "an audible recording", f"silence (peak {recording.peak:.1e})", "check how it was exported"
        )


def _check_complete(path: Path, sound: Any, n_samples: int) -> None:
    """Raise where the header names more samples than the file holds, or an Ogg stream lacks its last page."""
    declared = sound.frames if sound.frames < 2**62 else n_samples
    sizes = ((int(size), int(found)) for size, found in _SIZES.findall(sound.extra_info))
    shortened = any(found < size < UNKNOWN_SIZE for size, found in sizes)
    if n_samples < declared or shortened or (sound.format == "OGG" and not _has_last_page(path)):
        received = f"a truncated file ({n_samples} samples decode)"
        raise _track_error(path, "a complete recording", received, "copy it again from its source")


def _has_last_page(path: Path) -> bool:
    """Whether the last page of an Ogg file is complete and has the end-of-stream flag (RFC 3533)."""
    with open(path, "rb") as file:
        file.seek(max(0, path.stat().st_size - 2**17))
        tail = file.read()
    page = tail[tail.rfind(b"OggS") :]
    if len(page) < 27 or len(page) < 27 + page[26]:
        return False
    segments = page[27 : 27 + page[26]]
    return bool(page[5] & 4) and len(page) >= 27 + page[26] + sum(segments)


def _message(error: Any) -> str:
    return error.error_string.removeprefix("Error : ").rstrip(".")


def _track_error(path: Path, expected: str, received: str, remedy: str) -> TrackError:
    return TrackError(expected, received=f"{received} in {nfc_name(path.name)}", remedy=remedy)
