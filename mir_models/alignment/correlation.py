"""One lag for the whole track, by correlation of the onsets heard with the onsets written.

1. *Coarse*: the onsets heard in each semitone are correlated with those written for it, and the functions of the keys
   are summed into one (by FFT, :func:`mir_models.alignment._search.correlate`). Its highest peak is the coarse lag.
2. *Fine*: the spectral flux around all written onsets is averaged at a hop of 6 ms; its peak is the lag.

``curve="amplitudes"`` is the older way, kept to be compared with: the sum of the amplitudes of all bins per frame
against the number of notes that sound, and the peak of their correlation is the lag. It is late, since a note
decays while its label stays flat, and sees no difference between keys; onsets per key have neither fault.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from mir_models.alignment._anchors import Anchoring, peak
from mir_models.alignment._judgement import Judging, judged
from mir_models.alignment._onsets import Listening, Onsets, listen
from mir_models.alignment._result import Alignment
from mir_models.alignment._search import correlate, correlate_amplitudes, fine_lag, heard_notes
from mir_models.errors import MirlitonError
from mir_models.notes.annotations import Notes
from mir_models.notes.time_map import TimeMap

NAME = "correlation"
VERSION = 2
CURVES = ("onsets", "amplitudes")


@dataclass(frozen=True)
class Params(Listening):
    """Settings of the correlation.

    Attributes
    ----------
    curve : {"onsets", "amplitudes"}
        What is correlated.
    max_lag : float
        Lags from minus to plus this many seconds are tried; later notes cannot match and are left out.
    anchoring : Anchoring
        How the fine lag and the anchors are measured.
    judging : Judging
        How evidence becomes confidence.
    confidence_threshold : float in [0, 1]
        Tracks below it go to quarantine.
    """

    curve: str = "onsets"
    max_lag: float = 30.0
    anchoring: Anchoring = field(default_factory=Anchoring)
    judging: Judging = field(default_factory=Judging)
    confidence_threshold: float = 0.5

    def __post_init__(self) -> None:
        if self.curve not in CURVES:
            raise MirlitonError(f"a curve among {', '.join(CURVES)}", received=repr(self.curve), remedy="choose one")


def align(y: NDArray[np.float32], notes: Notes, params: Params) -> Alignment:
    """The lag of a recording behind its notes.

    Parameters
    ----------
    y : (n_samples,) float32
        Mono audio at ``params.sr``.
    notes : Notes
        In label time.
    params : Params

    Returns
    -------
    Alignment
        With `time_map` equal to `measured`.

    Raises
    ------
    TrackError
        Without notes on the piano's 88 keys, or when the recording is silent.
    """
    return match(listen(y, params), notes, params)


def match(heard: Onsets, notes: Notes, params: Params) -> Alignment:
    """The lag at which `notes` explain the onsets heard; errors and result are those of `align`."""
    notes = heard_notes(notes, heard.duration + params.max_lag)
    return judged("correlation", heard, notes, TimeMap.shift(best_lag(heard, notes, params)), params)


def best_lag(heard: Onsets, notes: Notes, params: Params) -> float:
    """The lag with the highest peak, in seconds."""
    if params.curve == "amplitudes":
        lags, correlation = correlate_amplitudes(heard.level, notes, params.grid, max_lag=params.max_lag)
        return fine_peak(lags, correlation)
    lags, correlation = correlate(heard.per_key, notes, params.grid, max_lag=params.max_lag)
    coarse = TimeMap.shift(float(lags[np.argmax(correlation)]))
    return float(coarse(0.0)) + fine_lag(heard.flux, notes, coarse, params.fine_grid, params.anchoring)


def fine_peak(lags: NDArray[np.float64], correlation: NDArray[np.float64]) -> float:
    """Lag of the highest peak, between the frames."""
    return float(np.interp(peak(correlation), np.arange(len(lags)), lags))
