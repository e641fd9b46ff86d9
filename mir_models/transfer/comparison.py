"""Transfer comparison: macro F1 and accuracy of probes on the embeddings of several systems, with intervals.

Each system gives a row of numbers per track; the same probes are fitted on all of them, over the same folds
(:mod:`mir_models.transfer.probes`), and the predictions of all folds are scored together. This is repeated for several
seeds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NotRequired, TypedDict

import numpy as np
from numpy.typing import NDArray

from mir_models.evaluation.metrics.classes import accuracy, macro_f1
from mir_models.evaluation.metrics.seed_bootstrap import score_over_seeds
from mir_models.transfer import probes

Rows = Sequence[NDArray[np.float64]]
"""Embeddings by seed, (n_tracks, n_numbers) each."""
OnProgress = Callable[[int, int, str], None]
"""Called with the number of steps done, their number, and what comes next."""
_Indices = NDArray[np.int64]
_Interval = tuple[float, float]


@dataclass(frozen=True)
class Target:
    """Classes that the probes predict.

    Attributes
    ----------
    classes, groups : (n_tracks,) str
        Tracks of a group (work, album) are never divided between training and test folds.
    """

    classes: tuple[str, ...]
    groups: tuple[str, ...]


class ComparisonRow(TypedDict):
    """Scores of one system with one probe, as ``transfer.json`` holds them.

    Attributes
    ----------
    system, probe : str
    macro_f1, accuracy : float
        Mean over seeds.
    macro_f1_interval, accuracy_interval : (low, high)
    below : float
        By how much macro F1 is below that of the first system with the same probe; absent for the first system.
    below_interval : (low, high)
        Of that difference, by a paired bootstrap.
    """

    system: str
    probe: str
    macro_f1: float
    macro_f1_interval: _Interval
    accuracy: float
    accuracy_interval: _Interval
    below: NotRequired[float]
    below_interval: NotRequired[_Interval]


def compare(
    target: Target, systems: Mapping[str, Rows], *, seed: int = 0, on_progress: OnProgress | None = None
) -> list[ComparisonRow]:
    """Scores of every system with every probe.

    Parameters
    ----------
    target : Target
    systems : mapping of name to rows by seed
        The first is what the others are compared with; all have as many seeds.
    seed : int
        Of the bootstrap.
    on_progress : callable (n_done, n, text), optional

    Returns
    -------
    list of ComparisonRow
        The last row is the majority class (probe ``"none"``).
    """
    names = sorted(set(target.classes))
    ref = np.array([names.index(each) for each in target.classes])
    pairs = [(system, probe) for system in systems for probe in probes.PROBES]
    est: dict[tuple[str, str], _Indices] = {}
    rows = []
    for done, (system, probe) in enumerate(pairs):
        if on_progress:
            on_progress(done, len(pairs), f"{system}, {probe}")
        est[system, probe] = np.stack(list(_predictions(target, names, systems[system], probe)))
        row, first = _row(system, probe, ref, est[system, probe], seed), est[next(iter(systems)), probe]
        if first is not est[system, probe]:
            row["below"], row["below_interval"] = score_over_seeds(
                ref, first, macro_f1, baseline=est[system, probe], seed=seed
            )
        rows.append(row)
    majority = np.full_like(next(iter(est.values())), np.bincount(ref).argmax())
    return [*rows, _row("majority", "none", ref, majority, seed)]


def _predictions(target: Target, names: list[str], systems: Rows, probe: str) -> Iterator[_Indices]:
    """Predicted classes (n_tracks,) as indices into `names`, by seed."""
    for seed, rows in enumerate(systems):
        predicted = probes.cross_val_predict(probe, rows, target.classes, target.groups, seed)
        yield np.array([names.index(each) for each in predicted])


def _row(system: str, probe: str, ref: _Indices, est: _Indices, seed: int) -> ComparisonRow:
    f1, f1_interval = score_over_seeds(ref, est, macro_f1, seed=seed)
    right, right_interval = score_over_seeds(ref, est, accuracy, seed=seed)
    return ComparisonRow(
        system=system,
        probe=probe,
        macro_f1=f1,
        macro_f1_interval=f1_interval,
        accuracy=right,
        accuracy_interval=right_interval,
    )
