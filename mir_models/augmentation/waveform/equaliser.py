"""Another microphone, lid or loudspeaker: a smooth curve over the frequencies.

The gain is drawn at every octave and interpolated between them over the logarithm of the frequency. The filter is of
minimum phase: it rings after an attack and not before, as microphones and loudspeakers do.

.. [1] A. V. Oppenheim and R. W. Schafer, "Discrete-time signal processing", 3rd ed., 2010, section 13.5.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mir_models.augmentation._params import check_param
from mir_models.augmentation.levels import within_full_scale
from mir_models.augmentation.waveform._octaves import octave_centres
from mir_models.augmentation.waveform._types import Audio, Augmented
from mir_models.notes.time_map import TimeMap

NAME = "equaliser"
VERSION = 1
INVALIDATES = ()
SECONDS = 0.05
"""Length of the filter."""
N_FFT = 2**15


@dataclass(frozen=True)
class Params:
    """How uneven the curve is.

    Attributes
    ----------
    largest : float >= 0
        Gain of an octave in dB, drawn uniformly from minus to plus this.
    """

    largest: float = 8.0

    def __post_init__(self) -> None:
        is_valid = 0 <= self.largest < float("inf")
        check_param(is_valid, "a largest gain of 0 dB or more", received=self.largest, remedy="give, e.g., 8")


def augment(y: Audio, sr: int, params: Params, rng: np.random.Generator) -> Augmented:
    """`y` through a filter with drawn gains; no time changes."""
    from scipy.signal import oaconvolve

    octaves = octave_centres(sr)
    response = minimum_phase(sr, octaves, rng.uniform(-params.largest, params.largest, len(octaves)))
    filtered = oaconvolve(y.astype(np.float64), response)[: len(y)] if len(y) else y
    return within_full_scale(filtered), TimeMap.shift(0.0)


def minimum_phase(sr: int, frequencies: NDArray[np.float64], gains: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n_taps,) impulse response of minimum phase with these gains, in dB, at these frequencies, in Hz.

    By folding the real cepstrum of the target magnitudes [1]_.
    """
    grid = np.fft.rfftfreq(N_FFT, 1 / sr)
    curve = np.interp(np.log2(np.maximum(grid, frequencies[0])), np.log2(frequencies), gains)
    cepstrum = np.fft.irfft(np.log(10) / 20 * curve, N_FFT)
    cepstrum[1 : N_FFT // 2] *= 2
    cepstrum[N_FFT // 2 + 1 :] = 0
    return np.fft.irfft(np.exp(np.fft.rfft(cepstrum)), N_FFT)[: round(SECONDS * sr)]
