"""Mix: the sum of two examples, of the powers in their spectra and of the notes in their piano rolls."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mir_models.examples.gathering import Arrays


def mix_examples(examples: Mapping[str, NDArray[Any]], others: Mapping[str, NDArray[Any]]) -> Arrays:
    """Two examples at once, for each of a batch.

    Powers add, as those of uncorrelated sounds do on the average; of every roll, and of the mask, the larger value
    counts. A key that one of them strikes while the other holds it has the velocity of the stroke.
    """
    mixed = {name: np.maximum(array, others[name]) for name, array in examples.items()}
    if "velocity" in examples and "onset" in examples:
        struck, others_struck = examples["onset"] > 0, others["onset"] > 0
        of_stroke = np.where(struck, examples["velocity"], others["velocity"])
        mixed["velocity"] = np.where(struck ^ others_struck, of_stroke, mixed["velocity"])
    powers = 10 ** (examples["features"] / 10) + 10 ** (others["features"] / 10)
    return {**mixed, "features": (10 * np.log10(powers)).astype(np.float32)}
