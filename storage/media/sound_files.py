"""FLAC files that a page plays: of recordings, whatever their format, and of streams of samples.

Every browser plays FLAC and finds a place in it exactly; it is encoded in a tenth of the time of Ogg Vorbis.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mir_models.errors import TrackError
from mir_models.resampling import resample_blocks
from storage.corpora.files import nfc_name
from storage.media import audio

HIGHEST_SR = 48_000
"""Sampling rate in Hz to which a faster one is converted."""


@dataclass(frozen=True)
class SoundFile:
    """A FLAC file: its path, its length in seconds, and its largest amplitude before it was clipped to 1."""

    path: Path
    seconds: float
    peak: float


def write_sound(path: Path, blocks: Iterable[NDArray[np.float32]], sr: int, *, gain: float = 1.0) -> SoundFile:
    """Write consecutive blocks of samples, mono at `sr` Hz, as a FLAC file of 16 bits.

    Parameters
    ----------
    path : Path
    blocks : iterable of (n_samples,) float32
    sr : int
        At most `HIGHEST_SR`.
    gain : float
        Factor of all samples, which are clipped to 1.
    """
    import soundfile

    n_samples, peak = 0, 0.0
    with soundfile.SoundFile(path, "w", sr, 1, "PCM_16", format="FLAC") as sound:
        for block in blocks:
            n_samples, peak = n_samples + len(block), max(peak, float(np.abs(block).max(initial=0.0)))
            sound.write(np.clip(gain * block, -1.0, 1.0))
    return SoundFile(path, n_samples / sr, peak)


def write_playable(recording: Path, path: Path, *, most_seconds: float = np.inf) -> SoundFile:
    """Write a recording as a FLAC file, mono as it is analysed.

    Raises
    ------
    TrackError
        When it cannot be decoded, or lasts longer than `most_seconds`, whatever its header promises.
    """

    def process(blocks: Iterator[NDArray[np.float32]], sr: int) -> SoundFile:
        limited = _at_most(blocks, sr, most_seconds, recording)
        target_sr = min(sr, HIGHEST_SR)
        return write_sound(path, resample_blocks(limited, sr, target_sr), target_sr)

    return audio.process_checked(recording, process, lambda _: None)


def check_duration(recording: Path, most_seconds: float) -> None:
    """Raise TrackError where a recording cannot be opened, or its header promises more than `most_seconds`."""
    if (seconds := audio.duration(recording)) > most_seconds:
        raise _too_long(recording, seconds, most_seconds)


def _at_most(
    blocks: Iterable[NDArray[np.float32]], sr: int, most_seconds: float, recording: Path
) -> Iterator[NDArray[np.float32]]:
    n_samples = 0
    for block in blocks:
        n_samples += len(block)
        if n_samples > most_seconds * sr:
            raise _too_long(recording, n_samples / sr, most_seconds)
        yield block


def _too_long(recording: Path, seconds: float, most_seconds: float) -> TrackError:
    received = f"{seconds:,.0f} s in {nfc_name(recording.name)}"
    remedy = "give a part of it, or use mirliton transcribe, which has no limit"
    return TrackError(f"a recording of at most {most_seconds:,.0f} s", received=received, remedy=remedy)
