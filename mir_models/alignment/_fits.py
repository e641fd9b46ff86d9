"""Robust fits: the constant, the line or the smoothing spline through deviations, whatever a few outliers are."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mir_models.alignment._anchors import Anchors
from mir_models.notes.time_map import TimeMap

N_ROUNDS = 4
"""Rounds of reweighting."""
CUT = 2.0
"""Deviations beyond this many standard deviations count less: as their inverse square."""
SMALLEST_SCALE = 1e-5
"""Seconds; below it deviations are equal."""
FEWEST_POINTS = 5
SMOOTHNESSES = (0.03, 0.3, 3.0, 30.0, 300.0, 1e5)
"""Smoothing splines that are tried: they follow changes within about 1, 2, 4, 7, 12 and 50 s."""
PATH_SMOOTHNESS = 3.0
"""Of the map through a path of lags, which moves in whole frames."""
SPACING = 0.25
"""Seconds between the knots of a smooth map."""
STEEPEST = 0.1
"""A smooth map is no flatter than this: a second of labels lasts at least so many seconds of audio."""

Array = NDArray[np.float64]


def fit_constant(y: Array, weights: Array) -> float:
    """The robust weighted mean of `y`."""
    value = float(np.median(y))
    for _ in range(N_ROUNDS):
        value = float(np.average(y, weights=_reweighted(weights, y - value)))
    return value


def fit_line(x: Array, y: Array, weights: Array) -> tuple[float, float]:
    """Intercept and slope of the robust weighted line through (x, y), which has two points or more."""
    slope, intercept = 0.0, float(np.median(y))
    for _ in range(3 * N_ROUNDS):
        w = np.sqrt(_reweighted(weights, y - intercept - slope * x))
        slope, intercept = np.polyfit(x, y, 1, w=w)
    return float(intercept), float(slope)


def fit_spline(x: Array, y: Array, weights: Array, at: Array, *, smoothness: float | None = None) -> Array:
    """The robust cubic smoothing spline through (x, y), evaluated at points within them.

    Parameters
    ----------
    x, y, weights : (n,) float64
        `x` ascends strictly. Fewer than five points give a constant.
    at : (n_at,) float64
    smoothness : float > 0, optional
        Factor of the integral of the squared second derivative, beside a sum of squares of mean weight 1
        (`scipy.interpolate.make_smoothing_spline`). Without it, the one of `SMOOTHNESSES` with which every second
        point predicts the others best (cross-validation): a straight line where the data show no more.

    Returns
    -------
    (n_at,) float64
    """
    if len(x) < FEWEST_POINTS:
        return np.full(len(at), fit_constant(y, weights))
    chosen = _cross_validated(x, y, weights) if smoothness is None else smoothness
    return _spline(x, y, weights, at, chosen)


def _spline(x: Array, y: Array, weights: Array, at: Array, smoothness: float, *, n_rounds: int = N_ROUNDS) -> Array:
    from scipy.interpolate import make_smoothing_spline

    w = weights
    for _ in range(n_rounds):
        spline = make_smoothing_spline(x, y, w=w / w.mean(), lam=smoothness)
        w = _reweighted(weights, y - spline(x))
    return np.asarray(spline(np.clip(at, x[0], x[-1])))


def _cross_validated(x: Array, y: Array, weights: Array) -> float:
    """The smoothness whose spline through every second point has the smallest mean distance from the others."""
    if len(x) < 2 * FEWEST_POINTS:
        return SMOOTHNESSES[-1]
    some, others = slice(0, None, 2), slice(1, None, 2)

    def distance(smoothness: float) -> float:
        predicted = _spline(x[some], y[some], weights[some], x[others], smoothness, n_rounds=2)
        return float(np.average(np.abs(y[others] - predicted), weights=weights[others]))

    return min(reversed(SMOOTHNESSES), key=distance)


def corrected_map(time_map: TimeMap, anchors: Anchors, *, smoothness: float | None = None) -> TimeMap:
    """A map corrected by the smooth curve through the anchors measured about it.

    Between two anchors the curve runs between their smoothed deviations (Fritsch & Carlson 1980): it does not swing out
    where notes are far apart.
    """
    from scipy.interpolate import PchipInterpolator

    x, first, last = anchors.label_times, anchors.label_times[0], anchors.label_times[-1]
    smoothed = fit_spline(x, anchors.deviations, anchors.weights, x, smoothness=smoothness)
    at = np.linspace(first, last, 2 + int((last - first) / SPACING)) if last > first else x[:1]
    deviations = PchipInterpolator(x, smoothed)(at) if len(x) > 1 else smoothed
    return TimeMap(np.column_stack([at, _ascending(at, time_map(at) + deviations)]))


def _ascending(label_times: Array, audio_times: Array) -> Array:
    """Audio times that ascend by at least the steepest tempo allowed, moved by as little as that takes."""
    floor = STEEPEST * label_times
    return np.maximum.accumulate(audio_times - floor) + floor


def scale(deviations: Array) -> float:
    """Standard deviation, estimated by the median absolute deviation from zero."""
    return 1.4826 * float(np.median(np.abs(deviations))) + SMALLEST_SCALE


def _reweighted(weights: Array, deviations: Array) -> Array:
    limit = CUT * scale(deviations)
    return weights * np.minimum(1.0, np.square(limit / np.maximum(np.abs(deviations), limit)))
