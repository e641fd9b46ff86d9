"""No alignment, for exact labels. The lag is measured by correlation and reported, never applied."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from mir_models.alignment import correlation
from mir_models.alignment._evidence import Evidence
from mir_models.alignment._onset_features import OnsetFeatures, extract_onsets
from mir_models.alignment._result import Alignment
from mir_models.errors import TrackError
from mir_models.notes.annotations import Notes
from mir_models.notes.time_map import TimeMap
from mir_models.setting_types import Share

NAME = "none"
VERSION = 2


@dataclass(frozen=True)
class Params(correlation.Params):
    """Settings of the measurement, see :class:`mir_models.alignment.correlation.Params`.

    Attributes
    ----------
    confidence_threshold : float
        Zero: exact labels are used whatever the measured confidence.
    """

    confidence_threshold: Share = 0.0


def align(y: NDArray[np.float32], notes: Notes, params: Params) -> Alignment:
    """A map that changes nothing, and the measured one; None is measured of silence or without notes.

    Parameters and returned value are those of :func:`mir_models.alignment.correlation.align`.
    """
    try:
        features = extract_onsets(y, params)
    except TrackError:
        return _unmeasured(params)
    return match(features, notes, params)


def match(features: OnsetFeatures, notes: Notes, params: Params) -> Alignment:
    """As `align`, from the onset features of a recording."""
    try:
        measured = correlation.match(features, notes, params)
    except TrackError:
        return _unmeasured(params)
    return replace(measured, method="none", time_map=TimeMap.shift(0.0), lag=0.0)


def _unmeasured(params: Params) -> Alignment:
    nothing = np.zeros(0)
    return Alignment(
        method="none",
        time_map=TimeMap.shift(0.0),
        measured=None,
        lag=0.0,
        measured_lag=None,
        confidence=0.0,
        evidence=Evidence(),
        residuals=np.zeros((0, 2)),
        n_notes=0,
        lags=nothing,
        correlation=nothing,
        audio_curve=nothing.astype(np.float32),
        onset_times=nothing,
        frame_rate=params.fine_grid.frame_rate,
    )
