"""Systems compared on the same tracks: means with intervals, and paired differences to one of them.

A difference is taken track by track, so that how hard the tracks are cancels; resampling the tracks is the paired
bootstrap (:mod:`mir_models.evaluation.metrics.bootstrap`). An interval that excludes 0 is no statement about other
trainings of the same network.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypedDict

import numpy as np
from numpy.typing import NDArray

from mir_models.evaluation.metrics import bootstrap
from mir_models.evaluation.metrics.bootstrap import BootstrapParams, Interval
from mir_models.evaluation.metrics.classes import accuracy, macro_f1

Kind = Literal["network", "baseline", "peer"]
"""What a system is: a network of the store, a baseline of its report, or another program."""
Statistic = Callable[[NDArray[np.float64]], float]
"""From the rows of tracks, (n_tracks, …), to a score."""


class ComparedScore(TypedDict):
    """A score of a system.

    Attributes
    ----------
    value : float
    interval : [low, high] or None
        None with fewer than two tracks.
    difference : float or None
        By how much it is above the system that all are compared with; None of that system itself.
    difference_interval : [low, high] or None
        Of the difference, paired.
    """

    value: float
    interval: Interval
    difference: float | None
    difference_interval: Interval


class ComparedSystem(TypedDict):
    """A row of a comparison: a system and its scores by name, None for those that it does not have."""

    system: str
    kind: Kind
    scores: dict[str, ComparedScore | None]


@dataclass(frozen=True)
class System:
    """A system that is compared.

    Attributes
    ----------
    name : str
    kind : {"network", "baseline", "peer"}
    rows : mapping of str to (n_tracks, …) array
        By score, what `STATISTICS`, or else the mean, is computed of; the tracks are the same, in the same order, for
        all systems. A score that a system does not have is not in it.
    """

    name: str
    kind: Kind
    rows: Mapping[str, NDArray[np.float64]]


def compare_systems(
    systems: Sequence[System], reference: str, measures: Sequence[str], **resampling: float
) -> list[ComparedSystem]:
    """Scores of systems, and their differences to one of them; the best first by the first measure.

    Parameters
    ----------
    systems : sequence of System
    reference : str
        Name of the system that all are compared with.
    measures : sequence of str
    **resampling
        See `mir_models.evaluation.metrics.bootstrap.interval`.
    """
    params = BootstrapParams(**resampling)  # type: ignore[typeddict-item]  # checked by `interval`
    (base,) = [each for each in systems if each.name == reference]
    compared = [
        ComparedSystem(
            system=each.name,
            kind=each.kind,
            scores={measure: _score(each, base, measure, params) for measure in measures},
        )
        for each in systems
    ]
    return sorted(compared, key=lambda row: _descending(row["scores"][measures[0]]))


def _descending(score: ComparedScore | None) -> float:
    return 1.0 if score is None else -score["value"]


def _score(system: System, base: System, measure: str, params: BootstrapParams) -> ComparedScore | None:
    if measure not in system.rows:
        return None
    statistic, rows = STATISTICS.get(measure, _mean), system.rows[measure]
    value = float(statistic(rows))
    score = ComparedScore(
        value=value,
        interval=bootstrap.as_json(bootstrap.interval(rows, statistic, **params)),
        difference=None,
        difference_interval=None,
    )
    if system is base or measure not in base.rows:
        return score
    pairs = np.stack([rows, base.rows[measure]], axis=1)

    def difference(drawn: NDArray[np.float64]) -> float:
        return float(statistic(drawn[:, 0]) - statistic(drawn[:, 1]))

    score["difference"] = difference(pairs)
    score["difference_interval"] = bootstrap.as_json(bootstrap.interval(pairs, difference, **params))
    return score


def verdict(score: ComparedScore | None) -> str:
    """What the interval of a difference says: ``"better"``, ``"worse"``, ``"undecided"``; empty without one."""
    interval = score and score["difference_interval"]
    if not interval:
        return ""
    low, high = interval
    return "better" if low > 0 else "worse" if high < 0 else "undecided"


def _mean(rows: NDArray[np.float64]) -> float:
    return float(rows.mean())


def _accuracy(pairs: NDArray[np.float64]) -> float:
    return accuracy(pairs[:, 0].astype(np.int64), pairs[:, 1].astype(np.int64))


def _macro_f1(pairs: NDArray[np.float64]) -> float:
    return macro_f1(pairs[:, 0].astype(np.int64), pairs[:, 1].astype(np.int64))


STATISTICS: Mapping[str, Statistic] = {"accuracy": _accuracy, "macro_f1": _macro_f1}
"""Of classifications, from rows (reference class, estimated class), as indices; others are means over tracks."""
