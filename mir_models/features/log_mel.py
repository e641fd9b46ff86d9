"""Mel spectrogram with logarithmic levels: frequency as the ear divides it, the input of most networks for music.

Power in triangular bands that are equally wide on Slaney's mel scale [1]_ and of equal area, as `librosa` computes
them. Levels are decibels relative to the loudest cell of the track, or natural logarithms of the same ratio. Which of
the two makes no difference to a network that normalises its input; the second is what one of the reference systems
was really trained on: its notebooks store decibels, turn them back into power and take the natural logarithm.

The levels of a part of a track differ from those of the whole track where its loudest cell is another one. The preset
``mel_patch``, for patches of less than a second, is relative to a power of 1 instead.

.. [1] M. Slaney, "Auditory Toolbox", Interval Research Technical Report 1998-010.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from mir_models.errors import ParameterError
from mir_models.features._params import SpectrumParams
from mir_models.features._spectra import FULL_SCALE, TRACK, levels, power
from mir_models.setting_types import Amount, Count, Negative, Positive

NAME = "log_mel"
VERSION = 1
UNITS = {"dB": 1.0, "ln": math.log(10) / 10}
"""By the unit of levels, its number per decibel."""


@dataclass(frozen=True)
class Params(SpectrumParams):
    """Settings of the spectrogram.

    Attributes
    ----------
    sr : int
        Sampling rate of `y` in Hz.
    hop_length, n_fft : int
        Samples between frames and of a frame.
    n_mels : int
        Bands.
    fmin, fmax : float
        Where the lowest band begins and the highest ends, in Hz.
    reference : {"track", "full scale"}
        What levels are relative to.
    unit : {"dB", "ln"}
        Decibels, or natural logarithm of the power.
    floor_db : float < 0
        Level, in decibels, at which everything weaker is cut off.
    """

    n_mels: Count = 128
    fmin: Amount = 0.0
    fmax: Positive = 11025.0
    reference: Literal["track", "full scale"] = TRACK
    unit: Literal["dB", "ln"] = "dB"
    floor_db: Negative = -80.0

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.fmin < self.fmax <= self.sr / 2:
            expected = f"fmin below fmax, and that at most half of sr={self.sr}"
            raise ParameterError(expected, received=f"fmin={self.fmin}, fmax={self.fmax}", remedy="correct them")

    @property
    def silence(self) -> float:
        """Value of every band in silence."""
        return self.floor_db * self.per_db

    @property
    def per_db(self) -> float:
        """Units of a level per decibel."""
        return UNITS[self.unit]


PRESETS = {
    "log_mel": Params(),
    "log_mel_1024": Params(hop_length=1024),
    "log_mel_1024_ln": Params(hop_length=1024, unit="ln"),
    "mel_patch": Params(hop_length=256, n_fft=512, n_mels=64, fmax=8000.0, reference=FULL_SCALE),
}
"""``log_mel`` has 43 frames per second; 30 s are 646 frames of ``log_mel_1024``, and of ``log_mel_1024_ln`` as the
genre notebooks have them; 40 frames of ``mel_patch`` are the 0.46 s of the artist network."""


def extract(y: NDArray[np.float32], params: Params) -> NDArray[np.float32]:
    """Levels of `y` in mel bands.

    Parameters
    ----------
    y : (n_samples,) float32
        Mono audio at ``params.sr``, full scale at ±1.
    params : Params

    Returns
    -------
    (1 + n_samples // hop_length, n_mels) float32
        From ``params.silence`` up; to 0 where they are relative to the track.
    """
    import librosa

    bands = librosa.feature.melspectrogram(
        S=power(y, params.n_fft, params.hop_length),
        sr=params.sr,
        n_mels=params.n_mels,
        fmin=params.fmin,
        fmax=params.fmax,
    )
    decibels = levels(bands, reference=params.reference, floor_db=params.floor_db)
    return np.ascontiguousarray(decibels.T * np.float32(UNITS[params.unit]))
