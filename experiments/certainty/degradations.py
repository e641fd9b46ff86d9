"""Recordings of a piano made worse in known ways: what a microphone, a codec, a room or a tuner does."""

from __future__ import annotations

import io
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from experiments.alignment.acoustics import with_noise, with_reverb
from experiments.certainty.signals import SR, speech_like
from mir_models.augmentation.waveform.detuning import detune
from mir_models.notes.time_map import TimeMap
from mir_models.resampling import resample

Sound = NDArray[np.float32]
Degraded = tuple[Sound, TimeMap]
Degradation = Callable[[np.random.Generator, Sound, int], Degraded]
"""Function of random draws, (n_samples,) and a sampling rate in Hz; the time map leads the notes to where they are."""
SAME_TIMES = TimeMap.shift(0.0)
MP3_LEVEL = 0.6
"""libsndfile's compression level that is 64 kbit/s at sampling rates of 16,000 to 24,000 Hz (measured: 64.7)."""


def mp3(rng: np.random.Generator, y: Sound, sr: int) -> Degraded:
    """Through an MP3 file of 64 kbit/s."""
    import soundfile

    file = io.BytesIO()
    soundfile.write(file, y, sr, format="MP3", bitrate_mode="CONSTANT", compression_level=MP3_LEVEL)
    file.seek(0)
    return soundfile.read(file, dtype="float32")[0], SAME_TIMES


def detuned(cents: float) -> Degradation:
    """Higher by `cents`, and faster."""
    return lambda rng, y, sr: detune(y, sr, cents=cents)


def noisy(snr: float) -> Degradation:
    """With white noise, `snr` dB below the music."""
    return lambda rng, y, sr: (with_noise(rng, y, snr=snr), SAME_TIMES)


def telephone(rng: np.random.Generator, y: Sound, sr: int) -> Degraded:
    """Between 300 and 3400 Hz only."""
    from scipy.signal import butter, sosfilt

    return sosfilt(butter(4, (300, 3400), btype="bandpass", fs=sr, output="sos"), y).astype(np.float32), SAME_TIMES


def reverberant(rng: np.random.Generator, y: Sound, sr: int) -> Degraded:
    """In a room whose reverberation takes 1 s to fall by 60 dB and has the energy of the direct sound."""
    return with_reverb(rng, y, sr=sr), SAME_TIMES


def with_voice(rng: np.random.Generator, y: Sound, sr: int) -> Degraded:
    """With speech-like sound of the same energy."""
    voice = np.resize(resample(speech_like(rng), SR, sr), len(y))
    gain = np.sqrt(np.mean(y**2) / np.mean(voice**2))
    return (y + gain * voice).astype(np.float32), SAME_TIMES


def excerpt(seconds: float) -> Degradation:
    """The part of so many seconds from 10 s on, or what there is of it."""
    return lambda rng, y, sr: (y[10 * sr :][: int(seconds * sr)], TimeMap.shift(-10.0))


DEGRADATIONS: dict[str, Degradation] = {
    "MP3, 64 kbit/s": mp3,
    "30 cents higher": detuned(30),
    "48 cents higher": detuned(48),
    "noise at 20 dB": noisy(20),
    "noise at 5 dB": noisy(5),
    "telephone band": telephone,
    "reverberation": reverberant,
    "with speech-like sound": with_voice,
    "5 s of it": excerpt(5.0),
    "1 s of it": excerpt(1.0),
}
"""By name."""
