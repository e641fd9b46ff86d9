"""Samples and rates that are no music: beyond full scale, constant, not finite; impossible sampling rates."""

from __future__ import annotations

import io
from functools import partial

import numpy as np
import soundfile

from experiments.odd_files import music, sounds, wav_bytes
from experiments.odd_files.case import Case
from experiments.odd_files.checkout import Sound

KIND = "header or samples believed"


def _float(y: np.ndarray) -> bytes:
    file = io.BytesIO()
    soundfile.write(file, y, music.SR, format="WAV", subtype="FLOAT")
    return file.getvalue()


def _scaled(factor: float) -> bytes:
    return _float(sounds.stereo() * np.float32(factor))


def _with(value: float) -> bytes:
    """One sample in the middle of one channel has this value."""
    y = sounds.stereo().copy()
    y[len(y) // 2, 0] = value
    return _float(y)


def _constant() -> bytes:
    return _float(np.full_like(sounds.stereo(), 0.5))


def _at(sr: int) -> bytes:
    """A header of another sampling rate."""
    return wav_bytes.riff(wav_bytes.format_chunk(sr), wav_bytes.chunk(b"data", wav_bytes.pcm(sounds.stereo())))


def _aligned(align: int) -> bytes:
    """A header of another size of frames."""
    header = wav_bytes.format_chunk(music.SR, align=align)
    return wav_bytes.riff(header, wav_bytes.chunk(b"data", wav_bytes.pcm(sounds.stereo())))


def _odd_chunk() -> bytes:
    """A chunk of odd length without its padding byte."""
    odd = wav_bytes.chunk(b"LIST", b"INFOISFT\x03\0\0\0abc")
    return wav_bytes.riff(
        wav_bytes.format_chunk(music.SR), odd, wav_bytes.chunk(b"data", wav_bytes.pcm(sounds.stereo()))
    )


def is_warned(sound: Sound) -> bool:
    """Whether it is read with a warning, or refused in both paths."""
    return bool(sound.warnings) or sounds.is_noticed(sound)


def _case(input: str, right: str, data: partial[bytes], check: sounds.Check) -> Case:
    return sounds.case(KIND, input, right, sounds.content("x.wav", data), check)


CASES = (
    *(_case(f"WAV: {sr} Hz", "refused by that name", partial(_at, sr), sounds.is_refused("Hz")) for sr in (1, 11)),
    _case("WAV: 0 Hz", "refused", partial(_at, 0), sounds.is_noticed),
    *(
        _case(f"WAV: frames of {n} bytes, where they have 4", "12 s", partial(_aligned, n), sounds.is_whole)
        for n in (0, 2)
    ),
    _case(
        "WAV: a chunk of odd length, not padded",
        "12 s, or noticed",
        partial(_odd_chunk),
        sounds.is_whole_or_noticed(12),
    ),
    _case("float WAV: NaN in the middle", "refused by that name", partial(_with, np.nan), sounds.is_refused("NaN")),
    _case(
        "float WAV: infinite in the middle",
        "refused by that name",
        partial(_with, np.inf),
        sounds.is_refused("infinite"),
    ),
    _case("float WAV: one sample of 1e20", "warned or refused", partial(_with, 1e20), is_warned),
    _case("float WAV: in the scale of 16 bit, peak 16384", "warned or refused", partial(_scaled, 32768.0), is_warned),
    _case("float WAV: peak 2", "12 s", partial(_scaled, 4.0), lambda sound: not (sound.error or sound.refused)),
    _case("float WAV: constant 0.5", "silent", partial(_constant), sounds.is_refused("silen", "constant")),
)
