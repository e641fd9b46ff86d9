"""Chance: the scores of a constant prediction, and whether a network's predictions follow its input.

The constant prediction is the mean of every target over the train split: how frequent each class is, how often each key
sounds. No prediction that disregards its input has a lower expected cross-entropy (scikit-learn's
``DummyClassifier(strategy="prior")``). It is scored by the function that validates the network: the loss that training
minimises is no measure, since penalties, focal weights, mixed examples and dropout are part of it.

A loss below chance is enough, but a network that is right and too sure of itself has one above it. So classes are
tested by permutation [1]_ [2]_, which asks only whether predictions go with the recordings that they were made of.

.. [1] P. Golland and B. Fischl, "Permutation Tests for Classification", IPMI 2003.
.. [2] M. Ojala and G. C. Garriga, "Permutation Tests for Studying Classifier Performance", JMLR 11, 2010.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Container, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


def mean_targets(
    targets: Iterable[tuple[Mapping[str, Array], float]], *, where_positive: Container[str] = ()
) -> dict[str, Array]:
    """The constant prediction of every head.

    Parameters
    ----------
    targets : iterable of (mapping of str to (..., n_targets), weight)
        Targets of a track by head, and how often an epoch visits them.
    where_positive : container of str
        Heads whose loss is of cells with a target above 0 only: their mean is over these cells.

    Returns
    -------
    dict of str to (n_targets,) float32
        0 where a target has no cell.
    """
    sums: dict[str, Array] = {}
    for by_head, weight in targets:
        for head, target in by_head.items():
            rows = np.asarray(target, dtype=np.float64).reshape(-1, np.shape(target)[-1])
            counted = rows > 0 if head in where_positive else np.ones_like(rows)
            sums[head] = sums.get(head, 0) + weight * np.stack([rows.sum(axis=0), counted.sum(axis=0)])
    return {head: (total / np.maximum(n, 1e-12)).astype(np.float32) for head, (total, n) in sums.items()}


def permutation_p_value(probabilities: Array, ref: Sequence[int], *, n_permutations: int = 999, seed: int = 0) -> float:
    """How often the reference classes, drawn anew among the tracks, are predicted as well as they are in their order.

    Constant predictions have a p-value of 1, however frequent their class is.

    Parameters
    ----------
    probabilities : (n_tracks, n_classes)
        Means over the windows of each track.
    ref : sequence of int
        Index of the class of each track.
    n_permutations : int
    seed : int
        Of the permutations.

    Returns
    -------
    float in (0, 1]
        Of the mean probability of the reference classes; 1 where a probability is NaN.
    """
    if not np.isfinite(probabilities).all():
        return 1.0
    rng, tracks = np.random.default_rng(seed), np.arange(len(ref))
    own = probabilities[tracks, ref].mean()
    drawn = [probabilities[tracks, rng.permutation(ref)].mean() for _ in range(n_permutations)]
    # Means of the same numbers in another order differ by rounding.
    return float(1 + np.sum(np.array(drawn) >= own - 1e-7)) / (1 + n_permutations)


def smallest_p_value(ref: Sequence[int]) -> float:
    """The inverse of the number of distinct orders of the reference classes: no permutation gives less."""
    log_orders = math.lgamma(len(ref) + 1) - sum(math.lgamma(n + 1) for n in Counter(ref).values())
    return math.exp(-log_orders)


def bootstrap_p_value(gains: Sequence[float], *, n_resamples: int = 999, seed: int = 0) -> float:
    """How often the mean gain over tracks is 0 or less when the tracks are drawn anew, with replacement.

    Parameters
    ----------
    gains : sequence of float
        Of each track, how much better the network is than the constant prediction.
    n_resamples : int
    seed : int
        Of the draws.

    Returns
    -------
    float in (0, 1]
        1 where a gain is NaN. Of one track it is the smallest or 1.
    """
    rows = np.asarray(gains, dtype=np.float64)
    if not np.isfinite(rows).all():
        return 1.0
    draws = np.random.default_rng(seed).integers(len(rows), size=(n_resamples, len(rows)))
    return float(1 + np.sum(rows[draws].mean(axis=1) <= 0)) / (1 + n_resamples)
