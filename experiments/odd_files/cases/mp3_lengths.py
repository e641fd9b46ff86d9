"""Lengths of MP3 files: estimated without a tag, or named by one."""

from __future__ import annotations

import struct
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np

from experiments.odd_files import encoders, music, sounds, wav_bytes
from experiments.odd_files.case import Case

KIND = "length of an MP3 file"
CBR, VBR = ("-b:a", "128k"), ("-q:a", "2")
NO_TAG = ("-write_xing", "0", "-id3v2_version", "0")
UNEVEN = 10 + 20 + 11
"""Seconds of noise, silence and music."""
Edit = Callable[[bytes], bytes]


def _mp3(folder: Path, *options: str) -> Path:
    return encoders.ffmpeg(sounds.write_wav(folder), folder / "x.mp3", *options)


def _edited(folder: Path, edit: Edit, *options: str) -> Path:
    path = _mp3(folder, *options)
    path.write_bytes(edit(path.read_bytes()))
    return path


def _uneven(folder: Path) -> Path:
    """Noise, silence and music: a variable bit rate, by whose beginning the length cannot be estimated."""
    noise = 0.3 * np.random.default_rng(0).standard_normal((10 * music.SR, 2))
    y = np.concatenate([noise, np.zeros((20 * music.SR, 2)), sounds.stereo()[: 11 * music.SR]])
    source = folder / "x.wav"
    source.write_bytes(wav_bytes.wav(np.clip(y, -1, 1).astype(np.float32), music.SR))
    return encoders.ffmpeg(source, folder / "x.mp3", *VBR, *NO_TAG)


def _is_uneven_whole(sound: sounds.Sound) -> bool:
    lengths = (sound.seconds, sound.duration)
    return not (sound.error or sound.refused or sound.warnings) and all(abs(each - UNEVEN) < 0.4 for each in lengths)


def _counted(data: bytes, frames: Callable[[int], int]) -> bytes:
    """With another number of frames in the tag."""
    at = max(data.find(b"Xing"), data.find(b"Info")) + 8
    (count,) = struct.unpack(">I", data[at : at + 4])
    return data[:at] + struct.pack(">I", frames(count)) + data[at + 4 :]


def _other(folder: Path, *options: str) -> bytes:
    return encoders.ffmpeg(folder / "x.wav", folder / "other.mp3", *NO_TAG, *options).read_bytes()


def _joined(folder: Path, *options: str) -> Path:
    """A stereo file at 44.1 kHz, and behind it another one."""
    path = _mp3(folder, *CBR, *NO_TAG)
    path.write_bytes(path.read_bytes() + _other(folder, *CBR, *options))
    return path


def _half(data: bytes) -> bytes:
    return data[: len(data) // 2]


def _hole(data: bytes) -> bytes:
    return data[: len(data) // 2] + bytes(8000) + data[len(data) // 2 + 8000 :]


def _has_most(sound: sounds.Sound) -> bool:
    """Whether all but half a second is read, and the damage is noticed."""
    return sound.seconds > sounds.SECONDS - 1 and bool(sound.warnings and sound.refused)


def _tag_inside(data: bytes) -> bytes:
    return data[: len(data) // 2] + b"ID3\x03\0\0\0\0\x02\0" + bytes(256) + data[len(data) // 2 :]


def _big_tag(data: bytes) -> bytes:
    """An ID3 tag of 3 MB, as of a cover."""
    size = 3_000_000
    groups = bytes(size >> shift & 0x7F for shift in (21, 14, 7, 0))
    return b"ID3\x03\0\0" + groups + bytes(size) + data


def _case(input: str, right: str, make: sounds.Make, check: sounds.Check, *, reported: bool = False) -> Case:
    return sounds.case(KIND, f"MP3: {input}", right, make, check, reported=reported)


def _changed(input: str, right: str, edit: Edit, check: sounds.Check, *options: str, reported: bool = False) -> Case:
    return _case(input, right, partial(_edited_with, edit=edit, options=options), check, reported=reported)


def _edited_with(folder: Path, edit: Edit, options: tuple[str, ...]) -> Path:
    return _edited(folder, edit, *options)


def _plain(input: str, *options: str, reported: bool = False) -> Case:
    return _changed(input, "12 s", bytes, sounds.is_whole, *options, reported=reported)


def _by_lame(folder: Path) -> Path:
    sounds.write_wav(folder)
    return encoders.piped("cat x.wav | lame --quiet -V2 - - | cat > l.mp3", folder / "l.mp3", "lame")


def _free_format(folder: Path) -> Path:
    return encoders.lame(sounds.write_wav(folder), folder / "free.mp3", "--freeformat", "-b", "160")


def _from_pipe(folder: Path) -> Path:
    sounds.write_wav(folder)
    return encoders.piped("cat x.wav | ffmpeg -v error -i - -q:a 2 -f mp3 - | cat > p.mp3", folder / "p.mp3", "ffmpeg")


_24 = sounds.is_whole_or_noticed(24.0)
_12 = sounds.is_whole_or_noticed(sounds.SECONDS)
CASES = (
    _case("VBR without a tag, 10 s noise, 20 s silence, 11 s music", "41 s", _uneven, _is_uneven_whole, reported=True),
    _plain("CBR without a tag", *CBR, *NO_TAG, reported=True),
    _plain("VBR without a tag", *VBR, *NO_TAG),
    _case("from a pipe of ffmpeg", "12 s", _from_pipe, sounds.is_whole, reported=True),
    _case("from a pipe of lame", "12 s", _by_lame, sounds.is_whole),
    _case("of free format", "12 s", _free_format, sounds.is_whole),
    _changed("cut, with a tag", "noticed", _half, sounds.is_noticed, *VBR, reported=True),
    _changed("cut, CBR without a tag", "noticed", _half, sounds.is_noticed, *CBR, *NO_TAG, reported=True),
    _changed("cut, VBR without a tag", "noticed", _half, sounds.is_noticed, *VBR, *NO_TAG, reported=True),
    _changed("tag names half the frames", "12 s, or noticed", partial(_counted, frames=lambda n: n // 2), _12, *VBR),
    _changed("tag names one frame more", "12 s", partial(_counted, frames=lambda n: n + 1), sounds.has_all, *VBR),
    _changed(
        "tag names twice the frames", "noticed", partial(_counted, frames=lambda n: 2 * n), sounds.is_noticed, *VBR
    ),
    _changed("tag names 0 frames", "12 s", partial(_counted, frames=lambda n: 0), sounds.is_whole, *VBR),
    _changed("two with tags, one behind the other", "24 s, or noticed", lambda data: data + data, _24, *VBR),
    _case("two without, one behind the other", "24 s, or noticed", _joined, _24),
    _case("stereo, and mono behind it", "24 s, or noticed", lambda folder: _joined(folder, "-ac", "1"), _24),
    _case("44.1 kHz, and 48 kHz behind it", "24 s, or noticed", lambda folder: _joined(folder, "-ar", "48000"), _24),
    _changed("an ID3 tag between its frames", "12 s, or noticed", _tag_inside, _12, *CBR, *NO_TAG),
    _changed("8,000 zeros in its middle", "the rest is read, noticed", _hole, _has_most, *CBR, *NO_TAG),
    _changed("20,000 zeros at its end", "12 s", lambda data: data + bytes(20_000), sounds.has_all, *CBR, *NO_TAG),
    _changed("an ID3 tag of 3 MB", "12 s", _big_tag, sounds.is_whole, *CBR, *NO_TAG),
)
