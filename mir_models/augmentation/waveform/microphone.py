"""The microphone and what follows it: an uneven curve with limits at both ends, and its own noise.

The curve is a tilt and a gain of every octave, interpolated over the logarithm of the frequency; below and above the
limits it falls as a Butterworth filter of a drawn order does [1]_. Telephones and small recorders end at 4 to 8 kHz and
at about 100 Hz, studio microphones beyond what the features show. The filter is of minimum phase, so it rings after an
attack and not before. The noise is white before the filter and has a level of its own, as that of a preamplifier.

.. [1] S. Butterworth, "On the theory of filter amplifiers", Experimental Wireless 7, 1930.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mir_models.augmentation._params import check_ranges
from mir_models.augmentation.levels import power, within_full_scale
from mir_models.augmentation.waveform._octaves import LOWEST_HZ, octave_centres
from mir_models.augmentation.waveform._types import Audio, Augmented
from mir_models.augmentation.waveform.equaliser import minimum_phase
from mir_models.notes.time_map import TimeMap

NAME = "microphone"
VERSION = 1
INVALIDATES = ()
POINTS_PER_OCTAVE = 6
LEAST_GAIN = -60.0
"""dB; beyond the limits the curve falls no deeper."""


@dataclass(frozen=True)
class Params:
    """Which microphones are drawn.

    Attributes
    ----------
    largest_tilt : float >= 0
        dB per octave, drawn uniformly from minus to plus this; 0 dB is at 1 kHz.
    largest : float >= 0
        Gain of an octave in dB, drawn uniformly from minus to plus this.
    lowest_low, highest_low : float > 0
        Lower limit in Hz (-3 dB); its logarithm is drawn uniformly between them.
    lowest_high, highest_high : float
        Upper limit in Hz, likewise.
    most_poles : int >= 1
        Order of the filter at either limit, drawn from 1 to this.
    lowest_snr, highest_snr : float
        Signal to the microphone's own noise in dB, drawn uniformly between them.
    """

    largest_tilt: float = 1.5
    largest: float = 5.0
    lowest_low: float = 20.0
    highest_low: float = 120.0
    lowest_high: float = 4000.0
    highest_high: float = 16000.0
    most_poles: int = 4
    lowest_snr: float = 40.0
    highest_snr: float = 80.0

    def __post_init__(self) -> None:
        limits = 0 < self.lowest_low <= self.highest_low < self.lowest_high <= self.highest_high
        is_valid = limits and min(self.largest, self.largest_tilt) >= 0 and self.most_poles >= 1
        expected = (
            "0 < lowest_low <= highest_low < lowest_high <= highest_high, gains of 0 dB or more, most_poles >= 1,"
            " lowest_snr <= highest_snr"
        )
        check_ranges(self, is_valid and self.lowest_snr <= self.highest_snr, expected)


def augment(y: Audio, sr: int, params: Params, rng: np.random.Generator) -> Augmented:
    """`y` through a drawn microphone; no time changes, and silence stays silent."""
    from scipy.signal import oaconvolve

    if not len(y):
        return y, TimeMap.shift(0.0)
    response = minimum_phase(sr, *drawn_curve(sr, params, rng)).astype(np.float32)
    amplitude = np.sqrt(power(y) / 10 ** (rng.uniform(params.lowest_snr, params.highest_snr) / 10))
    noisy = y + np.float32(amplitude) * rng.standard_normal(len(y), dtype=np.float32)
    return within_full_scale(oaconvolve(noisy, response)[: len(y)]), TimeMap.shift(0.0)


def drawn_curve(sr: int, params: Params, rng: np.random.Generator) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(n_points,) frequencies in Hz and the gains of a drawn microphone there, in dB."""
    octaves = octave_centres(sr)
    gains = rng.uniform(-params.largest, params.largest, len(octaves))
    gains += rng.uniform(-params.largest_tilt, params.largest_tilt) * np.log2(octaves / 1000)
    low, high = (
        float(np.exp(rng.uniform(np.log(least), np.log(most))))
        for least, most in ((params.lowest_low, params.highest_low), (params.lowest_high, params.highest_high))
    )
    low_poles, high_poles = rng.integers(1, params.most_poles + 1, 2)
    n_points = round(POINTS_PER_OCTAVE * np.log2(octaves[-1] / LOWEST_HZ)) + 1
    frequencies = np.geomspace(LOWEST_HZ, octaves[-1], n_points)
    curve = np.interp(np.log2(frequencies), np.log2(octaves), gains)
    curve += butterworth(low / frequencies, low_poles) + butterworth(frequencies / high, high_poles)
    return frequencies, np.maximum(curve, LEAST_GAIN)


def butterworth(ratio: NDArray[np.float64], n_poles: int) -> NDArray[np.float64]:
    """Gain in dB of a Butterworth filter where the frequency is `ratio` times its limit."""
    return -10 * np.log10(1 + ratio ** (2 * n_poles))
