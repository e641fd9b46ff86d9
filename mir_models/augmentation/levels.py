"""Peak and mean power of audio; scaling to within full scale."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def within_full_scale(y: NDArray[np.floating]) -> NDArray[np.float32]:
    """`y` as float32, scaled down as a whole where its peak is beyond full scale."""
    return (y / max(peak(y), 1.0)).astype(np.float32)


def peak(y: NDArray[np.floating]) -> float:
    """Largest absolute value of `y`; 0 where it is empty."""
    return float(np.abs(y).max(initial=0.0))


def power(y: NDArray[np.floating]) -> float:
    """Mean square of `y`; 0 where it is empty."""
    return float(np.mean(np.square(y, dtype=np.float64))) if len(y) else 0.0
