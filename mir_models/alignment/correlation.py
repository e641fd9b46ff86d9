"""Alignment by one lag for the whole track: the cross-correlation of detected onsets with label onsets.

1. *Coarse*: the onsets detected in each semitone are correlated with the label onsets of it, and the functions of the
   keys are summed into one (by FFT, :func:`mir_models.alignment._cross_correlation.correlate`). Its highest peak is the
   coarse lag.
2. *Fine*: the spectral flux around all label onsets is averaged at a hop of 6 ms; its peak is the lag.

``curve="amplitudes"`` is the older way, kept to be compared with: the sum of the amplitudes of all bins per frame
against the number of notes that sound, and the peak of their correlation is the lag. It is late, since a note
decays while its label stays flat, and sees no difference between keys; onsets per key have neither fault.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from mir_models.alignment._cross_correlation import alignable_notes, correlate, correlate_amplitudes, fine_lag
from mir_models.alignment._evaluate import evaluate_map
from mir_models.alignment._onset_features import OnsetFeatures, extract_onsets
from mir_models.alignment._params import MethodParams
from mir_models.alignment._restruck_match import match_restruck
from mir_models.alignment._result import Alignment
from mir_models.notes.annotations import Notes
from mir_models.notes.peak_picking import interpolated_argmax
from mir_models.notes.time_map import TimeMap

NAME = "correlation"
VERSION = 2


@dataclass(frozen=True)
class Params(MethodParams):
    """Settings of the correlation.

    Attributes
    ----------
    curve : {"onsets", "amplitudes"}
        What is correlated.
    """

    curve: Literal["onsets", "amplitudes"] = "onsets"


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
    return match(extract_onsets(y, params), notes, params)


def match(features: OnsetFeatures, notes: Notes, params: Params) -> Alignment:
    """The lag at which `notes` best explain the onsets of a recording; errors and result are those of `align`."""
    notes = alignable_notes(notes, features.duration + params.max_lag)
    return match_restruck(partial(_match, features, params), features, notes, params)


def _match(features: OnsetFeatures, params: Params, notes: Notes) -> Alignment:
    lag = best_lag(features, notes, params)
    return evaluate_map("correlation", features, notes, TimeMap.shift(lag), params)


def best_lag(features: OnsetFeatures, notes: Notes, params: Params) -> float:
    """The lag with the highest peak, in seconds."""
    if params.curve == "amplitudes":
        lags, correlation = correlate_amplitudes(features.level, notes, params.grid, max_lag=params.max_lag)
        return float(np.interp(interpolated_argmax(correlation), np.arange(len(lags)), lags))
    lags, correlation = correlate(features.per_key, notes, params.grid, max_lag=params.max_lag)
    coarse = TimeMap.shift(float(lags[np.argmax(correlation)]))
    return float(coarse(0.0)) + fine_lag(features.flux, notes, coarse, params.fine_grid, params.anchoring)
