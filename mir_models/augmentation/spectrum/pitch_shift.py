"""Pitch shift: transposition of bins and keys together, or detuning of the bins by less than a semitone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mir_models.examples.gathering import Arrays
from mir_models.notes.annotations import N_KEYS


def transpose_examples(
    examples: Mapping[str, NDArray[Any]], semitones: NDArray[np.int64], *, bins_per_semitone: int, silence: float
) -> Arrays:
    """Examples transposed up by so many semitones, each by its own.

    Parameters
    ----------
    examples : mapping
        ``features`` (n, n_frames, n_bins), ``mask`` (n, n_frames), and rolls (n, n_frames, 88).
    semitones : (n,) int
    bins_per_semitone : int
    silence : float
        Value of bins into which none is shifted; that of keys is 0.

    Returns
    -------
    dict
        Bins and keys that are shifted beyond the first or last one are dropped.
    """
    moved = {name: _shifted(each, semitones, 0) if _is_roll(name, each) else each for name, each in examples.items()}
    return {**moved, "features": _shifted(examples["features"], semitones * bins_per_semitone, silence)}


def detune_examples(examples: Mapping[str, NDArray[Any]], bins: NDArray[np.int64], *, silence: float) -> Arrays:
    """Examples of pianos that are tuned so many bins higher, each by its own; their keys stay."""
    return {**examples, "features": _shifted(examples["features"], bins, silence)}


def _is_roll(name: str, array: NDArray[Any]) -> bool:
    return name != "features" and array.shape[2:] == (N_KEYS,)


def _shifted(arrays: NDArray[Any], steps: NDArray[np.int64], fill: float) -> NDArray[Any]:
    """`arrays` shifted up along their last axis, filled with `fill`; the same array where none is shifted."""
    if not steps.any():
        return arrays
    moved, width = np.empty_like(arrays), arrays.shape[-1]
    for array, place, step in zip(arrays, moved, np.clip(steps, -width, width).tolist(), strict=True):
        up, down = max(step, 0), max(-step, 0)
        place[..., :up], place[..., width - down :] = fill, fill
        place[..., up : width - down] = array[..., down : width - up]
    return moved
