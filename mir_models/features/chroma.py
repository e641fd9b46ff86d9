"""Chroma: how strong each of the twelve pitch classes is, whatever the octave.

The power spectrum is folded onto one octave by librosa's filters (D. Ellis, "Chroma feature analysis and synthesis",
2007) for the standard pitch of 440 Hz; the strongest class of a frame is 1. Timbre and register are gone, harmony
stays: a feature for keys and chords rather than for genres.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mir_models.features._params import SpectrumParams
from mir_models.features._spectra import AMIN, power
from mir_models.setting_types import Count

NAME = "chroma"
VERSION = 1


@dataclass(frozen=True)
class Params(SpectrumParams):
    """Settings of the chromagram.

    Attributes
    ----------
    sr : int
        Sampling rate of `y` in Hz.
    hop_length, n_fft : int
        Samples between frames and of a frame.
    n_chroma : int
        Classes in an octave.
    """

    n_fft: Count = 4096
    n_chroma: Count = 12


PRESETS = {"chroma": Params()}


def extract(y: NDArray[np.float32], params: Params) -> NDArray[np.float32]:
    """Strength of the pitch classes of `y`.

    Parameters
    ----------
    y : (n_samples,) float32
        Mono audio at ``params.sr``, full scale at ±1.
    params : Params

    Returns
    -------
    (1 + n_samples // hop_length, n_chroma) float32
        From C up, in [0, 1].
    """
    import librosa

    spectrum = power(y, params.n_fft, params.hop_length)
    # What is left of silence by rounding has no pitch.
    spectrum = np.where(spectrum.sum(axis=0) <= AMIN, np.float32(0), spectrum)
    classes = librosa.feature.chroma_stft(S=spectrum, sr=params.sr, n_chroma=params.n_chroma, tuning=0.0)
    return np.ascontiguousarray(classes.T, dtype=np.float32)
