"""Recordings: mono in blocks of 10 s, checked for damage and silence; writing of WAV and FLAC.

Files are decoded by `storage.media.decoding`, and their channels mixed by `mir_models.downmix`.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from mir_models.downmix import ChannelCovariance, Mix, mean_mix
from mir_models.errors import TrackError
from storage.corpora.files import nfc_name
from storage.fingerprints import content_hash
from storage.media.checks import SHORTEST, Levels, check_complete, check_finite, check_length, faults
from storage.media.decoding import Decoder, duration, open_recording, track_error
from storage.media.unreadable import UnreadableError
from storage.objects.atomic import draft_of

__all__ = [
    "FULL", "Part", "Recording", "decode_flac", "duration", "encode_flac", "process_checked", "read_checked",
    "read_mono", "write_wav",
]  # fmt: skip

BLOCK_SECONDS = 10
LARGEST_ALLOCATION = 2**28
"""Samples up to which the number in a header is relied on, 1.7 h at 44.1 kHz; more are made room for as they come."""
MAX_EARLIER = 0.5
"""Seconds by which a recording may end before a part does."""

Result = TypeVar("Result")


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
        SHA-256 of the file, or of that and the part, and of the mix where it is not the mean.
    file : str
        SHA-256 of the file.
    duration : float
        Seconds.
    sr, channels : int
        Sampling rate in Hz and number of channels.
    peak : float
        Largest amplitude; full scale is 1.
    mix : str
        How the channels were mixed, see `mir_models.downmix.Mix`.
    """

    content: str
    file: str
    duration: float
    sr: int
    channels: int
    peak: float
    mix: str = "mean"


def read_checked(path: Path, part: Part = FULL) -> tuple[Recording, NDArray[np.float32]]:
    """Decode a file, or a part of it, and check it.

    Returns
    -------
    recording : Recording
    y : (n_samples,) float32
        Mix of the channels: their mean unless they cancel each other in it.

    Raises
    ------
    TrackError
        When the file is no audio, empty, truncated, too short, silent, not finite or out of scale, or ends before
        the part does.
    """
    levels = Levels()
    with closing(open_recording(path)) as decoder:
        sr, channels, covariance = decoder.sr, decoder.channels, ChannelCovariance(decoder.sr)
        y = _joined(_means(decoder, path, part, covariance, levels), decoder.n_samples)
        _check_part(path, part, levels.n_samples / sr)
        if part == FULL:
            check_complete(path, decoder.damage(levels.n_samples))
        check_length(path, levels.n_samples, sr)
        for fault in faults(path, levels):
            raise fault
        reading = decoder.reading
    mix, sha256 = covariance.mix(channels), content_hash(path)
    content = _content(part.content_hash(sha256), mix, reading)
    recording = Recording(content, sha256, levels.n_samples / sr, sr, channels, levels.peak, mix.name)
    return recording, y if mix.is_mean else _remixed(path, part, mix)


def read_mono(path: Path, part: Part = FULL) -> tuple[NDArray[np.float32], int]:
    """A recording as (n_samples,) float32, mixed as by `read_checked`, and its sampling rate in Hz."""
    with closing(open_recording(path)) as decoder:
        sr, channels, covariance = decoder.sr, decoder.channels, ChannelCovariance(decoder.sr)
        y = _joined(_means(decoder, path, part, covariance), decoder.n_samples)
    mix = covariance.mix(channels)
    return y if mix.is_mean else _remixed(path, part, mix), sr


def process_checked(
    path: Path, process: Callable[[Iterator[NDArray[np.float32]], int], Result], warn: Callable[[str], None]
) -> Result:
    """What `process` makes of the consecutive mono blocks of 10 s of a recording, mixed as by `read_checked`.

    Whether channels cancel each other in their mean is known at the end: of a recording where they do, `process` is
    called a second time, with another mix, and its first result is dropped.

    Parameters
    ----------
    path : Path
    process : callable (blocks, sr) -> result
        Takes all blocks, each (n_samples,) float32 at `sr` Hz.
    warn : callable (str)
        Called afterwards with each thing that may be wrong, as a sentence: the file is truncated, silent or out of
        scale, or its channels were not mixed by the mean.

    Raises
    ------
    TrackError
        When the file is no audio or has no samples, or these are not finite.
    """
    levels = Levels()
    with closing(open_recording(path)) as decoder:
        covariance = ChannelCovariance(decoder.sr)
        result = process(_with_samples(_means(decoder, path, FULL, covariance, levels), path), decoder.sr)
        _warn_of_faults(path, decoder, levels, warn)
        mix = covariance.mix(decoder.channels)
    if mix.is_mean:
        return result
    warn(f"the channels of {nfc_name(path.name)} cancel each other in their mean: {mix.name} is used")
    with closing(open_recording(path)) as decoder:
        return process(map(mix.apply, _blocks(decoder, path, FULL)), decoder.sr)


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


def _means(
    decoder: Decoder, path: Path, part: Part, covariance: ChannelCovariance, levels: Levels | None = None
) -> Iterator[NDArray[np.float32]]:
    """Blocks of the mean of the channels, whose samples `covariance` and `levels` take; refuses what is not finite."""
    mean = mean_mix(decoder.channels)
    for block in _blocks(decoder, path, part):
        if levels is not None:
            levels.push(block)
            check_finite(path, levels)
        if decoder.channels > 1:
            covariance.push(block)
        yield mean.apply(block)


def _joined(blocks: Iterable[NDArray[np.float32]], n_expected: int) -> NDArray[np.float32]:
    """Blocks in one array, which is allocated once where there are no more samples than expected."""
    y, n = np.empty(min(n_expected, LARGEST_ALLOCATION), dtype=np.float32), 0
    for block in blocks:
        if n + len(block) > len(y):
            y = np.concatenate([y[:n], np.empty(max(n, len(block)), dtype=np.float32)])
        y[n : n + len(block)] = block
        n += len(block)
    return y[:n]


def _remixed(path: Path, part: Part, mix: Mix) -> NDArray[np.float32]:
    """The samples of a recording, decoded once more to be mixed otherwise than by the mean."""
    with closing(open_recording(path)) as decoder:
        return _joined(map(mix.apply, _blocks(decoder, path, part)), decoder.n_samples)


def _with_samples(blocks: Iterable[NDArray[np.float32]], path: Path) -> Iterator[NDArray[np.float32]]:
    """The blocks of a recording; raises where there is none."""
    is_empty = True
    for block in blocks:
        is_empty = False
        yield block
    if is_empty:
        raise track_error(path, "a recording", "no samples", "copy it again from its source")


def _warn_of_faults(path: Path, decoder: Decoder, levels: Levels, warn: Callable[[str], None]) -> None:
    """Warn of what `read_checked` refuses of a file that was decoded to its end, but for its length."""
    try:
        check_complete(path, decoder.damage(levels.n_samples))
    except TrackError as error:
        warn(str(error))
    for fault in faults(path, levels):
        warn(str(fault))


def _blocks(decoder: Decoder, path: Path, part: Part) -> Iterator[NDArray[np.float32]]:
    """The samples of a part, (n_samples, n_channels), in blocks of `BLOCK_SECONDS`."""
    first = round(part.start * decoder.sr)
    left = float("inf") if part.end is None else round(part.end * decoder.sr) - first
    try:
        if first and (reached := decoder.seek(first)) < first:
            raise _begins_behind(path, part, reached / decoder.sr)
        while left > 0 and len(block := decoder.read(int(min(BLOCK_SECONDS * decoder.sr, left)))):
            left -= len(block)
            yield block
    except UnreadableError as error:
        raise track_error(path, "a file that decodes", str(error), "copy it again from its source") from error


def _check_part(path: Path, part: Part, seconds: float) -> None:
    """Raise where a recording ends before a part has begun, or ends."""
    ends_early = part.end is None or seconds < part.end - part.start
    if part.start and seconds < SHORTEST and ends_early:
        raise _begins_behind(path, part, part.start + seconds)
    if part.end is not None and seconds < part.end - part.start - MAX_EARLIER:
        received = f"the file ends at {part.start + seconds:.2f} s"
        raise track_error(path, f"a recording until {part.end:.2f} s", received, "correct the end of the part")


def _begins_behind(path: Path, part: Part, end: float) -> TrackError:
    """A part that begins where its file ends, or behind that."""
    received = f"the file ends at {end:.2f} s"
    return track_error(path, f"a part from {part.start:.2f} s", received, "correct the start of the part")


def _content(sha256: str, mix: Mix, reading: str) -> str:
    """SHA-256 of the samples' source: the file or part, and what else decides on them where it is not the usual."""
    unusual = [*([reading] if reading else []), *([] if mix.is_mean else [mix.name])]
    return hashlib.sha256(" ".join([sha256, *unusual]).encode()).hexdigest() if unusual else sha256
