r"""Stationary noise: white, pink or brown, at a drawn ratio of signal to noise.

The power spectral density is proportional to :math:`f^{-\alpha}` with :math:`\alpha` = 0, 1 and 2 [1]_. Noise is made
in the frequency domain from Gaussian coefficients. Below 20 Hz there is none: it is inaudible, and most of brown
noise would lie there. The ratio is that of mean powers over the whole recording, so a soft passage has less of it.

.. [1] N. J. Kasdin, "Discrete simulation of colored noise and stochastic processes and 1/f^α power law noise
   generation", Proceedings of the IEEE 83(5), 1995.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mir_models.augmentation._params import check_param, check_ranges
from mir_models.augmentation.levels import power, within_full_scale
from mir_models.augmentation.waveform._types import Audio, Augmented
from mir_models.notes.time_map import TimeMap

NAME = "noise"
VERSION = 2
INVALIDATES = ()
EXPONENTS = {"white": 0.0, "pink": 1.0, "brown": 2.0}
"""Of the frequency, in the power spectral density, by colour; negative."""
ANY = "any"
LOWEST_HZ = 20.0
PIECE_SECONDS = 60
FADE_SECONDS = 0.5


@dataclass(frozen=True)
class Params:
    """Which noise is added.

    Attributes
    ----------
    colour : {"any", "white", "pink", "brown"}
        ``any``: drawn.
    lowest_snr, highest_snr : float
        Signal to noise in dB, drawn uniformly between them.
    """

    colour: str = ANY
    lowest_snr: float = 15.0
    highest_snr: float = 45.0

    def __post_init__(self) -> None:
        colours = (ANY, *EXPONENTS)
        remedy = f"choose one of {', '.join(colours)}"
        check_param(self.colour in colours, "a colour of noise", received=repr(self.colour), remedy=remedy)
        check_ranges(self, self.lowest_snr <= self.highest_snr, "lowest_snr <= highest_snr")


def augment(y: Audio, sr: int, params: Params, rng: np.random.Generator) -> Augmented:
    """`y` with noise of a drawn level; no time changes, and silence stays silent."""
    colour = str(rng.choice(list(EXPONENTS))) if params.colour == ANY else params.colour
    snr = rng.uniform(params.lowest_snr, params.highest_snr)
    amplitude = np.sqrt(power(y) / 10 ** (snr / 10))
    return within_full_scale(y + amplitude * coloured_noise(len(y), sr, colour, rng)), TimeMap.shift(0.0)


def coloured_noise(n_samples: int, sr: int, colour: str, rng: np.random.Generator) -> Audio:
    """(n_samples,) Gaussian noise of a colour, of mean power 1.

    A long recording has pieces of a minute that fade into each other with equal power: a spectrum of an hour would take
    gigabytes.
    """
    if n_samples <= PIECE_SECONDS * sr:
        return _piece(n_samples, sr, colour, rng).astype(np.float32)
    size, fade = PIECE_SECONDS * sr, round(FADE_SECONDS * sr)
    rise = np.sin(0.5 * np.pi * (np.arange(fade) + 0.5) / fade)
    noise = np.zeros(n_samples, dtype=np.float32)
    for first in range(0, n_samples, size - fade):
        piece = _piece(size, sr, colour, rng)
        piece[:fade] *= rise if first else 1
        piece[-fade:] *= rise[::-1]
        noise[first : first + size] += piece[: n_samples - first]
    return noise


def _piece(n_samples: int, sr: int, colour: str, rng: np.random.Generator) -> NDArray[np.float64]:
    if not n_samples:
        return np.zeros(0)
    frequencies = np.fft.rfftfreq(n_samples, 1 / sr)
    amplitudes = np.maximum(frequencies, LOWEST_HZ) ** (-EXPONENTS[colour] / 2) * (frequencies >= LOWEST_HZ)
    spectrum = amplitudes * (rng.standard_normal(len(frequencies)) + 1j * rng.standard_normal(len(frequencies)))
    noise = np.fft.irfft(spectrum, n_samples)
    return noise / max(np.sqrt(power(noise)), np.finfo(float).tiny)
