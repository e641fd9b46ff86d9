"""Mixes of channels: what is checked has to be what is processed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from experiments.odd_files import music, sounds, wav_bytes
from experiments.odd_files.case import Case
from experiments.odd_files.checkout import Sound

KIND = "mix of channels"
LOSS = 10 ** (-6 / 20)
"""Share of the level that a mix may lose: more, and channels cancel."""
Channels = NDArray[np.floating]
"""(n_samples, n_channels)."""


def _left() -> Channels:
    return sounds.stereo()[:, :1].astype(np.float64)


def _part(first: int, last: int) -> Channels:
    """Both channels alike, but the second inverted between two seconds."""
    y = np.tile(_left(), 2)
    y[first * music.SR : last * music.SR, 1] *= -1
    return y


def _surround() -> Channels:
    """5.1: front channels opposed, faint noise in the centre."""
    noise = 1e-3 * np.random.default_rng(0).standard_normal((len(_left()), 1))
    nothing = np.zeros_like(noise)
    return np.hstack([_left(), -_left(), noise, nothing, nothing, nothing])


def _late(samples: int) -> Channels:
    """The second channel later than the first."""
    return np.hstack([_left(), np.roll(_left(), samples, axis=0)])


def _write(name: str, y: Channels) -> sounds.Make:
    def make(folder: Path) -> Path:
        path = folder / name
        format = wav_bytes.format_chunk(music.SR, channels=y.shape[1])
        path.write_bytes(wav_bytes.riff(format, wav_bytes.chunk(b"data", wav_bytes.pcm(y.astype(np.float32)))))
        return path

    return make


def keeps_level(y: Channels) -> sounds.Check:
    """Whether every second of the mix has half the level or more that the channels' power alone would give."""
    powers = np.square(y).mean(axis=1)
    seconds = np.split(powers[: len(powers) // music.SR * music.SR], len(powers) // music.SR)
    expected = np.array([np.sqrt(each.mean() / y.shape[1]) for each in seconds])

    def check(sound: Sound) -> bool:
        found = np.array(sound.levels[: len(expected)])
        return not (sound.error or sound.refused) and bool(np.all(found >= LOSS * expected))

    return check


def is_mended(y: Channels) -> sounds.Check:
    """Whether the level is kept, `transcribe` warns, and the record names the mix; or the recording is quarantined."""
    check = keeps_level(y)

    def mended(sound: Sound) -> bool:
        named = sound.mix is not None and sound.mix != "mean"
        return sounds.is_noticed(sound) or (bool(sound.warnings) and named and check(sound))

    return mended


def _opposed(input: str, channels: Callable[[], Channels], *, reported: bool = False) -> Case:
    y = channels()
    right = "mixed another way, warned, in the record"
    return sounds.case(KIND, input, right, _write("x.wav", y), is_mended(y), reported=reported)


def _harmless(input: str, channels: Callable[[], Channels]) -> Case:
    y = channels()
    return sounds.case(KIND, input, "12 s, level kept", _write("x.wav", y), keeps_level(y))


CASES = (
    _opposed("stereo, one channel inverted", lambda: sounds.stereo() * [1.0, -1.0], reported=True),
    _opposed("one channel the other inverted", lambda: np.hstack([_left(), -_left()])),
    _opposed("one channel the other inverted, 0.3 dB softer", lambda: np.hstack([_left(), -0.97 * _left()])),
    _opposed("inverted for 4 of 12 s", lambda: _part(4, 8)),
    _opposed("inverted for 1 of 12 s", lambda: _part(4, 5)),
    _opposed("three channels: y, −y, silence", lambda: np.hstack([_left(), -_left(), 0 * _left()])),
    _opposed("5.1, front channels opposed, noise in the centre", _surround),
    _harmless("one channel silent", lambda: np.hstack([_left(), 0 * _left()])),
    _harmless("one channel 20 ms late", lambda: _late(round(0.02 * music.SR))),
    _harmless("mid and side as channels", lambda: sounds.stereo() @ np.array([[0.5, 0.5], [0.5, -0.5]])),
    _harmless("music in 1 of 32 channels", lambda: np.hstack([_left(), np.zeros((len(_left()), 31))])),
)
