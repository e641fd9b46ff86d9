"""How loud notes are for their key and velocity: the slope over velocity, and the scatter around it.

The slope is that of least squares with a constant for each key of a recording, so that neither the piano's regulation
nor the room's transmission of a key counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from experiments.real_pianos.experiment import Transcribed


@dataclass(frozen=True)
class Loudness:
    """Loudness of notes over velocity.

    Attributes
    ----------
    slope : float
        dB per step of velocity.
    scatter : float
        Standard deviation in dB around it.
    n : int
        Notes.
    """

    slope: float
    scatter: float
    n: int


def loudness(recordings: Sequence[Transcribed]) -> Loudness | None:
    """The loudness of the notes of all recordings; None where too few have a level."""
    parts = [_without_keys(each) for each in recordings]
    velocities, levels = np.concatenate([np.zeros((2, 0)), *parts], axis=1)
    if not np.square(velocities).sum():
        return None
    slope = float(velocities @ levels / np.square(velocities).sum())
    return Loudness(slope, float(np.std(levels - slope * velocities)), len(levels))


def _without_keys(recording: Transcribed) -> NDArray[np.float64]:
    """(2, n) velocities and levels of the notes that have one, less their means over the strokes of the key."""
    has_level = np.isfinite(recording.levels)
    keys = recording.ref.pitches[has_level]
    values = np.stack([recording.ref.velocities[has_level], recording.levels[has_level]]).astype(np.float64)
    for key in np.unique(keys):
        values[:, keys == key] -= values[:, keys == key].mean(axis=1, keepdims=True)
    return values
