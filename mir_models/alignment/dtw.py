"""Alignment at any tempo, by dynamic time warping in the plane of label time and lag, refined by the flux.

1. *Coarse*: a stiff path of lags, for a tempo off by some per cent (:mod:`mir_models.alignment._warping_path`).
2. *Fine*: it is refined at a hop of 6 ms, and corrected by the smooth curve through its anchors.
3. Where the confidence does not suffice, a flexible path is sought, for rubato of up to a half, its surroundings once
   more by a stiffer one, and refined alike; the map with the higher confidence is kept.

It differs from dynamic time warping as usual (librosa, synctoolbox) in what a cell of the matrix is: evidence of all
notes of a quarter or half a second, key by key, instead of a distance between two frames; and in the plane, a band
about the diagonal of some lags, so that memory grows with the length of the track times the lags and not with its
square. Where even that is much, a coarser grid is searched first.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial

import numpy as np
from numpy.typing import NDArray

from mir_models.alignment import drift
from mir_models.alignment._anchors import measure_anchors
from mir_models.alignment._cross_correlation import alignable_notes
from mir_models.alignment._evaluate import evaluate_map
from mir_models.alignment._fits import PATH_SMOOTHNESS, corrected_map
from mir_models.alignment._onset_features import OnsetFeatures, extract_onsets
from mir_models.alignment._restruck_match import match_restruck
from mir_models.alignment._result import Alignment
from mir_models.alignment._warping_path import PathParams, find_path, refine_path
from mir_models.notes.annotations import Notes
from mir_models.notes.time_map import TimeMap
from mir_models.setting_types import Share

NAME = "dtw"
VERSION = 1
ABOUT = 0.5
"""Seconds to either side of the flexible path in which the stiffer one is sought."""


@dataclass(frozen=True)
class Params(drift.Params):
    """Settings of the paths of lags, stiff and flexible.

    Attributes
    ----------
    flexible : PathParams
        A path of any tempo from a half to one and a half times that of the notes.
    about_flexible : PathParams
        The path that is sought about the flexible one.
    flexible_below : float in [0, 1]
        Confidence of the stiff path below which the flexible one is sought.
    sufficient : float in [0, 1]
        Confidence at which `auto` tries no dearer method.
    """

    flexible: PathParams = field(
        default_factory=lambda: PathParams(cell=0.125, smoothing=5, max_step=3, stiffness=0.05)
    )
    about_flexible: PathParams = field(
        default_factory=lambda: PathParams(cell=0.5, smoothing=3, max_step=3, stiffness=0.6)
    )
    flexible_below: Share = 0.85
    sufficient: Share = 0.94


def align(y: NDArray[np.float32], notes: Notes, params: Params) -> Alignment:
    """The time map of a recording; parameters, result and errors are those of `correlation.align`."""
    return match(extract_onsets(y, params), notes, params)


def match(features: OnsetFeatures, notes: Notes, params: Params) -> Alignment:
    """As `align`, from the onset features of a recording."""
    notes = alignable_notes(
        notes, drift.latest_label_time(features, params.max_lag, params.flexible.max_drift(params.grid))
    )
    return match_restruck(partial(_match, features, params), features, notes, params)


def _match(features: OnsetFeatures, params: Params, notes: Notes) -> Alignment:
    identity = TimeMap.shift(0.0)
    coarse = _coarse_map(features, notes, identity, params.stiff, params, reach=params.max_lag)
    stiff = _refined(features, notes, coarse, params)
    if stiff.preference >= params.flexible_below:
        return stiff
    rough = _coarse_map(features, notes, identity, params.flexible, params, reach=params.max_lag)
    near = _coarse_map(features, notes, rough, params.about_flexible, params, reach=ABOUT, widening=False)
    return max(stiff, _refined(features, notes, near, params), key=lambda alignment: alignment.preference)


def _coarse_map(
    features: OnsetFeatures,
    notes: Notes,
    start: TimeMap,
    path_params: PathParams,
    params: Params,
    *,
    reach: float,
    widening: bool = True,
) -> TimeMap:
    """A map through the path of lags about another one."""
    path = find_path(features, notes, start, params.grid, path_params, reach=reach, widening=widening)
    return corrected_map(start, path, smoothness=PATH_SMOOTHNESS)


def _refined(features: OnsetFeatures, notes: Notes, coarse: TimeMap, params: Params) -> Alignment:
    """A map corrected by the flux at a hop of 6 ms, evaluated."""
    path = refine_path(features.flux, notes, coarse, params.fine_grid, params.anchoring)
    tracked = corrected_map(coarse, path)
    found = corrected_map(tracked, measure_anchors(features, notes, tracked, params, params.anchoring))
    return evaluate_map("dtw", features, notes, found, params)
