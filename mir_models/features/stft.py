"""Short-time Fourier transform in decibels: frequency in equal steps, the rawest of the representations.

A linear scale shows the harmonics of a note as far apart as its pitch is high; most networks do better on mel or
constant-Q scales, which are narrower where music is dense (K. Choi et al., "A Tutorial on Deep Learning for Music
Information Retrieval", arXiv:1709.04396, 2017). Decibels are relative to a power of 1 and cut off at `floor_db`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mir_models.features._params import SpectrumParams
from mir_models.features._spectra import FULL_SCALE, levels, power
from mir_models.setting_types import Negative

NAME = "stft"
VERSION = 1


@dataclass(frozen=True)
class Params(SpectrumParams):
    """Settings of the transform.

    Attributes
    ----------
    sr : int
        Sampling rate of `y` in Hz.
    hop_length, n_fft : int
        Samples between frames and of a frame.
    floor_db : float < 0
        Level at which everything weaker is cut off.
    """

    floor_db: Negative = -80.0

    @property
    def silence(self) -> float:
        """Value of every bin in silence."""
        return self.floor_db

    @property
    def per_db(self) -> float:
        """Units of a level per decibel."""
        return 1.0


PRESETS = {"stft": Params()}


def extract(y: NDArray[np.float32], params: Params) -> NDArray[np.float32]:
    """Levels of `y` at equally spaced frequencies.

    Parameters
    ----------
    y : (n_samples,) float32
        Mono audio at ``params.sr``, full scale at ±1.
    params : Params

    Returns
    -------
    (1 + n_samples // hop_length, 1 + n_fft // 2) float32
        dB relative to a power of 1; a full-scale sine reads ``20 log10(n_fft / 4)``.
    """
    spectrum = power(y, params.n_fft, params.hop_length)
    return np.ascontiguousarray(levels(spectrum, reference=FULL_SCALE, floor_db=params.floor_db).T)
