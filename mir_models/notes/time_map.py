"""The time map: the function from label time to audio time of a recording."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mir_models.errors import ParameterError
from mir_models.notes.annotations import Notes


@dataclass(frozen=True, eq=False)
class TimeMap:
    """A strictly increasing, piecewise linear function from label time to audio time.

    Before the first knot and after the last it goes on as in the nearest piece; a map of one knot has tempo ratio 1
    everywhere. Since it increases strictly, notes keep their order and every duration stays positive.

    Attributes
    ----------
    knots : (n_knots, 2) float64, n_knots >= 1
        Label time and audio time in seconds, both strictly ascending.
    """

    knots: NDArray[np.float64]

    def __post_init__(self) -> None:
        knots = np.asarray(self.knots, dtype=np.float64)
        if knots.shape[1:] != (2,) or not len(knots) or not np.isfinite(knots).all():
            expected = "finite knots (n_knots, 2) of label and audio time, one at least"
            raise ParameterError(expected, received=f"shape {knots.shape}", remedy="give pairs of seconds")
        if not (np.diff(knots, axis=0) > 0).all():
            expected = "label and audio times of a map that ascend strictly"
            raise ParameterError(expected, received=_descent(knots), remedy="sort the knots and leave out equal times")
        object.__setattr__(self, "knots", knots)

    @classmethod
    def shift(cls, lag: float) -> TimeMap:
        """The map that adds `lag` seconds to every time."""
        return cls(np.array([[0.0, lag]]))

    @classmethod
    def line(cls, lag: float, ratio: float) -> TimeMap:
        """The map ``lag + ratio * t``: audio that lasts `ratio` times as long as its labels."""
        return cls(np.array([[0.0, lag], [1.0, lag + ratio]]))

    def __call__(self, times: ArrayLike) -> NDArray[np.float64]:
        """Audio time of each label time, in seconds."""
        return _interpolate(times, self.knots[:, 0], self.knots[:, 1])

    def inverse(self) -> TimeMap:
        """The map from audio time to label time."""
        return TimeMap(self.knots[:, ::-1])

    def then(self, later: TimeMap) -> TimeMap:
        """The map that goes through this one and through a `later` one: ``later(self(t))``, exactly."""
        times = np.unique(np.concatenate([self.knots[:, 0], self.inverse()(later.knots[:, 0])]))
        times = np.concatenate([[times[0] - 1.0], times, [times[-1] + 1.0]])  # Both go on beyond their knots.
        knots = np.column_stack([times, later(self(times))])
        return TimeMap(knots[np.r_[True, (np.diff(knots, axis=0) > 1e-9).all(axis=1)]])

    def lags(self, times: ArrayLike) -> NDArray[np.float64]:
        """Seconds to add to each label time to obtain audio time."""
        return self(times) - np.asarray(times, dtype=np.float64)

    def ratios(self) -> NDArray[np.float64]:
        """Seconds of audio per second of the labels in each piece between knots; 1 for a map of one knot."""
        steps = np.diff(self.knots, axis=0)
        return steps[:, 1] / steps[:, 0] if len(steps) else np.ones(1)

    def moved(self, notes: Notes) -> Notes:
        """Notes in label time as notes in audio time."""
        return replace(notes, intervals=self(notes.intervals))


def _interpolate(times: ArrayLike, x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
    """Piecewise linear through (x, y), going on outside as in the outermost pieces."""
    t = np.asarray(times, dtype=np.float64)
    if len(x) == 1:
        return y[0] + (t - x[0])
    piece = np.clip(np.searchsorted(x, t, side="right") - 1, 0, len(x) - 2)
    slope = (y[piece + 1] - y[piece]) / (x[piece + 1] - x[piece])
    return y[piece] + slope * (t - x[piece])


def _descent(knots: NDArray[np.float64]) -> str:
    first = int(np.flatnonzero((np.diff(knots, axis=0) <= 0).any(axis=1))[0])
    return f"{knots[first].tolist()} before {knots[first + 1].tolist()}"
