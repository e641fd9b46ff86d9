"""Classification metrics: accuracy, confusion matrix, precision, recall and F1 per class, macro F1."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

Indices = Sequence[int] | NDArray[np.integer]


def accuracy(ref: Indices, est: Indices) -> float:
    """Share of estimates that equal the reference; 0 of none."""
    return float(np.mean(np.asarray(ref) == np.asarray(est))) if len(ref) else 0.0


def confusion(ref: Indices, est: Indices, n_classes: int) -> NDArray[np.int64]:
    """(n_classes, n_classes) confusion matrix: rows are reference classes, columns estimated ones."""
    counts = np.zeros((n_classes, n_classes), dtype=np.int64)
    np.add.at(counts, (np.asarray(ref, dtype=int), np.asarray(est, dtype=int)), 1)
    return counts


def per_class(counts: ArrayLike) -> NDArray[np.float64]:
    """(n_classes, 3) precision, recall and F1 from `confusion`; 0 where the denominator is 0."""
    table = np.asarray(counts, dtype=float)
    right, n_est, n_ref = np.diag(table), table.sum(axis=0), table.sum(axis=1)
    precision = _ratio(right, n_est)
    recall = _ratio(right, n_ref)
    return np.stack([precision, recall, _ratio(2 * right, n_est + n_ref)], axis=1)


def macro_f1(ref: Indices, est: Indices) -> float:
    """Mean F1 over the classes that occur on either side, as scikit-learn's ``f1_score(average="macro")``."""
    occurring = np.union1d(np.asarray(ref, dtype=int), np.asarray(est, dtype=int))
    if not len(occurring):
        return 0.0
    counts = confusion(ref, est, int(occurring.max()) + 1)
    return float(per_class(counts)[occurring, 2].mean())


def _ratio(part: NDArray[np.float64], total: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.divide(part, total, out=np.zeros_like(part), where=total > 0)
