"""The band of scores that trainings with other seeds have: a prediction interval for one more training [1]_.

.. [1] G. J. Hahn and W. Q. Meeker, "Statistical Intervals", Wiley, 1991, section 4.7.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

MIN_SEEDS = 2
"""Scores without which there is no band."""


def prediction_band(scores: Sequence[float], *, level: float = 0.95) -> tuple[float, float] | None:
    """The interval in which the score of one more training lies with a probability, if scores are normal.

    Parameters
    ----------
    scores : sequence of float
        Of trainings that differ in their seed only.
    level : float in (0, 1)

    Returns
    -------
    low, high : float, or None
        None of fewer than `MIN_SEEDS` scores. With few the band is wide: 3 scores of deviation s give 5.0 s on either
        side of their mean.
    """
    from scipy import stats

    n = len(scores)
    if n < MIN_SEEDS:
        return None
    mean, deviation = float(np.mean(scores)), float(np.std(scores, ddof=1))
    half = float(stats.t.ppf((1 + level) / 2, n - 1)) * deviation * (1 + 1 / n) ** 0.5
    return mean - half, mean + half
