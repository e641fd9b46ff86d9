"""Mix: the sum of two examples, of the powers in their spectra and of the notes in their piano rolls."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

Example = dict[str, NDArray[Any]]


def mix_examples(example: Mapping[str, NDArray[Any]], other: Mapping[str, NDArray[Any]]) -> Example:
    """Two examples at once.

    Powers add, as those of uncorrelated sounds do on the average; of every roll, and of the mask, the larger value
    counts. A key that one of them strikes while the other holds it has the velocity of the stroke.
    """
    mixed = {name: np.maximum(array, other[name]) for name, array in example.items()}
    if "velocity" in example and "onset" in example:
        struck, other_struck = example["onset"] > 0, other["onset"] > 0
        of_stroke = np.where(struck, example["velocity"], other["velocity"])
        mixed["velocity"] = np.where(struck ^ other_struck, of_stroke, mixed["velocity"])
    powers = 10 ** (example["features"] / 10) + 10 ** (other["features"] / 10)
    return {**mixed, "features": (10 * np.log10(powers)).astype(np.float32)}
