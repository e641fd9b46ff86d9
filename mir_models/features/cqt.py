"""Constant-Q transform in decibels, tuned as a piano: one bin per semitone, or three.

The constant-Q transform [2]_ by recursion over octaves [1]_, as librosa's (:mod:`mir_models.constant_q`).
The magnitude is scaled by the square root of each filter's length (``scale=True``), so a full-scale sine has +35 dB at
A0 and +13 dB at C8. Decibels are relative to a magnitude of 1 and cut off at `floor_db`: the reference is fixed, not
the track's maximum, so that a part of a recording has the same levels as the whole.

.. [1] C. Schörkhuber and A. Klapuri, "Constant-Q transform toolbox for music processing", SMC 2010.
.. [2] J. C. Brown, "Calculation of a constant Q spectral transform", JASA 89(1), 1991.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mir_models.constant_q import check_response, highest_response, magnitudes
from mir_models.features._params import FeatureParams
from mir_models.notes.semitones import pitch
from mir_models.setting_types import Count, Negative, Positive

NAME = "cqt"
VERSION = 1


@dataclass(frozen=True)
class Params(FeatureParams):
    """Settings of the transform.

    Attributes
    ----------
    sr : int
        Sampling rate of `y` in Hz.
    hop_length : int
        Samples between frames; multiples of ``2 ** (octaves - 1)`` are computed fastest.
    fmin : float
        Frequency of the lowest bin in Hz.
    n_bins, bins_per_octave : int
        Bins in all and in an octave.
    floor_db : float < 0
        Level at which everything weaker is cut off.
    """

    fmin: Positive = 27.5
    n_bins: Count = 88
    bins_per_octave: Count = 12
    floor_db: Negative = -80.0

    def __post_init__(self) -> None:
        super().__post_init__()
        check_response(highest_response(self.fmin, self.n_bins, self.bins_per_octave), self.sr)

    @property
    def context(self) -> float:
        """Seconds of audio on either side of its centre that a frame depends on: half of the longest filter.

        With the decimation before it.
        """
        q = 1 / (2 ** (1 / self.bins_per_octave) - 1)
        return q / self.fmin

    @property
    def silence(self) -> float:
        """Value of every bin in silence."""
        return self.floor_db

    @property
    def per_db(self) -> float:
        """Units of a level per decibel."""
        return 1.0

    @property
    def first_pitch(self) -> float:
        """MIDI number of the lowest bin, with its fraction."""
        return pitch(self.fmin)

    @property
    def bins_per_semitone(self) -> int:
        """Bins in a semitone, its pitch in the middle of them."""
        return self.bins_per_octave // 12


def of_keys(bins_per_semitone: int) -> Params:
    """The transform from A0 up to 11 semitones above C8, the highest that half of 16 kHz holds.

    Parameters
    ----------
    bins_per_semitone : int
        The bins of a semitone lie around its pitch, so that a key's bins are ``[n * key, n * key + n)``.
    """
    below = (bins_per_semitone - 1) / 2
    bins_per_octave = 12 * bins_per_semitone
    return Params(
        fmin=27.5 * 2 ** (-below / bins_per_octave), n_bins=99 * bins_per_semitone, bins_per_octave=bins_per_octave
    )


PRESETS = {
    "cqt": Params(),
    "cqt_36": of_keys(3),
    "cqt_84": Params(fmin=32.70319566257483, n_bins=84),
}
"""``cqt`` covers the 88 keys from A0; ``cqt_36`` has three bins per semitone and the overtones of the highest keys;
``cqt_84`` is the seed system's, 84 bins from C1 (it misses A0, A♯0, B0, C8)."""


def extract(y: NDArray[np.float32], params: Params) -> NDArray[np.float32]:
    """Constant-Q magnitudes of `y` in dB.

    Parameters
    ----------
    y : (n_samples,) float32
        Mono audio at ``params.sr``, full scale at ±1.
    params : Params

    Returns
    -------
    (1 + n_samples // hop_length, n_bins) float32
        dB relative to magnitude 1, never below ``params.floor_db``.
    """
    levels = magnitudes(
        _padded(y, params),
        sr=params.sr,
        hop_length=params.hop_length,
        fmin=params.fmin,
        n_bins=params.n_bins,
        bins_per_octave=params.bins_per_octave,
    )[: params.grid.n_frames(len(y))]
    np.maximum(levels, np.float32(10 ** (params.floor_db / 20)), out=levels)
    np.log10(levels, out=levels)
    levels *= 20
    return levels


def _padded(y: NDArray[np.float32], params: Params) -> NDArray[np.float32]:
    """`y`, at least as long as the longest filter: shorter audio is followed by silence, its frames are kept."""
    shortest = math.ceil(2 * params.context * params.sr)
    return y if len(y) >= shortest else np.pad(y, (0, shortest - len(y)))
