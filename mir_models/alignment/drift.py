"""A lag and a tempo ratio: the lag is tracked through the track, and a robust line is laid through it.

1. *Coarse*: the path of lags with the most evidence key by key (:mod:`mir_models.alignment._tracking`).
2. *Line*: the robust line through the path, and then, twice, through the anchors that are measured about it.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from mir_models.alignment import correlation
from mir_models.alignment._anchors import Anchors, measure
from mir_models.alignment._fits import constant, line
from mir_models.alignment._judgement import judged
from mir_models.alignment._onsets import Onsets, listen
from mir_models.alignment._result import Alignment
from mir_models.alignment._search import heard_notes
from mir_models.alignment._tracking import Tracking, track
from mir_models.notes.annotations import Notes
from mir_models.notes.time_map import TimeMap

NAME = "drift"
VERSION = 1
REACHES = (0.06, 0.03)
"""Seconds from the line at which anchors are sought, first and then."""
SMALLEST_SPAN = 5.0
"""A tempo cannot be told from lags that span fewer seconds: such a track gets a lag alone."""


@dataclass(frozen=True)
class Params(correlation.Params):
    """Settings of the correlation, and of the tracking.

    Attributes
    ----------
    stiff : Tracking
        A path of steady tempo: the tempo of the recording differs from that of the notes by 14 % at most.
    """

    stiff: Tracking = field(default_factory=lambda: Tracking(cell=0.5, smoothing=3, max_step=3, stiffness=1.2))


def align(y: NDArray[np.float32], notes: Notes, params: Params) -> Alignment:
    """The lag and the tempo ratio of a recording; parameters, result and errors are those of `correlation.align`."""
    return match(listen(y, params), notes, params)


def match(heard: Onsets, notes: Notes, params: Params) -> Alignment:
    """As `align`, for a recording that was heard before."""
    notes = heard_notes(notes, reachable(heard, params.max_lag, params.stiff.max_drift(params.grid)))
    path = track(heard, notes, TimeMap.shift(0.0), params.grid, params.stiff, reach=params.max_lag)
    found = fitted_line(TimeMap.shift(0.0), path)
    for reach in REACHES:
        anchoring = replace(params.anchoring, reach=reach)
        anchors = measure(heard, notes, found, params, anchoring)
        found = fitted_line(found, anchors)
    return judged("drift", heard, notes, found, params)


def reachable(heard: Onsets, max_lag: float, max_drift: float) -> float:
    """Seconds of label time after which no note can be in the recording."""
    return (heard.duration + max_lag) / (1 - max_drift)


def fitted_line(time_map: TimeMap, anchors: Anchors) -> TimeMap:
    """A straight map corrected by the robust line through the anchors measured about it."""
    ratio, lag = float(time_map.ratios()[0]), float(time_map(0.0))
    if np.ptp(anchors.label_times) < SMALLEST_SPAN:
        return TimeMap.line(lag + constant(anchors.deviations, anchors.weights), ratio)
    intercept, slope = line(anchors.label_times, anchors.deviations, anchors.weights)
    return TimeMap.line(lag + intercept, ratio + slope)
