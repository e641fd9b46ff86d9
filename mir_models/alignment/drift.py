"""Alignment by a lag and a tempo ratio: a robust line through the lags along the track.

1. *Coarse*: the path of lags with the most evidence key by key (:mod:`mir_models.alignment._warping_path`).
2. *Line*: the robust line through the path, and then, twice, through the anchors that are measured about it.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from mir_models.alignment import correlation
from mir_models.alignment._anchors import Anchors, measure_anchors
from mir_models.alignment._cross_correlation import alignable_notes
from mir_models.alignment._evaluate import evaluate_map
from mir_models.alignment._fits import fit_constant, fit_line
from mir_models.alignment._onset_features import OnsetFeatures, extract_onsets
from mir_models.alignment._restruck_match import match_restruck
from mir_models.alignment._result import Alignment
from mir_models.alignment._warping_path import PathParams, find_path
from mir_models.notes.annotations import Notes
from mir_models.notes.time_map import TimeMap

NAME = "drift"
VERSION = 1
REACHES = (0.06, 0.03)
"""Seconds from the line at which anchors are sought, first and then."""
SMALLEST_SPAN = 5.0
"""A tempo cannot be estimated from lags that span fewer seconds: such a track gets a lag alone."""


@dataclass(frozen=True)
class Params(correlation.Params):
    """Settings of the correlation, and of the path of lags.

    Attributes
    ----------
    stiff : PathParams
        A path of steady tempo: the tempo of the recording differs from that of the notes by 14 % at most.
    """

    stiff: PathParams = field(default_factory=lambda: PathParams(cell=0.5, smoothing=3, max_step=3, stiffness=1.2))


def align(y: NDArray[np.float32], notes: Notes, params: Params) -> Alignment:
    """The lag and the tempo ratio of a recording; parameters, result and errors are those of `correlation.align`."""
    return match(extract_onsets(y, params), notes, params)


def match(features: OnsetFeatures, notes: Notes, params: Params) -> Alignment:
    """As `align`, from the onset features of a recording."""
    notes = alignable_notes(notes, latest_label_time(features, params.max_lag, params.stiff.max_drift(params.grid)))
    return match_restruck(partial(_match, features, params), features, notes, params)


def _match(features: OnsetFeatures, params: Params, notes: Notes) -> Alignment:
    path = find_path(features, notes, TimeMap.shift(0.0), params.grid, params.stiff, reach=params.max_lag)
    found = corrected_line(TimeMap.shift(0.0), path)
    for reach in REACHES:
        anchoring = replace(params.anchoring, reach=reach)
        anchors = measure_anchors(features, notes, found, params, anchoring)
        found = corrected_line(found, anchors)
    return evaluate_map("drift", features, notes, found, params)


def latest_label_time(features: OnsetFeatures, max_lag: float, max_drift: float) -> float:
    """Seconds of label time after which no note can be in the recording."""
    return (features.duration + max_lag) / (1 - max_drift)


def corrected_line(time_map: TimeMap, anchors: Anchors) -> TimeMap:
    """A straight map corrected by the robust line through the anchors measured about it."""
    ratio, lag = float(time_map.ratios()[0]), float(time_map(0.0))
    if np.ptp(anchors.label_times) < SMALLEST_SPAN:
        return TimeMap.line(lag + fit_constant(anchors.deviations, anchors.weights), ratio)
    intercept, slope = fit_line(anchors.label_times, anchors.deviations, anchors.weights)
    return TimeMap.line(lag + intercept, ratio + slope)
