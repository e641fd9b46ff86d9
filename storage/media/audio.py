"""Recordings on disk: decoding by libsndfile in blocks, what can be said of a file without listening, and WAV files."""

from __future__ import annotations

import hashlib
import io
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mir_models.errors import TrackError
from storage.corpora.files import readable
from storage.fingerprints import content_hash

BLOCK_SECONDS = 10
SILENCE = 1e-4
"""Peak amplitude (−80 dBFS) below which a recording counts as silent."""
SHORTEST = 0.5
"""Seconds below which a recording is too short to analyse."""
UNKNOWN_SIZE = 2**32 - 1
"""What a header says that was written before its data: nothing is promised."""
_SIZES = re.compile(r"^\s*(?:data|SSND|Data Size|riff|Riff size)\s*: (\d+) \(should be (\d+)\)", re.MULTILINE)
"""How libsndfile logs the size of the audio that a WAV, AIFF, AU, W64 or RF64 header gives, and what is there.

RIFF sizes of WAV files are not among them: programs that write healthy files get them wrong.
"""


@dataclass(frozen=True)
class Part:
    """The part of a recording from `start` to `end` seconds; ``end`` None: to its end."""

    start: float = 0.0
    end: float | None = None

    def content(self, file: str) -> str:
        """A hash of the part, given the SHA-256 of the file."""
        return file if self == WHOLE else hashlib.sha256(f"{file} {self.start!r} {self.end!r}".encode()).hexdigest()


WHOLE = Part()


@dataclass(frozen=True)
class Recording:
    """What a whole decoding tells of a file.

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

    def as_dict(self) -> dict[str, Any]:
        """The record as JSON values."""
        return asdict(self)


def inspect(path: Path, part: Part = WHOLE) -> tuple[Recording, NDArray[np.float32]]:
    """Decode a file, or a part of it, once; returns what there is to say of it, and its mono samples.

    Raises
    ------
    TrackError
        Where the file is empty, no audio, truncated, too short, silent or not finite.
    """
    if path.is_file() and path.stat().st_size == 0:
        raise _refused(path, "a recording", "a file of zero bytes", "copy it again from its source")
    with _opened(path) as sound:
        peak, n_samples, mono = 0.0, 0, []
        for block in _blocks(sound, path, part):
            n_samples += len(block)
            peak = max(peak, float(np.abs(block).max(initial=0.0)))  # NaN stays NaN in both directions
            _refuse_infinite(path, block)
            mono.append(block.mean(axis=1, dtype=np.float32))
        if part == WHOLE:
            _refuse_truncated(path, sound, n_samples)
        _refuse_beyond(path, part, n_samples / sound.samplerate)
        file, sr = content_hash(path), sound.samplerate
        recording = Recording(part.content(file), file, n_samples / sr, sr, sound.channels, peak)
    _refuse_unheard(path, recording, n_samples)
    return recording, np.concatenate(mono)


def read_mono(path: Path, part: Part = WHOLE) -> tuple[NDArray[np.float32], int]:
    """A recording as (n_samples,) float32, the mean of its channels, and its sampling rate in Hz."""
    blocks, sr = stream_mono(path, part)
    return np.concatenate([np.zeros(0, dtype=np.float32), *blocks]), sr


def stream_mono(path: Path, part: Part = WHOLE) -> tuple[Iterator[NDArray[np.float32]], int]:
    """A recording as consecutive mono blocks of 10 s, and its sampling rate in Hz."""
    sound = _opened(path)

    def blocks() -> Iterator[NDArray[np.float32]]:
        with sound:
            for block in _blocks(sound, path, part):
                yield block.mean(axis=1, dtype=np.float32)

    return blocks(), sound.samplerate


def stream_doubted(path: Path, doubt: Callable[[str], None]) -> tuple[Iterator[NDArray[np.float32]], int]:
    """As `stream_mono` of a whole recording; after its last block, `doubt` is told what may be wrong with it.

    Raises
    ------
    TrackError
        Where the file is no audio, or its samples are not finite.
    """
    sound = _opened(path)

    def blocks() -> Iterator[NDArray[np.float32]]:
        n_samples, loudest, audible = 0, 0.0, 0.0
        with sound:
            for block in _blocks(sound, path, WHOLE):
                _refuse_infinite(path, block)
                mono = block.mean(axis=1, dtype=np.float32)
                n_samples += len(block)
                loudest, audible = max(loudest, float(np.abs(block).max())), max(audible, float(np.abs(mono).max()))
                yield mono
            for doubted in _doubts(path, sound, n_samples, loudest, audible):
                doubt(doubted)

    return blocks(), sound.samplerate


def seconds(path: Path) -> float:
    """Length of a recording as its header gives it; 0 where it does not."""
    with _opened(path) as sound:
        return sound.frames / sound.samplerate if sound.frames < 2**62 else 0.0


def write(path: Path, y: NDArray[np.float32], sr: int) -> None:
    """Keep `y`, (n_samples,) or (n_samples, n_channels), as a WAV file of 16 bit; what is beyond ±1 is clipped."""
    import soundfile

    draft = path.with_name(f".{path.name}.{os.getpid()}")
    soundfile.write(draft, np.clip(y, -1.0, 1.0), sr, format="WAV", subtype="PCM_16")
    os.replace(draft, path)


def packed(y: NDArray[np.float32], sr: int) -> NDArray[np.uint8]:
    """`y`, (n_samples,), as (1, n_bytes): a FLAC file of 16 bit; what is beyond ±1 is clipped. `unpacked` reads it."""
    import soundfile

    file = io.BytesIO()
    soundfile.write(file, np.clip(y, -1.0, 1.0), sr, format="FLAC", subtype="PCM_16")
    return np.frombuffer(file.getvalue(), dtype=np.uint8)[None]


def unpacked(rows: NDArray[np.uint8]) -> tuple[NDArray[np.float32], int]:
    """(n_samples,) float32 and the sampling rate in Hz of what `packed` made."""
    import soundfile

    y, sr = soundfile.read(io.BytesIO(rows.tobytes()), dtype="float32")
    return y, sr


def _opened(path: Path) -> Any:
    import soundfile

    if not path.is_file():
        raise _refused(path, "a recording", "no such file", "check the path")
    try:
        return soundfile.SoundFile(os.fsencode(path) if os.name == "posix" else path)
    except soundfile.LibsndfileError as error:
        remedy = "give a file that libsndfile reads (WAV, FLAC, OGG, MP3, AIFF, …), or convert it"
        raise _refused(path, "an audio file", _said(error), remedy) from error


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
        raise _refused(path, "a file that decodes", _said(error), "copy it again from its source") from error


def _doubts(path: Path, sound: Any, n_samples: int, loudest: float, audible: float) -> Iterator[str]:
    """What may be wrong with a recording that was heard to its end."""
    try:
        _refuse_truncated(path, sound, n_samples)
    except TrackError as error:
        yield str(error)
    if loudest < SILENCE:
        yield f"{readable(str(path))} is silent" if n_samples else f"{readable(str(path))} holds no samples"
    elif audible < SILENCE:
        yield f"the channels of {readable(str(path))} cancel each other: export one of them"


def _refuse_infinite(path: Path, block: NDArray[np.float32]) -> None:
    """Refuse samples that are NaN or infinite."""
    if not np.isfinite(block).all():
        raise _refused(path, "finite samples", "NaN or infinite samples", "export the recording again")


def _refuse_beyond(path: Path, part: Part, seconds: float) -> None:
    """Refuse a part that ends after the recording does."""
    if part.end is not None and seconds < part.end - part.start - SHORTEST:
        received = f"a recording that ends at {part.start + seconds:.2f} s"
        raise _refused(path, f"a recording until {part.end:.2f} s", received, "correct the end of the part")


def _refuse_unheard(path: Path, recording: Recording, n_samples: int) -> None:
    """Refuse what is too short or silent."""
    if recording.duration < SHORTEST:
        received = f"{n_samples} sample{'s' * (n_samples != 1)} ({recording.duration:.3f} s)"
        raise _refused(path, f"at least {SHORTEST} s of audio", received, "remove it from the dataset")
    if recording.peak < SILENCE:
        raise _refused(
            path, "an audible recording", f"silence (peak {recording.peak:.1e})", "check how it was exported"
        )


def _refuse_truncated(path: Path, sound: Any, n_samples: int) -> None:
    """Refuse a header that promises more than the file holds, or an Ogg stream without its last page."""
    promised = sound.frames if sound.frames < 2**62 else n_samples
    sizes = ((int(size), int(there)) for size, there in _SIZES.findall(sound.extra_info))
    shortened = any(there < size < UNKNOWN_SIZE for size, there in sizes)
    if n_samples < promised or shortened or (sound.format == "OGG" and not _ends_its_stream(path)):
        received = f"a truncated file ({n_samples} samples decode)"
        raise _refused(path, "a complete recording", received, "copy it again from its source")


def _ends_its_stream(path: Path) -> bool:
    """Whether the last page of an Ogg file is there in full and carries the end-of-stream flag (RFC 3533)."""
    with open(path, "rb") as file:
        file.seek(max(0, path.stat().st_size - 2**17))
        tail = file.read()
    page = tail[tail.rfind(b"OggS") :]
    if len(page) < 27 or len(page) < 27 + page[26]:
        return False
    segments = page[27 : 27 + page[26]]
    return bool(page[5] & 4) and len(page) >= 27 + page[26] + sum(segments)


def _said(error: Any) -> str:
    return error.error_string.removeprefix("Error : ").rstrip(".")


def _refused(path: Path, expected: str, received: str, remedy: str) -> TrackError:
    return TrackError(expected, received=f"{received} in {readable(path.name)}", remedy=remedy)
