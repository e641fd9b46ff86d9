"""Pitch shift: transposition of bins and keys together, or detuning of the bins by less than a semitone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mir_models.notes.annotations import N_KEYS

Example = dict[str, NDArray[Any]]


def transpose_example(
    example: Mapping[str, NDArray[Any]], semitones: int, *, bins_per_semitone: int, silence: float
) -> Example:
    """An example transposed up by so many semitones.

    Parameters
    ----------
    example : mapping
        ``features`` (n_frames, n_bins), ``mask`` (n_frames,), and rolls (n_frames, 88).
    semitones : int
    bins_per_semitone : int
    silence : float
        Value of bins into which none is shifted; that of keys is 0.

    Returns
    -------
    dict
        Bins and keys that are shifted beyond the first or last one are dropped.
    """
    if semitones == 0:
        return dict(example)
    moved = {name: _shifted(roll, semitones, 0) if _is_roll(name, roll) else roll for name, roll in example.items()}
    return {**moved, "features": _shifted(example["features"], semitones * bins_per_semitone, silence)}


def detune_example(example: Mapping[str, NDArray[Any]], bins: int, *, silence: float) -> Example:
    """An example of a piano that is tuned so many bins higher; its keys stay."""
    return {**example, "features": _shifted(example["features"], bins, silence)}


def _is_roll(name: str, array: NDArray[Any]) -> bool:
    return name != "features" and array.shape[1:] == (N_KEYS,)


def _shifted(array: NDArray[Any], steps: int, fill: float) -> NDArray[Any]:
    """`array` shifted up along its last axis, filled with `fill`."""
    moved = np.full_like(array, fill)
    width = array.shape[1]
    if steps >= 0:
        moved[:, steps:] = array[:, : max(width - steps, 0)]
    else:
        moved[:, : max(width + steps, 0)] = array[:, -steps:]
    return moved
