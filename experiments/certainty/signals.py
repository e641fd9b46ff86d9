"""Signals that are no music: noises, tones, clicks, speech-like sounds, each a function of random draws."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

SR = 22050
"""Sampling rate of all signals in Hz."""
SECONDS = 20.0
LEVEL = 0.1
"""Root mean square of a signal, but for hiss."""
HISS = 1e-3
"""Root mean square of hiss: -60 dBFS."""
BURST = 256
"""Samples of a click and its decay: 12 ms."""

Signal = NDArray[np.float32]


def coloured_noise(rng: np.random.Generator, exponent: float) -> Signal:
    """Noise whose power falls with frequency to the power of `exponent`: 0 is white, 1 pink, 2 brown; from 20 Hz on."""
    spectrum = np.fft.rfft(rng.standard_normal(_n_samples()))
    frequencies = np.maximum(np.fft.rfftfreq(_n_samples(), 1 / SR), 20.0)
    return _levelled(np.fft.irfft(spectrum / frequencies ** (exponent / 2), _n_samples()))


def hiss(rng: np.random.Generator) -> Signal:
    """White noise at -60 dBFS, as of a recording in which nobody plays."""
    return (HISS * rng.standard_normal(_n_samples())).astype(np.float32)


def hum(rng: np.random.Generator) -> Signal:
    """Mains hum: 50 Hz and its harmonics, falling by a random exponent, with some noise."""
    falling = rng.uniform(0.5, 1.5)
    harmonics = [np.sin(_phase(50.0 * n) + rng.uniform(0, 6)) / n**falling for n in range(1, 20)]
    return _levelled(np.sum(harmonics, axis=0) + 0.01 * rng.standard_normal(_n_samples()))


def sines(rng: np.random.Generator) -> Signal:
    """Three steady sines of random frequencies from 80 to 2000 Hz."""
    return _levelled(np.sum([np.sin(_phase(frequency)) for frequency in _frequencies(rng, 3)], axis=0))


def vibrato(rng: np.random.Generator) -> Signal:
    """Sines that change their frequency twice a second and waver by half a semitone six times a second."""
    steps = _steps(rng, 2)
    return _levelled(np.sin(_phase(steps * 2 ** (np.sin(_phase(6.0)) / 24))))


def beeps(rng: np.random.Generator) -> Signal:
    """Tones without overtones, four a second, each 0.2 s long."""
    position = np.arange(_n_samples()) / SR % 0.25
    return _levelled(np.sin(_phase(_steps(rng, 4))) * np.clip(np.minimum(position, 0.2 - position) / 0.005, 0, 1))


def chirps(rng: np.random.Generator) -> Signal:
    """Sweeps from 60 to 6000 Hz or back, each of half a second to four seconds."""
    parts: list[NDArray[np.float64]] = []
    while sum(len(part) for part in parts) < _n_samples():
        sweep = np.geomspace(60.0, 6000.0, int(rng.uniform(0.5, 4.0) * SR))
        parts.append(sweep if rng.random() < 0.5 else sweep[::-1])
    return _levelled(np.sin(_phase(np.concatenate(parts)[: _n_samples()])))


def clicks(rng: np.random.Generator) -> Signal:
    """Single samples at random times, four a second."""
    y = np.zeros(_n_samples())
    y[rng.integers(0, _n_samples(), int(4 * SECONDS))] = rng.choice([-1.0, 1.0], int(4 * SECONDS))
    return y.astype(np.float32)


def applause(rng: np.random.Generator) -> Signal:
    """Bursts of noise of 12 ms, 200 a second."""
    y = np.zeros(_n_samples() + BURST)
    decay = np.exp(-np.arange(BURST) / (BURST / 5))
    for start in rng.integers(0, _n_samples(), int(200 * SECONDS)):
        y[start : start + BURST] += rng.uniform(0.2, 1.0) * decay * rng.standard_normal(BURST)
    return _levelled(y[: _n_samples()])


def speech_like(rng: np.random.Generator) -> Signal:
    """A pulse train through three resonances that change four times a second, with hissing syllables and pauses."""
    from scipy.signal import lfilter

    n, syllable = int(4 * SECONDS), SR // 4
    base = rng.uniform(90, 220)
    pitch = np.interp(np.arange(n * syllable), np.arange(n) * syllable, base * rng.uniform(0.8, 1.3, n))
    voiced = np.diff(np.floor(np.cumsum(pitch) / SR), prepend=0.0)
    parts = []
    for k in range(n):
        kind = rng.random()
        source = voiced[k * syllable : (k + 1) * syllable] if kind < 0.7 else 0.05 * rng.standard_normal(syllable)
        for low, high in ((250, 850), (850, 2300), (2300, 3400)):
            radius, angle = np.exp(-np.pi * 90 / SR), 2 * np.pi * rng.uniform(low, high) / SR
            source = lfilter([1 - radius], [1, -2 * radius * np.cos(angle), radius**2], source)
        parts.append((kind < 0.9) * source * np.hanning(syllable) ** 0.5)
    return _levelled(np.concatenate(parts))


def _n_samples() -> int:
    return int(SECONDS * SR)


def _phase(frequency: float | NDArray[np.float64]) -> NDArray[np.float64]:
    """Phase in radians of a frequency in Hz, fixed or one per sample."""
    return 2 * np.pi * np.cumsum(np.broadcast_to(frequency, _n_samples())) / SR


def _steps(rng: np.random.Generator, rate: int) -> NDArray[np.float64]:
    """A frequency per sample, another one `rate` times a second."""
    return _frequencies(rng, int(rate * SECONDS))[np.arange(_n_samples()) * rate // SR]


def _frequencies(rng: np.random.Generator, n: int) -> NDArray[np.float64]:
    return np.exp(rng.uniform(np.log(80.0), np.log(2000.0), n))


def _levelled(y: NDArray[np.float64]) -> Signal:
    return (LEVEL * y / np.sqrt(np.mean(y**2))).astype(np.float32)


SIGNALS: dict[str, Callable[[np.random.Generator], Signal]] = {
    "white noise": lambda rng: coloured_noise(rng, 0.0),
    "pink noise": lambda rng: coloured_noise(rng, 1.0),
    "brown noise": lambda rng: coloured_noise(rng, 2.0),
    "hiss at -60 dBFS": hiss,
    "mains hum": hum,
    "three sines": sines,
    "sines with vibrato": vibrato,
    "beeps": beeps,
    "chirps": chirps,
    "clicks": clicks,
    "applause": applause,
    "speech-like": speech_like,
}
"""By name; the random draws are the only argument."""
