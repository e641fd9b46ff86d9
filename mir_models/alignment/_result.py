"""What a method of alignment returns."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Alignment:
    """The lag of one track and the evidence for it.

    Attributes
    ----------
    method : str
        Name of the method in the registry.
    lag : float
        Seconds to add to label time to obtain audio time, as the method applies it; positive: the audio is late.
    measured_lag : float or None
        What was measured, applied or not; None where nothing could be measured (silence, no notes).
    confidence : float in [0, 1]
        Trust in `measured_lag`.
    peak_ratio : float in [0, 100]
        Highest peak of `correlation` over the second highest.
    second_lag : float or None
        Where the second highest peak is, in seconds; None where there is none.
    drift : float
        Seconds by which the lags of the parts of the track differ; a wrong tempo or a wrong piece has a large drift.
    n_notes : int
        Notes that lie inside the recording once the measured lag is added.
    lags : (n_lags,) float64
        Seconds at which `correlation` is known, ascending.
    correlation : (n_lags,) float64
        The correlation function whose peak is the lag.
    audio_curve, label_curve : (n_frames,) float32
        Onsets heard, in audio time, and onsets written, in label time; both start at 0 s and need not be equally long.
    frame_rate : float
        Frames per second of the two curves.
    """

    method: str
    lag: float
    measured_lag: float | None
    confidence: float
    peak_ratio: float
    second_lag: float | None
    drift: float
    n_notes: int
    lags: NDArray[np.float64]
    correlation: NDArray[np.float64]
    audio_curve: NDArray[np.float32]
    label_curve: NDArray[np.float32]
    frame_rate: float
