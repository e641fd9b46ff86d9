"""Augmentation of waveforms: the same notes on another piano, in another room, through another microphone.

An entry has ``VERSION`` (raised when its output changes), a frozen ``Params`` with the range from which the strength is
drawn, and ``augment(y, sr, params, rng) -> (y, time_map)``, where the time map leads from the time of the recording to
that of the result: labels go through it as through the map of an alignment. No entry changes which keys sound. Full
scale is ±1 in the result as well.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from mir_models.annotations import Notes
from mir_models.registry import Registry

AUGMENTATIONS = Registry("mir_models.augmentation.waveform", "augmentation of waveforms")

__all__ = ["AUGMENTATIONS", "augmented"]


def augmented(
    name: str, y: NDArray[np.float32], sr: int, notes: Notes, *, params: Any = None, seed: int = 0
) -> tuple[NDArray[np.float32], Notes]:
    """A recording and its notes, both changed by one augmentation.

    Parameters
    ----------
    name : str
        An entry of `AUGMENTATIONS`.
    y : (n_samples,) float32
    sr : int
        Hz.
    notes : Notes
        In the time of `y`.
    params : Params of the entry, optional
        Its defaults where left out.
    seed : int
        The same recording, parameters and seed give the same result.

    Returns
    -------
    y : (n_samples',) float32
    notes : Notes
        In the time of the result.

    Raises
    ------
    MirlitonError
        When there is no such entry.
    """
    entry = AUGMENTATIONS.get(name)
    changed, time_map = entry.augment(y, sr, params or entry.Params(), np.random.default_rng(seed))
    return changed, time_map.moved(notes)
