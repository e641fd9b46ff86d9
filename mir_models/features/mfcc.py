"""Mel-frequency cepstral coefficients: the shape of the spectrum without its details, the classic of timbre.

The discrete cosine transform of the levels in mel bands (S. Davis and P. Mermelstein, "Comparison of parametric
representations", IEEE TASSP 28, 1980), as `librosa.feature.mfcc` computes it. Levels count from `floor_db` up, so that
silence is 0 in every coefficient; but for that the first one, which is the loudness, would be
``floor_db * sqrt(n_mels)`` lower.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mir_models.errors import ParameterError
from mir_models.features._params import SpectrumParams
from mir_models.features._spectra import FULL_SCALE, levels, power
from mir_models.setting_types import Count, Negative

NAME = "mfcc"
VERSION = 1


@dataclass(frozen=True)
class Params(SpectrumParams):
    """Settings of the coefficients.

    Attributes
    ----------
    sr : int
        Sampling rate of `y` in Hz.
    hop_length, n_fft : int
        Samples between frames and of a frame.
    n_mels, n_mfcc : int
        Mel bands, and coefficients that are kept of them.
    floor_db : float < 0
        Level, relative to a power of 1, from which levels count.
    """

    n_mels: Count = 128
    n_mfcc: Count = 20
    floor_db: Negative = -80.0

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.n_mfcc > self.n_mels:
            expected = f"n_mfcc of at most n_mels={self.n_mels}"
            raise ParameterError(expected, received=self.n_mfcc, remedy="keep fewer coefficients")


PRESETS = {"mfcc": Params()}


def extract(y: NDArray[np.float32], params: Params) -> NDArray[np.float32]:
    """Cepstral coefficients of `y`.

    Parameters
    ----------
    y : (n_samples,) float32
        Mono audio at ``params.sr``, full scale at ±1.
    params : Params

    Returns
    -------
    (1 + n_samples // hop_length, n_mfcc) float32
        In dB, by the orthonormal transform of type 2.
    """
    import librosa

    spectrum = power(y, params.n_fft, params.hop_length)
    bands = librosa.feature.melspectrogram(S=spectrum, sr=params.sr, n_mels=params.n_mels)
    above_floor = levels(bands, reference=FULL_SCALE, floor_db=params.floor_db) - np.float32(params.floor_db)
    return np.ascontiguousarray(librosa.feature.mfcc(S=above_floor, n_mfcc=params.n_mfcc).T, dtype=np.float32)
