"""Any tempo, by dynamic time warping in the plane of label time and lag, refined by the flux.

1. *Coarse*: a stiff path of lags is sought, for a tempo off by some per cent (:mod:`mir_models.alignment._tracking`).
2. *Fine*: it is tracked at a hop of 6 ms, and corrected by the smooth curve through its anchors.
3. Where the confidence does not suffice, a flexible path is sought, for rubato of up to a half, its surroundings once
   more by a stiffer one, and refined alike; the map with the higher confidence is kept.

It differs from dynamic time warping as usual (librosa, synctoolbox) in what a cell of the matrix is: evidence of all
notes of a quarter or half a second, key by key, instead of a distance between two frames; and in the plane, a band
about the diagonal of some lags, so that memory grows with the length of the track times the lags and not with its
square. Where even that is much, a coarser grid is searched first.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from mir_models.alignment import drift
from mir_models.alignment._anchors import measure
from mir_models.alignment._fits import PATH_SMOOTHNESS, moved_map
from mir_models.alignment._judgement import judged
from mir_models.alignment._onsets import Onsets, listen
from mir_models.alignment._result import Alignment
from mir_models.alignment._search import heard_notes
from mir_models.alignment._tracking import Tracking, refine, track
from mir_models.notes.annotations import Notes
from mir_models.notes.time_map import TimeMap

NAME = "dtw"
VERSION = 1
ABOUT = 0.5
"""Seconds to either side of the flexible path in which the stiffer one is sought."""


@dataclass(frozen=True)
class Params(drift.Params):
    """Settings of the tracking, stiff and flexible.

    Attributes
    ----------
    flexible : Tracking
        A path of any tempo from a half to one and a half times that of the notes.
    about_flexible : Tracking
        The path that is sought about the flexible one.
    flexible_below : float in [0, 1]
        Confidence of the stiff path below which the flexible one is sought.
    sufficient : float in [0, 1]
        Confidence at which `auto` tries no dearer method.
    """

    flexible: Tracking = field(default_factory=lambda: Tracking(cell=0.125, smoothing=5, max_step=3, stiffness=0.05))
    about_flexible: Tracking = field(default_factory=lambda: Tracking(cell=0.5, smoothing=3, max_step=3, stiffness=0.6))
    flexible_below: float = 0.85
    sufficient: float = 0.94


def align(y: NDArray[np.float32], notes: Notes, params: Params) -> Alignment:
    """The time map of a recording; parameters, result and errors are those of `correlation.align`."""
    return match(listen(y, params), notes, params)


def match(heard: Onsets, notes: Notes, params: Params) -> Alignment:
    """As `align`, for a recording that was heard before."""
    notes = heard_notes(notes, drift.reachable(heard, params.max_lag, params.flexible.max_drift(params.grid)))
    stiff = _judged(
        heard, notes, _tracked(heard, notes, TimeMap.shift(0.0), params.stiff, params, reach=params.max_lag), params
    )
    if stiff.confidence >= params.flexible_below:
        return stiff
    rough = _tracked(heard, notes, TimeMap.shift(0.0), params.flexible, params, reach=params.max_lag)
    flexible = _judged(
        heard, notes, _tracked(heard, notes, rough, params.about_flexible, params, reach=ABOUT, widening=False), params
    )
    return max(stiff, flexible, key=lambda alignment: alignment.confidence)


def _tracked(
    heard: Onsets,
    notes: Notes,
    start: TimeMap,
    tracking: Tracking,
    params: Params,
    *,
    reach: float,
    widening: bool = True,
) -> TimeMap:
    path = track(heard, notes, start, params.grid, tracking, reach=reach, widening=widening)
    return moved_map(start, path, smoothness=PATH_SMOOTHNESS)


def _judged(heard: Onsets, notes: Notes, coarse: TimeMap, params: Params) -> Alignment:
    """A map corrected by what is heard at a hop of 6 ms, and the confidence in it."""
    path = refine(heard.flux, notes, coarse, params.fine_grid, params.anchoring)
    tracked = moved_map(coarse, path)
    found = moved_map(tracked, measure(heard, notes, tracked, params, params.anchoring))
    return judged("dtw", heard, notes, found, params)
