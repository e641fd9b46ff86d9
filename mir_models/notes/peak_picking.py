"""Peak picking: local maxima of curves over frames, and the position of a maximum between the frames."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray


def local_maxima(padded: NDArray[np.floating], radius: int) -> NDArray[np.bool_]:
    """Where a value is the largest of its column within `radius` rows on either side, the first of equals.

    Parameters
    ----------
    padded : (radius + n_frames + radius, n_columns) array
        The first and the last `radius` rows are only compared with.
    radius : int >= 1

    Returns
    -------
    (n_frames, n_columns) bool
    """
    n_frames = len(padded) - 2 * radius
    values = padded[radius : radius + n_frames]
    peaks = np.ones(values.shape, dtype=bool)
    for distance in range(1, radius + 1):
        peaks &= values > padded[radius - distance : radius - distance + n_frames]
        peaks &= values >= padded[radius + distance : radius + distance + n_frames]
    return peaks


def parabolic_offset(
    before: NDArray[np.float64], peak: NDArray[np.float64], after: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Frames from a maximum to the vertex of the parabola through it and its neighbours, in [-1/2, 1/2].

    With the values a < b >= c it is ``(a - c) / (2 (a - 2 b + c))`` (J. O. Smith, "Spectral Audio Signal Processing",
    2011, "Quadratic interpolation of spectral peaks").
    """
    return 0.5 * (before - after) / (before - 2 * peak + after)


def interpolated_argmax(values: ArrayLike) -> float:
    """Index of the maximum of a curve (n,), between the frames by `parabolic_offset`; whole at either end."""
    y = np.asarray(values, dtype=np.float64)
    i = int(np.argmax(y))
    if not 0 < i < len(y) - 1:
        return float(i)
    before, top, after = y[i - 1 : i + 2]
    curved = before - 2 * top + after < 0
    return i + (float(parabolic_offset(before, top, after)) if curved else 0.0)
