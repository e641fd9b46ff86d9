"""Power spectra of short frames, and their levels: what several features have in common."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from mir_models.shared_results import shared

AMIN = 1e-10
"""Power below which every level is the same, as in librosa."""
TRACK: Final = "track"
FULL_SCALE: Final = "full scale"
"""What levels are relative to: the loudest cell of the track, or a power of 1."""


@shared(keep=1)  # It may be twice as large as the recording.
def power(y: NDArray[np.float32], n_fft: int, hop_length: int) -> NDArray[np.float32]:
    """Squared magnitudes of the short-time Fourier transform with a Hann window.

    Parameters
    ----------
    y : (n_samples,) float32
    n_fft, hop_length : int
        Samples of a frame, and between two.

    Returns
    -------
    (1 + n_fft // 2, 1 + n_samples // hop_length) float32
        Frequency first, as in librosa; centred frames, with silence before and after the track. It may be shared with
        other presets: not to be written to.
    """
    import librosa

    n_frames = 1 + len(y) // hop_length
    audible = np.pad(y, (0, max(0, n_fft - len(y))))  # Shorter audio would be warned of.
    return np.abs(librosa.stft(audible, n_fft=n_fft, hop_length=hop_length)[:, :n_frames]) ** 2


def levels(power: NDArray[np.float32], *, reference: str, floor_db: float) -> NDArray[np.float32]:
    """Decibels of `power`, cut off at `floor_db`; it is `librosa.power_to_db` but for silence, which is the floor.

    Parameters
    ----------
    power : array of any shape
    reference : {"track", "full scale"}
        `TRACK`: relative to the largest value in `power`, so that a louder copy of a track has the same levels;
        `FULL_SCALE`: relative to 1.
    floor_db : float < 0
    """
    loudest = float(power.max(initial=0)) if reference == TRACK else 1.0
    if loudest <= AMIN:
        return np.full(power.shape, floor_db, dtype=np.float32)
    decibels = 10 * np.log10(np.maximum(power, np.float32(AMIN))) - np.float32(10 * np.log10(loudest))
    return np.maximum(decibels, np.float32(floor_db)).astype(np.float32, copy=False)
