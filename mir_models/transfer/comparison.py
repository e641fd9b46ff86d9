"""Transfer: how much of another task is in what a network says, beside what says it without having learnt.

Each system gives a row of numbers per track; the same probes learn from all of them, over the same folds
(:mod:`mir_models.transfer.probes`), and the answers of all folds are scored together. Folds are drawn several times.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mir_models.evaluation.metrics.classes import accuracy, macro_f1
from mir_models.evaluation.metrics.repeated import scored
from mir_models.transfer import probes

Rows = Sequence[NDArray[np.float64]]
"""By seed, (n_tracks, n_numbers)."""


@dataclass(frozen=True)
class Target:
    """What is to be told.

    Attributes
    ----------
    classes, groups : (n_tracks,) str
        Groups are never divided between what is learnt from and what is asked.
    """

    classes: tuple[str, ...]
    groups: tuple[str, ...]


def compare(target: Target, systems: Mapping[str, Rows], *, seed: int = 0, tell: Any = None) -> list[dict[str, Any]]:
    """Scores of every system with every probe.

    Parameters
    ----------
    target : Target
    systems : mapping of name to rows by seed
        The first is what the others are compared with; all have as many seeds.
    seed : int
        Of the bootstrap.
    tell : callable (n_done, n, words), optional

    Returns
    -------
    list of dict
        ``system``, ``probe``, ``macro_f1`` and ``accuracy`` with their ``…_interval``; of the others than the first
        ``below``, by how much macro F1 is below that of the first with the same probe, and ``below_interval``, paired.
        The last row is the largest class, which no probe is needed for.
    """
    names = sorted(set(target.classes))
    wanted, found, answered = np.array([names.index(each) for each in target.classes]), [], {}
    pairs = [(system, probe) for system in systems for probe in probes.PROBES]
    for done, (system, probe) in enumerate(pairs):
        if tell:
            tell(done, len(pairs), f"{system}, {probe}")
        said = [probes.answers(probe, rows, target.classes, target.groups, n) for n, rows in enumerate(systems[system])]
        answered[system, probe] = np.array([[names.index(each) for each in row] for row in said])
        first = answered[next(iter(systems)), probe]
        row: dict[str, Any] = {"system": system, "probe": probe}
        for name, measure in (("macro_f1", macro_f1), ("accuracy", accuracy)):
            row[name], row[f"{name}_interval"] = scored(wanted, answered[system, probe], measure, seed=seed)
        if first is not answered[system, probe]:
            row["below"], row["below_interval"] = scored(
                wanted, first, macro_f1, less=answered[system, probe], seed=seed
            )
        found.append(row)
    return [*found, _floor(wanted, next(iter(answered.values())).shape, seed)]


def _floor(wanted: NDArray[np.int64], shape: tuple[int, ...], seed: int) -> dict[str, Any]:
    """What the largest class alone would reach, whatever is listened to."""
    most = np.full(shape, np.bincount(wanted).argmax())
    row: dict[str, Any] = {"system": "majority", "probe": "none"}
    for name, measure in (("macro_f1", macro_f1), ("accuracy", accuracy)):
        row[name], row[f"{name}_interval"] = scored(wanted, most, measure, seed=seed)
    return row
