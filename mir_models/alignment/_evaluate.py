"""Evaluation of a time map, the same for every method: its anchors, evidence, confidence and residual correlation."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mir_models.alignment._anchors import measure_anchors
from mir_models.alignment._confidence import confidence, preference
from mir_models.alignment._cross_correlation import correlate
from mir_models.alignment._evidence import collect_evidence
from mir_models.alignment._onset_features import OnsetFeatures
from mir_models.alignment._params import MethodParams
from mir_models.alignment._result import Alignment
from mir_models.notes.annotations import Notes
from mir_models.notes.time_map import TimeMap

MAX_FURTHER_LAG = 5.0
"""Seconds of further lag at which the correlation is kept, either way."""


def evaluate_map(
    method: str, features: OnsetFeatures, notes: Notes, time_map: TimeMap, params: MethodParams
) -> Alignment:
    """What a method returns that found `time_map`.

    Parameters
    ----------
    method : str
        Its name.
    features : OnsetFeatures
        Of the recording.
    notes : Notes
        Non-empty, on the 88 keys, in label time: those that can lie in the recording.
    time_map : TimeMap
        From label time to audio time.
    params : MethodParams
    """
    anchors = measure_anchors(features, notes, time_map, params, params.anchoring)
    evidence = collect_evidence(features, notes, time_map, params.grid, anchors.deviations, max_lag=params.max_lag)
    lags, correlation = _further_lags(features, notes, time_map, params)
    lag = float(time_map.lags(notes.onset_times[0]))
    return Alignment(
        method=method,
        time_map=time_map,
        measured=time_map,
        lag=lag,
        measured_lag=lag,
        confidence=confidence(evidence, params.judging),
        preference=preference(evidence, params.judging),
        evidence=evidence,
        residuals=np.column_stack([anchors.label_times, anchors.deviations]),
        n_notes=evidence.n_notes,
        lags=lags,
        correlation=correlation,
        audio_curve=features.flux,
        onset_times=notes.onset_times,
        frame_rate=params.fine_grid.frame_rate,
    )


def _further_lags(
    features: OnsetFeatures, notes: Notes, time_map: TimeMap, params: MethodParams
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Further lags, and the correlation of detected onsets with label onsets when the map is shifted by them."""
    moved = time_map.moved(notes)
    moved = moved.where((moved.onset_times >= 0) & (moved.onset_times < features.duration))
    if not len(moved):
        return np.zeros(0), np.zeros(0)
    return correlate(features.per_key, moved, params.grid, max_lag=MAX_FURTHER_LAG)
