"""Promotion: whether a challenger replaces the champion, by the scores of both on the same tracks.

A challenger is promoted where its mean is higher and the interval of the mean difference says that it is no worse by
more than a margin (a test of non-inferiority [1]_ beside the comparison of means). Differences are taken track by
track, so that the tracks' own difficulty cancels: resampling them is the paired bootstrap.

.. [1] G. Piaggio et al., "Reporting of noninferiority and equivalence randomized trials", JAMA 308(24), 2012.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

import numpy as np
from msgspec import Meta

from mir_models.evaluation.metrics import bootstrap
from mir_models.evaluation.metrics.bootstrap import Interval
from mir_models.setting_types import Count, Share, WholeAmount, check_settings

VERSION = 1
"""Raised when the same scores lead to another outcome."""
FEWEST_TRACKS = 2
"""With fewer there is no interval."""


@dataclass(frozen=True)
class Params:
    """The rule by which a challenger is promoted.

    Attributes
    ----------
    margin : float
        By how much the low end of the interval of the mean difference may be below 0.
    level : float
        Of the interval.
    n_resamples : int
        Of the bootstrap over tracks.
    seed : int
        Of its draws.
    """

    margin: Share = 0.005
    level: Annotated[float, Meta(gt=0, lt=1)] = 0.95
    n_resamples: Count = 1000
    seed: WholeAmount = 0

    def __post_init__(self) -> None:
        check_settings(self)


@dataclass(frozen=True)
class Outcome:
    """What the rule says of a challenger.

    Attributes
    ----------
    promote : bool
    reason : str
        A sentence without its full stop.
    challenger, champion : float
        Mean scores; NaN without tracks.
    difference : float
        Of the means, challenger less champion.
    interval : [low, high] or None
        Of that difference; None where there are fewer than `FEWEST_TRACKS` tracks.
    """

    promote: bool
    reason: str
    challenger: float
    champion: float
    difference: float
    interval: Interval


def decide(challenger: Sequence[float], champion: Sequence[float], params: Params, *, measure: str) -> Outcome:
    """Whether a challenger is promoted.

    Parameters
    ----------
    challenger, champion : (n_tracks,) sequences
        Scores of the same tracks in the same order, higher is better.
    params : Params
    measure : str
        What is scored, in words, for the reason.

    Raises
    ------
    ValueError
        Where the two have another number of tracks.
    """
    differences = [a - b for a, b in zip(challenger, champion, strict=True)]
    if len(differences) < FEWEST_TRACKS:
        n = len(differences)
        reason = f"{n or 'no'} track{'s' * (n != 1)} to compare on, {FEWEST_TRACKS} are needed for an interval"
        return Outcome(False, reason, _mean(challenger), _mean(champion), _mean(differences), None)
    low, high = bootstrap.interval(differences, n_resamples=params.n_resamples, level=params.level, seed=params.seed)
    difference = _mean(differences)
    is_better, is_no_worse = difference > 0, low >= -params.margin
    figures = (
        f"{measure} {_mean(challenger):.4f} beside {_mean(champion):.4f}, "
        f"difference {difference:+.4f}, {params.level:.0%} interval {low:+.4f} to {high:+.4f}"
    )
    verdict = (
        "better by the mean"
        if is_better and is_no_worse
        else f"better by the mean, but possibly worse by more than {params.margin:g}"
        if is_better
        else "not better by the mean"
    )
    means = _mean(challenger), _mean(champion), difference
    return Outcome(is_better and is_no_worse, f"{verdict}: {figures}", *means, [low, high])


def _mean(values: Sequence[float]) -> float:
    return float(np.mean(values)) if len(values) else math.nan
