"""Containers and codecs: one piano recording in each, transcribed, and its note onset F1 beside the WAV file's."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from experiments.odd_files import encoders, music, transcriptions
from experiments.odd_files.case import Skipped
from experiments.odd_files.sounds import received
from experiments.tables import markdown_table
from mir_models.errors import TrackError
from mir_models.notes.annotations import Notes
from mir_models.resampling import resample
from storage.media import audio
from storage.media.decoding import open_recording

TOLERANCE = 0.02
"""Difference of F1 that a container may make."""
COMPARED, LOW_SR = 30.0, 8000
"""Seconds and sampling rate by which a lag is measured."""
DECODERS = {"SoundFileDecoder": "libsndfile", "FFmpegDecoder": "ffmpeg"}


@dataclass(frozen=True)
class Format:
    """A file of the recording.

    Attributes
    ----------
    container, codec : str
    name : str
        Of the file.
    program : str
        What writes it: ffmpeg, sox, or one that takes its options, source and file in this order.
    options : str
        Of the program.
    remark : str
        Why its score is another one; empty for most.
    """

    container: str
    codec: str
    name: str
    program: str = "ffmpeg"
    options: str = ""
    remark: str = ""

    def write(self, source: Path) -> Path:
        """Encode a WAV file; raises `Skipped` where the program or its encoder is missing."""
        out, options = source.with_name(self.name), shlex.split(self.options)
        if self.program == "ffmpeg":
            return encoders.ffmpeg(source, out, *options)
        if self.program == "sox":
            return encoders.sox(source, out, *options)
        return encoders.run([self.program, *options, str(source), str(out)], out)


@dataclass(frozen=True)
class Reading:
    """What was read of a file.

    Attributes
    ----------
    decoder : str
        Which one read it, or why none did.
    seconds : float
        0 where none did.
    lag : float
        Seconds by which its sound is later than that of the source.
    f1, moved_f1 : float
        Note onset F1, and that of the notes moved back by the lag.
    warnings : tuple of str
    """

    decoder: str
    seconds: float = 0.0
    lag: float = 0.0
    f1: float = 0.0
    moved_f1: float = 0.0
    warnings: tuple[str, ...] = ()


Transcribe = Callable[[Path], tuple[Notes, tuple[str, ...]]]
"""The notes of a file, and the warnings."""


def readings(
    formats: tuple[Format, ...], ref: Notes, y: music.Stereo, folder: Path, transcribe: Transcribe
) -> Iterator[tuple[Format, Reading | Skipped]]:
    """Every format of a recording in a folder, one after the other."""
    source = transcriptions.write(folder, y, "source.wav")
    for each in formats:
        try:
            path = each.write(source)
        except Skipped as reason:
            yield each, reason
            continue
        yield each, _read(path, ref, y.mean(axis=1), transcribe)
        path.unlink()


def table(rows: list[tuple[Format, Reading | Skipped]], seconds: float, wav: float) -> str:
    """Markdown: a row per format, and how far its F1 is from `wav`, that of the WAV file of 16 bit."""
    heads = ["container", "codec", "written by", "read by", "seconds", "ms late", "F1", "to WAV", "F1, moved back", ""]
    return markdown_table(heads, [_line(each, reading, seconds, wav) for each, reading in rows])


def summary(rows: list[tuple[Format, Reading | Skipped]], wav: float) -> str:
    """How many formats are as good as the WAV file."""
    tried = [(each, reading) for each, reading in rows if isinstance(reading, Reading)]
    near = [each for each, reading in tried if abs(reading.f1 - wav) <= TOLERANCE]
    return f"{len(near)} of {len(tried)} formats within {TOLERANCE} of the WAV file's F1, {wav:.3f}."


def lag_of(found: NDArray[np.float32], sr: int, y: NDArray[np.float32]) -> float:
    """Seconds by which a recording at `sr` is later than `y` at `music.SR`, by the peak of their correlation."""
    n, low = round(COMPARED * LOW_SR), (resample(found, sr, LOW_SR), resample(y, music.SR, LOW_SR))
    a, b = (np.fft.rfft(each[:n], 2 * n) for each in low)
    correlation = np.fft.irfft(a * np.conj(b))
    peak = int(np.argmax(correlation))
    return (peak if peak < n else peak - 2 * n) / LOW_SR


def _read(path: Path, ref: Notes, y: NDArray[np.float32], transcribe: Transcribe) -> Reading:
    try:
        decoder = open_recording(path)
        decoder.close()
        found, sr = audio.read_mono(path)
        notes, warnings = transcribe(path)
    except TrackError as error:
        return Reading(f"refused: {error.received}")
    name = DECODERS.get(type(decoder).__name__, type(decoder).__name__)
    lag = lag_of(found, sr, y)
    scores = music.onset_f1(ref, notes), music.onset_f1(ref, notes.shifted(-lag))
    return Reading(name, len(found) / sr, lag, *scores, warnings)


def _line(each: Format, reading: Reading | Skipped, seconds: float, wav: float) -> list[str]:
    head = [each.container, each.codec, f"{each.program} {each.options}".strip()]
    if isinstance(reading, Skipped):
        return [*head, f"skipped: {reading}", *[""] * 6]
    if not reading.seconds:
        return [*head, reading.decoder, *[""] * 6]
    far = abs(reading.f1 - wav) > TOLERANCE
    remarks = [each.remark or "**?**"] * far + [received(each) for each in reading.warnings]
    lengths = f"{reading.seconds:.2f} of {seconds:.2f}"
    late = f"{1000 * reading.lag:+.0f}" if reading.seconds > seconds / 2 else ""
    scores = [f"{reading.f1:.3f}", f"{reading.f1 - wav:+.3f}", f"{reading.moved_f1:.3f}"]
    return [*head, reading.decoder, lengths, late, *scores, "; ".join(remarks)]
