"""Pitch shift: the same music higher or lower in the same tempo, as a band plays it for another singer.

A phase vocoder changes the length, resampling changes it back and the pitch with it (`librosa.effects.pitch_shift`);
attacks are spread over its window. What is named by pitch is false afterwards: notes, key. Who plays and in which genre
is not, as long as voices stay plausible: a few semitones.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mir_models.augmentation._params import check_param
from mir_models.augmentation.levels import within_full_scale
from mir_models.augmentation.waveform._types import Audio, Augmented
from mir_models.notes.time_map import TimeMap

NAME = "pitch_shift"
VERSION = 1
INVALIDATES = ("notes", "key")
N_FFT = 2048
"""Samples of the vocoder's window; shorter audio is followed by silence while it works."""


@dataclass(frozen=True)
class Params:
    """How far the music moves.

    Attributes
    ----------
    largest : float in [0, 12]
        Semitones, drawn uniformly from minus to plus this.
    """

    largest: float = 2.0

    def __post_init__(self) -> None:
        remedy = "give an octave at most; 2 keeps voices plausible"
        check_param(0 <= self.largest <= 12, "a pitch shift by 0 to 12 semitones", received=self.largest, remedy=remedy)


def augment(y: Audio, sr: int, params: Params, rng: np.random.Generator) -> Augmented:
    """`y` at other pitches; no time changes."""
    return shift_pitch(y, sr, semitones=rng.uniform(-params.largest, params.largest)), TimeMap.shift(0.0)


def shift_pitch(y: Audio, sr: int, *, semitones: float) -> Audio:
    """`y` higher by `semitones`, as long as before."""
    import librosa

    padded = np.pad(y, (0, max(0, N_FFT - len(y))))
    shifted = librosa.effects.pitch_shift(padded, sr=sr, n_steps=semitones, n_fft=N_FFT)
    return within_full_scale(shifted[: len(y)].astype(np.float32))
