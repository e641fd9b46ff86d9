r"""What a room and its wiring add: steady noise that falls towards the highs, hum of the mains, and bursts.

* The noise of rooms falls by 4 to 8 dB per octave, as the curves do by which rooms are rated [1]_. Its slope and the
  gain of every octave are drawn, and its level moves by some dB within seconds.
* Hum is the mains' frequency and its harmonics, at drawn levels. Its period is a whole number of samples, which is
  within 0.15 % of that of the mains at 22,050 Hz.
* Bursts come as a Poisson process: steps, pages, chairs, coughs, each in a band of its own, which rises within
  milliseconds and decays exponentially.

The ratio is that of mean powers over the whole recording, so a soft passage has more noise for its sound.

.. [1] L. L. Beranek, "Revised criteria for noise in buildings", Noise Control 3(1), 1957.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mir_models.augmentation._params import check_ranges
from mir_models.augmentation.levels import power, within_full_scale
from mir_models.augmentation.waveform._octaves import octave_centres
from mir_models.augmentation.waveform._types import Audio, Augmented
from mir_models.augmentation.waveform.equaliser import minimum_phase
from mir_models.notes.time_map import TimeMap

NAME = "background"
VERSION = 1
INVALIDATES = ()
SLOPES = (-8.0, 0.0)
"""dB per octave between which that of the steady noise is drawn."""
LARGEST_GAIN = 6.0
"""dB by which an octave of the steady noise, and of a burst, is higher or lower."""
SWELL = 3.0
"""dB by which the steady noise moves (a standard deviation), once per `SWELL_SECONDS`."""
SWELL_SECONDS = 4.0
MAINS_HZ = (50.0, 60.0)
N_HARMONICS = 12
HARMONIC_SLOPE = -4.0
"""dB by which a harmonic of hum is softer than the one before, on average."""
BURST_SECONDS = (0.02, 0.5)
"""Between which the time is drawn in which a burst falls by 60 dB."""
BURST_GAINS = (-10.0, 10.0)
"""Between which the mean power of a burst is drawn, in dB over that of the steady noise's."""
ATTACK_SECONDS = 0.004


@dataclass(frozen=True)
class Params:
    """Which noise is added.

    Attributes
    ----------
    lowest_snr, highest_snr : float
        Signal to steady noise in dB, drawn uniformly between them.
    hum : float in [0, 1]
        Share of recordings with hum.
    softest_hum, loudest_hum : float
        Power of the hum over that of the steady noise in dB, drawn uniformly between them.
    most_bursts : float >= 0
        Per second; the rate is drawn uniformly from 0 to this.
    """

    lowest_snr: float = 20.0
    highest_snr: float = 60.0
    hum: float = 0.3
    softest_hum: float = -20.0
    loudest_hum: float = 3.0
    most_bursts: float = 0.5

    def __post_init__(self) -> None:
        is_ordered = self.lowest_snr <= self.highest_snr and self.softest_hum <= self.loudest_hum
        is_valid = is_ordered and 0 <= self.hum <= 1 and self.most_bursts >= 0
        expected = "lowest_snr <= highest_snr, softest_hum <= loudest_hum, hum in [0, 1], most_bursts >= 0"
        check_ranges(self, is_valid, expected)


def augment(y: Audio, sr: int, params: Params, rng: np.random.Generator) -> Augmented:
    """`y` with a drawn background; no time changes, and silence stays silent."""
    if not len(y):
        return y, TimeMap.shift(0.0)
    noise = swelling(room_noise(len(y), sr, rng), sr, rng)
    if rng.random() < params.hum:
        noise += 10 ** (rng.uniform(params.softest_hum, params.loudest_hum) / 20) * hum(len(y), sr, rng)
    add_bursts(noise, sr, rng.uniform(0.0, params.most_bursts), rng)
    amplitude = np.sqrt(power(y) / 10 ** (rng.uniform(params.lowest_snr, params.highest_snr) / 10))
    return within_full_scale(y + np.float32(amplitude) * noise), TimeMap.shift(0.0)


def room_noise(n_samples: int, sr: int, rng: np.random.Generator) -> Audio:
    """(n_samples,) stationary Gaussian noise of mean power 1, which falls by a drawn slope."""
    from scipy.signal import oaconvolve

    octaves = octave_centres(sr)
    gains = rng.uniform(*SLOPES) * np.log2(octaves / octaves[0])
    gains += rng.uniform(-LARGEST_GAIN, LARGEST_GAIN, len(octaves))
    response = minimum_phase(sr, octaves, gains - gains.max()).astype(np.float32)
    response /= np.sqrt(np.square(response).sum())
    return oaconvolve(rng.standard_normal(n_samples + len(response), dtype=np.float32), response)[-n_samples:]


def swelling(noise: Audio, sr: int, rng: np.random.Generator) -> Audio:
    """`noise`, whose level moves slowly."""
    n_knots = 2 + int(len(noise) / sr / SWELL_SECONDS)
    gains = 10 ** (SWELL * rng.standard_normal(n_knots) / 20)
    knots = np.linspace(0, len(noise), n_knots)
    return noise * np.interp(np.arange(len(noise)), knots, gains).astype(np.float32)


def hum(n_samples: int, sr: int, rng: np.random.Generator) -> Audio:
    """(n_samples,) hum of the mains, of mean power 1."""
    period = round(sr / rng.choice(MAINS_HZ))
    harmonics = np.arange(1, min(N_HARMONICS, (period - 1) // 2) + 1)
    gains = HARMONIC_SLOPE * (harmonics - 1) + rng.uniform(-LARGEST_GAIN, LARGEST_GAIN, len(harmonics))
    phases = 2 * np.pi * (np.outer(np.arange(period), harmonics) / period + rng.random(len(harmonics)))
    cycle = np.sin(phases) @ 10 ** (gains / 20)
    return np.resize(cycle / np.sqrt(power(cycle)), n_samples).astype(np.float32)


def add_bursts(noise: Audio, sr: int, rate: float, rng: np.random.Generator) -> None:
    """Add bursts to `noise` in place, `rate` of them per second on average."""
    n_bursts = rng.poisson(rate * len(noise) / sr)
    for start in rng.integers(0, len(noise), n_bursts):
        burst = _burst(sr, rng)[: len(noise) - start]
        noise[start : start + len(burst)] += burst


def _burst(sr: int, rng: np.random.Generator) -> Audio:
    """A decaying burst of noise in a drawn band."""
    seconds = np.exp(rng.uniform(*np.log(BURST_SECONDS)))
    times = np.arange(round(seconds * sr)) / sr
    spectrum = np.fft.rfft(rng.standard_normal(len(times)))
    centre = np.exp(rng.uniform(np.log(60), np.log(sr / 4)))
    frequencies = np.maximum(np.fft.rfftfreq(len(times), 1 / sr), 1.0)
    band = np.exp(-0.5 * (np.log2(frequencies / centre) / rng.uniform(0.3, 2.0)) ** 2)
    burst = np.fft.irfft(spectrum * band, len(times))
    burst *= 10 ** (rng.uniform(*BURST_GAINS) / 20) / np.sqrt(max(power(burst), np.finfo(float).tiny))
    return (burst * np.minimum(times / ATTACK_SECONDS, 10 ** (-3 * times / seconds))).astype(np.float32)
