"""No alignment: the labels are exact. The lag is measured by correlation and reported, never applied."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from mir_models.alignment import correlation
from mir_models.alignment._result import Alignment
from mir_models.annotations import Notes
from mir_models.errors import TrackError

VERSION = 1


@dataclass(frozen=True)
class Params(correlation.Params):
    """Settings of the measurement, see :class:`mir_models.alignment.correlation.Params`.

    Attributes
    ----------
    confidence_threshold : float
        Zero: exact labels are used whatever the measurement says.
    """

    confidence_threshold: float = 0.0


def align(y: NDArray[np.float32], notes: Notes, params: Params) -> Alignment:
    """A lag of zero, with the measured one beside it; silence or a track without notes is measured as None.

    Parameters and returned value are those of :func:`mir_models.alignment.correlation.align`.
    """
    try:
        measured = correlation.align(y, notes, params)
    except TrackError:
        measured = _unmeasured(params)
    return replace(measured, method="none", lag=0.0)


def _unmeasured(params: Params) -> Alignment:
    nothing = np.zeros(0)
    curve = np.zeros(0, dtype=np.float32)
    return Alignment(
        method="none",
        lag=0.0,
        measured_lag=None,
        confidence=0.0,
        peak_ratio=0.0,
        second_lag=None,
        drift=0.0,
        n_notes=0,
        lags=nothing,
        correlation=nothing,
        audio_curve=curve,
        label_curve=curve,
        frame_rate=params.fine_grid.frame_rate,
    )
