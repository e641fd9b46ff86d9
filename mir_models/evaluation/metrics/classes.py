"""Scores of classes: how often the answer is right, and how well each class is told from the others."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

Indices = Sequence[int] | NDArray[np.integer]


def accuracy(wanted: Indices, answered: Indices) -> float:
    """Share of right answers; 0 of none."""
    return float(np.mean(np.asarray(wanted) == np.asarray(answered))) if len(wanted) else 0.0


def confusion(wanted: Indices, answered: Indices, n_classes: int) -> NDArray[np.int64]:
    """(n_classes, n_classes): how often each class, the row, was answered by each, the column."""
    counts = np.zeros((n_classes, n_classes), dtype=np.int64)
    np.add.at(counts, (np.asarray(wanted, dtype=int), np.asarray(answered, dtype=int)), 1)
    return counts


def per_class(counts: ArrayLike) -> NDArray[np.float64]:
    """(n_classes, 3) precision, recall and F1 from `confusion`; 0 where the denominator is 0."""
    table = np.asarray(counts, dtype=float)
    right, answered, wanted = np.diag(table), table.sum(axis=0), table.sum(axis=1)
    precision = _ratio(right, answered)
    recall = _ratio(right, wanted)
    return np.stack([precision, recall, _ratio(2 * right, answered + wanted)], axis=1)


def macro_f1(wanted: Indices, answered: Indices) -> float:
    """Mean F1 over the classes that occur on either side, as scikit-learn's ``f1_score(average="macro")``."""
    occurring = np.union1d(np.asarray(wanted, dtype=int), np.asarray(answered, dtype=int))
    if not len(occurring):
        return 0.0
    counts = confusion(wanted, answered, int(occurring.max()) + 1)
    return float(per_class(counts)[occurring, 2].mean())


def _ratio(part: NDArray[np.float64], whole: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.divide(part, whole, out=np.zeros_like(part), where=whole > 0)
