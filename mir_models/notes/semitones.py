"""The semitones of a constant-Q transform that may have several bins per semitone."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray


def on_semitones(levels: NDArray[np.float32], *, fmin: float, bins_per_octave: int) -> NDArray[np.float32]:
    """The bins on, or next to, the semitones of equal temperament (A4 = 440 Hz), one for each.

    Parameters
    ----------
    levels : (n_frames, n_bins) array
    fmin : float
        Frequency of bin 0 in Hz.
    bins_per_octave : int >= 12

    Returns
    -------
    (n_frames, n_semitones) array
        From `first_semitone` on.
    """
    exact = pitch(fmin) + 12 / bins_per_octave * np.arange(levels.shape[1])
    last = math.floor(exact[-1] + 6 / bins_per_octave)
    semitones = np.arange(first_semitone(fmin, bins_per_octave), last + 1)
    return levels[:, np.abs(exact - semitones[:, None]).argmin(axis=1)]


def first_semitone(fmin: float, bins_per_octave: int) -> int:
    """MIDI number of the lowest semitone that has a bin, if bin 0 lies at `fmin` Hz: one within half a bin of it."""
    return math.ceil(pitch(fmin) - 6 / bins_per_octave)


def pitch(hz: float) -> float:
    """MIDI number of a frequency, with its fraction; 69 is 440 Hz."""
    return 69 + 12 * math.log2(hz / 440)
