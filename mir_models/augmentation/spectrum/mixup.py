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
    example: Mapping[str, NDArray[Any]], other: Mapping[str, NDArray[Any]], rng: np.random.Generator
) -> dict[str, NDArray[Any]]:
    """Every array of the two examples, averaged by one share."""
    share = np.float32(rng.beta(ALPHA, ALPHA))
    return {name: (share * array + (1 - share) * other[name]).astype(np.float32) for name, array in example.items()}
