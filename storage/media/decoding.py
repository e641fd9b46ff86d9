"""Decoding of recordings: by libsndfile, with the lengths in headers checked and mended, or by ffmpeg.

A recording goes to libsndfile, and to ffmpeg where that does not read it and ffmpeg is installed. Which one it is, is
decided by the bytes of the file; of its extension only that of MP3 counts, whose files may begin with anything.
"""

from __future__ import annotations

import mmap
from contextlib import closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from mir_models.errors import TrackError, UnsupportedError
from storage.corpora.files import nfc_name
from storage.media import ffmpeg
from storage.media.containers import flac, mpeg, ogg, pcm
from storage.media.containers.layout import Layout
from storage.media.ffmpeg import FFmpegDecoder
from storage.media.libsndfile import SoundFileDecoder
from storage.media.unreadable import UnreadableError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

LOWEST_SR, HIGHEST_SR = 1000, 3_000_000
"""Sampling rates in Hz outside of which a header is taken to be damaged."""
CONTAINERS = {
    b"ftyp": "MP4", b"\x30\x26\xb2\x75": "Windows Media", b"\x1a\x45\xdf\xa3": "Matroska or WebM", b"#!AM": "AMR",
    b"MAC ": "Monkey's Audio", b"wvpk": "WavPack", b"TTA1": "True Audio", b"DSD ": "DSF", b"FRM8": "DSDIFF",
    b".RMF": "RealMedia", b"FLV\x01": "Flash Video", b"MPCK": "Musepack", b"MP+\x07": "Musepack",
}  # fmt: skip
"""Formats that libsndfile does not read, by four bytes at the beginning (of MP4: from the fifth on)."""


MPEG_SUFFIXES = (".mp1", ".mp2", ".mp3", ".mpga")


class Decoder(Protocol):
    """A recording that is decoded from its beginning, or from where `seek` moved to.

    Attributes
    ----------
    sr, channels : int
        Sampling rate in Hz and number of channels.
    n_samples : int
        Samples per channel by the header; 0 where it does not tell.
    reading : str
        How the file is read where that is not libsndfile's own way: ``"lengths mended"`` or ``"ffmpeg"``; else empty.
    """

    sr: int
    channels: int
    n_samples: int
    reading: str

    def seek(self, n: int) -> int:
        """Go on with sample `n`, or at the end where there are not so many; returns the sample reached."""

    def read(self, n: int) -> NDArray[np.float32]:
        """The next (n, n_channels) samples, or fewer at the end; UnreadableError where the file does not decode."""

    def damage(self, n_samples: int) -> str:
        """What is wrong with the file, of which `n_samples` were read to the end; empty where nothing."""

    def close(self) -> None:
        """Close the file."""


def open_recording(path: Path) -> Decoder:
    """Open a recording.

    Raises
    ------
    TrackError
        When there is no such file, it is empty or no audio; `UnsupportedError` where it needs ffmpeg, which is missing.
    """
    _check_file(path)
    try:
        decoder = _decoder(path)
    except OSError as error:
        remedy = "check that this user can read it on this machine"
        raise track_error(path, "a file that can be read", str(error.strerror or error), remedy) from error
    if not LOWEST_SR <= decoder.sr <= HIGHEST_SR:
        decoder.close()
        expected = f"a sampling rate from {LOWEST_SR} to {HIGHEST_SR} Hz"
        raise track_error(path, expected, f"{decoder.sr} Hz", "correct its header, or export it again")
    return decoder


def _check_file(path: Path) -> None:
    if not path.is_file():
        raise track_error(path, "a recording", "no such file", "check the path")
    if path.stat().st_size == 0:
        raise track_error(path, "a recording", "a file of zero bytes", "copy it again from its source")


def track_error(path: Path, expected: str, received: str, remedy: str) -> TrackError:
    """An error about a recording, which it names."""
    return TrackError(expected, received=f"{received} in {nfc_name(path.name)}", remedy=remedy)


def _decoder(path: Path) -> Decoder:
    """libsndfile where it reads the file, else ffmpeg."""
    container = _container(path)
    if container:
        return _ffmpeg_decoder(path, f"{container}, which libsndfile does not read")
    with open(path, "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        layout = _layout(path, data)
    if layout.unreadable:
        return _ffmpeg_decoder(path, layout.unreadable)
    try:
        return SoundFileDecoder(path, layout)
    except UnreadableError as error:
        return _ffmpeg_decoder(path, str(error), layout.damage)


def _layout(path: Path, data: mmap.mmap) -> Layout:
    """How the file has to be read; as it is where its container is not known."""
    found = (read(data) for read in (ogg.layout, flac.layout, pcm.layout))
    known = next((layout for layout in found if layout is not None), None)
    if known is None and (path.suffix.lower() in MPEG_SUFFIXES or _begins_like_mpeg(data)):
        known = mpeg.layout(data)
    if known is None and path.suffix.lower() in MPEG_SUFFIXES and not mpeg.holds_other(data):
        return Layout(unreadable="no MP3 frames")
    return known or Layout()


def _container(path: Path) -> str:
    """The name of a format of `CONTAINERS`; empty where the file is of none."""
    with open(path, "rb") as file:
        head = file.read(8)
    if len(head) > 1 and head[0] == 0xFF and head[1] & 0xF6 == 0xF0:
        return "AAC"
    return CONTAINERS.get(head[4:8] if head[4:8] == b"ftyp" else head[:4], "")


def _begins_like_mpeg(data: mmap.mmap) -> bool:
    """Whether a file may be MP3 by its first bytes."""
    return data[:3] == b"ID3" or data[0] == 0xFF


def _ffmpeg_decoder(path: Path, received: str, damage: str = "") -> Decoder:
    """ffmpeg for a file that libsndfile does not read, for the reason `received`."""
    if not ffmpeg.is_installed():
        remedy = "install ffmpeg, on every machine that decodes, or convert it (to WAV, FLAC, OGG, MP3, AIFF, …)"
        raise UnsupportedError("an audio file", received=f"{received} in {nfc_name(path.name)}", remedy=remedy)
    try:
        return FFmpegDecoder(path, damage)
    except UnreadableError as error:
        remedy = "give a file that libsndfile or ffmpeg reads, or convert it"
        raise track_error(path, "an audio file", f"{received} (ffmpeg: {error})", remedy) from error


def duration(path: Path) -> float:
    """Seconds of a recording by its header, an estimate where that does not tell; 0 where nothing does.

    Raises
    ------
    TrackError
        See `open_recording`.
    """
    _check_file(path)
    if not _container(path):
        with suppress(UnreadableError), closing(SoundFileDecoder(path, Layout())) as decoder:
            if decoder.n_samples:
                return decoder.n_samples / decoder.sr
    with closing(open_recording(path)) as decoder:
        known = decoder.n_samples / decoder.sr
    return known or (ffmpeg.duration(path) if ffmpeg.is_installed() else 0.0)
