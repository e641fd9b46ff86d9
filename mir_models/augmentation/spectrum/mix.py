"""Mixing: two pianos at once, in the spectrum and in the rolls."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

Example = dict[str, NDArray[Any]]


def mixed(example: Mapping[str, NDArray[Any]], other: Mapping[str, NDArray[Any]]) -> Example:
    """Two examples heard together.

    Powers add, as those of sounds that know nothing of each other do on the average; of every roll, and of the mask,
    the larger value counts. A key that one of them strikes while the other holds it has the velocity of the stroke.
    """
    together = {name: np.maximum(array, other[name]) for name, array in example.items()}
    if "velocity" in example and "onset" in example:
        struck, also = example["onset"] > 0, other["onset"] > 0
        of_one = np.where(struck, example["velocity"], other["velocity"])
        together["velocity"] = np.where(struck ^ also, of_one, together["velocity"])
    powers = 10 ** (example["features"] / 10) + 10 ** (other["features"] / 10)
    return {**together, "features": (10 * np.log10(powers)).astype(np.float32)}
