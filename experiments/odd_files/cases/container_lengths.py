"""Lengths in other containers: FLAC, Ogg, AU, AIFF, CAF, W64."""

from __future__ import annotations

import io
import struct
from collections.abc import Callable
from functools import lru_cache, partial
from pathlib import Path

import soundfile

from experiments.odd_files import encoders, music, sounds
from experiments.odd_files.case import Case, Skipped

KIND = "length in a container"
N = round(sounds.SECONDS * music.SR)
N_BYTES = 4 * N
Edit = Callable[[bytes], bytes]


@lru_cache(maxsize=16)
def encoded(format: str, subtype: str, seed: int = 0) -> bytes:
    """The recording of most cases in a format of libsndfile.

    Raises
    ------
    Skipped
        When this build of libsndfile does not write it.
    """
    file = io.BytesIO()
    try:
        soundfile.write(file, sounds.stereo(seed=seed), music.SR, format=format, subtype=subtype)
    except (soundfile.LibsndfileError, ValueError) as error:
        raise Skipped(f"libsndfile writes no {subtype}") from error
    return file.getvalue()


def _total(n: int) -> Callable[[], bytes]:
    """A FLAC file whose STREAMINFO names `n` samples."""

    def data() -> bytes:
        content = bytearray(encoded("FLAC", "PCM_16"))
        content[21] = content[21] & 0xF0 | n >> 32
        content[22:26] = struct.pack(">I", n & 0xFFFFFFFF)
        return bytes(content)

    return data


def _field(format: str, name: bytes, offset: int, value: bytes) -> Callable[[], bytes]:
    """A file with another value at `offset` bytes behind where its chunk `name` begins."""

    def data() -> bytes:
        content = encoded(format, "PCM_16")
        at = content.find(name) + offset
        return content[:at] + value + content[at + len(value) :]

    return data


def _ogg(edit: Edit) -> Callable[[], bytes]:
    return lambda: edit(encoded("OGG", "VORBIS"))


def _pages(content: bytes) -> list[bytes]:
    """The pages of an Ogg file (RFC 3533)."""
    found, at = [], 0
    while at < len(content):
        n_segments = content[at + 26]
        size = 27 + n_segments + sum(content[at + 27 : at + 27 + n_segments])
        found.append(content[at : at + size])
        at += size
    return found


def _lost_pages(content: bytes) -> bytes:
    pages = _pages(content)
    middle = len(pages) // 2
    return b"".join(pages[:middle] + pages[middle + 3 :])


def _half(content: bytes) -> bytes:
    return content[: len(content) // 2]


def _piped(line: str, name: str, program: str) -> sounds.Make:
    def make(folder: Path) -> Path:
        sounds.write_wav(folder)
        return encoders.piped(f"cat x.wav | {line} | cat > {name}", folder / name, program)

    return make


def _bytes(input: str, right: str, name: str, data: Callable[[], bytes], check: sounds.Check) -> Case:
    return sounds.case(KIND, input, right, sounds.content(name, data), check)


def _whole(input: str, name: str, data: Callable[[], bytes]) -> Case:
    return _bytes(input, "12 s", name, data, sounds.is_whole)


def _pipe(program: str, line: str, name: str) -> Case:
    return sounds.case(
        KIND, f"{name} through a pipe of {program}", "12 s", _piped(line, name, program), sounds.is_whole
    )


def _opus(edit: Edit) -> sounds.Make:
    def make(folder: Path) -> Path:
        path = encoders.ffmpeg(sounds.write_wav(folder), folder / "x.opus", "-c:a", "libopus", "-b:a", "96k")
        path.write_bytes(edit(path.read_bytes()))
        return path

    return make


_12, _24 = sounds.is_whole_or_noticed(sounds.SECONDS), sounds.is_whole_or_noticed(24.0)
_OGG = partial(encoded, "OGG", "VORBIS")
CASES = (
    _whole("FLAC: 0 samples in STREAMINFO", "x.flac", _total(0)),
    _bytes("FLAC: half the samples in STREAMINFO", "12 s, or noticed", "x.flac", _total(N // 2), _12),
    _bytes("FLAC: twice the samples in STREAMINFO", "noticed", "x.flac", _total(2 * N), sounds.is_noticed),
    _bytes("FLAC: two, one behind the other", "24 s, or noticed", "x.flac", lambda: encoded("FLAC", "PCM_16") * 2, _24),
    _bytes("FLAC: cut", "noticed", "x.flac", lambda: _half(encoded("FLAC", "PCM_16")), sounds.is_noticed),
    _bytes("Ogg Vorbis: two, one behind the other", "24 s, or noticed", "x.ogg", lambda: _OGG() + _OGG(seed=1), _24),
    sounds.case(KIND, "Ogg Opus: two, one behind the other", "24 s, or noticed", _opus(lambda x: x + x), _24),
    _bytes("Ogg Vorbis: three pages lost", "noticed", "x.ogg", _ogg(_lost_pages), sounds.is_noticed),
    sounds.case(KIND, "Ogg Opus: three pages lost", "noticed", _opus(_lost_pages), sounds.is_noticed),
    _bytes("Ogg Vorbis: cut", "noticed", "x.ogg", _ogg(_half), sounds.is_noticed),
    _whole("Ogg Vorbis: 5,000 zeros at its end", "x.ogg", _ogg(lambda x: x + bytes(5000))),
    _whole("AU: size 0xffffffff", "x.au", _field("AU", b".snd", 8, b"\xff" * 4)),
    _whole("AU: size 0x7fffffff", "x.au", _field("AU", b".snd", 8, b"\x7f" + b"\xff" * 3)),
    _whole("AU: size 0", "x.au", _field("AU", b".snd", 8, bytes(4))),
    _bytes(
        "AU: size of half the samples",
        "12 s, or noticed",
        "x.au",
        _field("AU", b".snd", 8, struct.pack(">I", N_BYTES // 2)),
        _12,
    ),
    _whole("AIFF: size 0x7ffff008", "x.aiff", _field("AIFF", b"SSND", 4, b"\x7f\xff\xf0\x08")),
    _whole("AIFF: size 8", "x.aiff", _field("AIFF", b"SSND", 4, struct.pack(">I", 8))),
    _whole("AIFF: numSampleFrames 0", "x.aiff", _field("AIFF", b"COMM", 10, bytes(4))),
    _bytes(
        "AIFF: size of half the samples",
        "12 s, or noticed",
        "x.aiff",
        _field("AIFF", b"SSND", 4, struct.pack(">I", 8 + N_BYTES // 2)),
        _12,
    ),
    _whole("CAF: size −1, unknown", "x.caf", _field("CAF", b"data", 4, b"\xff" * 8)),
    _bytes(
        "CAF: size of half the samples",
        "12 s, or noticed",
        "x.caf",
        _field("CAF", b"data", 4, struct.pack(">Q", N_BYTES // 2)),
        _12,
    ),
    _whole("W64: size 0", "x.w64", _field("W64", b"data\xf3", 16, bytes(8))),
    *(
        _pipe("ffmpeg", f"ffmpeg -v error -i - -f {format} -", f"x.{format}")
        for format in ("flac", "caf", "aiff", "au", "w64", "ogg")
    ),
    *(_pipe("sox", f"sox -t wav - -t {format} -", f"x.{format}") for format in ("aiff", "au", "w64")),
    sounds.case(
        KIND,
        "x.caf through a pipe of sox, which writes its header three times",
        "12 s, or noticed",
        _piped("sox -t wav - -t caf -", "x.caf", "sox"),
        _12,
    ),
)
