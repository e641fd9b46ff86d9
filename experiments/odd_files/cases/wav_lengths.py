"""Lengths in the headers of WAV files and of their relatives."""

from __future__ import annotations

import struct
from collections.abc import Callable
from functools import partial
from pathlib import Path

from experiments.odd_files import encoders, music, sounds, wav_bytes
from experiments.odd_files.case import Case

KIND = "length in a header"
PLACEHOLDERS = (0x7FFFF000, 0, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFF - 36, 0x7FFFFFFF - 36)
"""Sizes by which programs that write into a pipe mean that they do not know."""
REPORTED = (0x7FFFF000, 0)
ANY = 2**64 - 1


def _sized(size: int) -> bytes:
    return wav_bytes.wav(sounds.stereo(), music.SR, size=size)


def _half() -> bytes:
    return _sized(len(wav_bytes.pcm(sounds.stereo())) // 2)


def _cut() -> bytes:
    content = wav_bytes.wav(sounds.stereo(), music.SR)
    return content[: len(content) // 2]


def _without_riff_size() -> bytes:
    return wav_bytes.wav(sounds.stereo(), music.SR, riff_size=0)


def _rf64(folder: Path, size: int) -> Path:
    """A file of RF64 in whose chunk ``ds64`` all sizes are `size`."""
    path = encoders.ffmpeg(sounds.write_wav(folder), folder / "rf64.wav", "-rf64", "always")
    data = bytearray(path.read_bytes())
    at = data.find(b"ds64") + 8
    data[at : at + 24] = struct.pack("<QQQ", size, size, size)
    path.write_bytes(bytes(data))
    return path


def _mp3_in_wav(folder: Path) -> Path:
    return encoders.ffmpeg(sounds.write_wav(folder), folder / "mp3.wav", "-c:a", "libmp3lame", "-b:a", "128k")


def _by_sox(folder: Path) -> Path:
    sounds.write_wav(folder)
    return encoders.piped("cat x.wav | sox -t wav - -t wav -e float -b 32 - | cat > f.wav", folder / "f.wav", "sox")


def _placeholder(size: int) -> Case:
    input = f"WAV from a pipe: data size 0x{size:x}, 12 s of samples behind it"
    make = sounds.content("pipe.wav", partial(_sized, size))
    return sounds.case(KIND, input, "12 s", make, sounds.is_whole, reported=size in REPORTED)


def _bytes(input: str, right: str, data: Callable[[], bytes], check: sounds.Check) -> Case:
    return sounds.case(KIND, f"WAV: {input}", right, sounds.content("x.wav", data), check)


_WHOLE_OR_NOTICED = sounds.is_whole_or_noticed(sounds.SECONDS)
CASES = (
    *map(_placeholder, PLACEHOLDERS),
    _bytes("cut in the middle", "noticed", _cut, sounds.is_noticed),
    _bytes("data size of half the samples", "12 s, or noticed", _half, _WHOLE_OR_NOTICED),
    _bytes("RIFF size 0", "12 s", _without_riff_size, sounds.is_whole),
    sounds.case(KIND, "WAV of floats through a pipe of sox", "12 s", _by_sox, sounds.is_whole),
    sounds.case(KIND, "MP3 in a WAV file", "12 s", _mp3_in_wav, sounds.is_whole),
    sounds.case(KIND, "RF64: sizes 0", "12 s", partial(_rf64, size=0), sounds.is_whole),
    sounds.case(KIND, "RF64: sizes 2^64 − 1", "12 s, or noticed", partial(_rf64, size=ANY), _WHOLE_OR_NOTICED),
)
