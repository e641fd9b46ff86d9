"""Pitch: bins and keys that move together, or bins that move by less than a key."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mir_models.notes.annotations import N_KEYS

Example = dict[str, NDArray[Any]]


def transposed(
    example: Mapping[str, NDArray[Any]], semitones: int, *, bins_per_semitone: int, silence: float
) -> Example:
    """An example as if played so many semitones higher.

    Parameters
    ----------
    example : mapping
        ``features`` (n_frames, n_bins), ``mask`` (n_frames,), and rolls (n_frames, 88).
    semitones : int
    bins_per_semitone : int
    silence : float
        What the bins hold into which nothing moves; keys hold 0.

    Returns
    -------
    dict
        What leaves the bins or the keyboard is dropped.
    """
    if semitones == 0:
        return dict(example)
    moved = {name: _shifted(roll, semitones, 0) if _is_roll(name, roll) else roll for name, roll in example.items()}
    return {**moved, "features": _shifted(example["features"], semitones * bins_per_semitone, silence)}


def detuned(example: Mapping[str, NDArray[Any]], bins: int, *, silence: float) -> Example:
    """An example whose piano is tuned so many bins higher: the keys stay."""
    return {**example, "features": _shifted(example["features"], bins, silence)}


def _is_roll(name: str, array: NDArray[Any]) -> bool:
    return name != "features" and array.shape[1:] == (N_KEYS,)


def _shifted(array: NDArray[Any], steps: int, fill: float) -> NDArray[Any]:
    """`array` with its last axis moved up, `fill` where nothing comes from."""
    moved = np.full_like(array, fill)
    width = array.shape[1]
    if steps >= 0:
        moved[:, steps:] = array[:, : max(width - steps, 0)]
    else:
        moved[:, : max(width + steps, 0)] = array[:, -steps:]
    return moved
