"""Mixup: the weighted mean of two examples and of their labels.

H. Zhang, M. Cisse, Y. Dauphin and D. Lopez-Paz, "mixup: Beyond Empirical Risk Minimization", ICLR 2018. Levels are
averaged in decibels, so that neither of the two masks the other.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

ALPHA = 0.3
"""Of the beta distribution of the share of either: most mixtures are nearly one of the two."""


def average_examples(
    examples: Mapping[str, NDArray[Any]], others: Mapping[str, NDArray[Any]], rng: np.random.Generator
) -> dict[str, NDArray[Any]]:
    """Every array of the two examples, averaged by one share; each example of a batch has its own."""
    n = len(examples["features"])
    shares = rng.beta(ALPHA, ALPHA, n).astype(np.float32)
    return {name: _average(array, others[name], shares) for name, array in examples.items()}


def _average(array: NDArray[Any], other: NDArray[Any], shares: NDArray[np.float32]) -> NDArray[np.float32]:
    of_array = shares.reshape(-1, *[1] * (array.ndim - 1))
    return (of_array * array + (1 - of_array) * other).astype(np.float32)
