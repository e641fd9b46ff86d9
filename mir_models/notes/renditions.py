r"""Renditions: performances derived from performances, to be rendered, and single notes that cover the piano.

A network trained on renderings should not depend on the position in a piece, its loudness or its register. A
rendition is a part of a performance, transposed, its velocities :math:`v` bent to
:math:`127 (v / 127)^\gamma`: :math:`\gamma > 1` is a stiffer keyboard, :math:`\gamma < 1` a lighter one.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from mir_models.notes import sustain_pedal
from mir_models.notes.annotations import LOWEST_PITCH, N_KEYS, Notes

VERSION = 1
LEAD_IN = 0.25
"""Seconds before the first note."""
PLAYED = sustain_pedal.Params(pedal="none")
"""As keys are pressed: no two notes of a key at once."""


@dataclass(frozen=True)
class Params:
    """What a rendition may change.

    Attributes
    ----------
    seconds : float
        Length of the part, which begins at random; 0: all.
    transposition : int
        Semitones up or down, drawn uniformly up to this; notes that leave the piano are left out.
    velocity_curve : float
        The binary logarithm of the exponent is drawn uniformly from minus to plus this; 0: unchanged.
    """

    seconds: float = 0.0
    transposition: int = 0
    velocity_curve: float = 0.0


def rendition(
    notes: Notes, pedal: NDArray[np.float64], params: Params, rng: np.random.Generator
) -> tuple[Notes, NDArray[np.float64]]:
    """A random part of a performance, transposed, its velocities bent.

    Parameters
    ----------
    notes : Notes
        Keys pressed and released.
    pedal : (m, 2) float64
        Intervals in seconds with the sustain pedal down.
    params : Params
    rng : Generator

    Returns
    -------
    notes : Notes
        The first begins `LEAD_IN` after 0 s.
    pedal : (m', 2) float64
        Within the rendition.
    """
    played, _ = sustain_pedal.sounding_notes(notes, pedal[:0], PLAYED)
    semitones = int(rng.integers(-params.transposition, params.transposition + 1))
    exponent = 2.0 ** rng.uniform(-params.velocity_curve, params.velocity_curve)
    part, down = _part(played, pedal, _window(played, params.seconds, rng))
    velocities = np.clip(np.rint(127 * (part.velocities / 127) ** exponent), 1, 127).astype(np.int64)
    moved = replace(part, pitches=part.pitches + semitones, velocities=velocities)
    return moved.where((moved.pitches >= LOWEST_PITCH) & (moved.pitches < LOWEST_PITCH + N_KEYS)), down


def single_notes(
    velocities: tuple[int, ...], seconds: tuple[float, ...], *, gap: float, rng: np.random.Generator
) -> Notes:
    """Every key of the piano at every velocity for every duration, one after the other in random order.

    Parameters
    ----------
    velocities : tuple of int in [1, 127]
    seconds : tuple of float
        Durations.
    gap : float
        Seconds between the end of a note and the next.
    rng : Generator
    """
    keys = range(LOWEST_PITCH, LOWEST_PITCH + N_KEYS)
    each = rng.permutation([(key, velocity, held) for held in seconds for velocity in velocities for key in keys])
    onsets = LEAD_IN + np.concatenate([[0.0], np.cumsum(each[:-1, 2] + gap)])
    return Notes(np.c_[onsets, onsets + each[:, 2]], each[:, 0].astype(np.int64), each[:, 1].astype(np.int64))


def _window(notes: Notes, seconds: float, rng: np.random.Generator) -> tuple[float, float]:
    """Beginning and end of a part; it begins with a note."""
    first, last = float(notes.onset_times[0]), notes.duration
    if not 0 < seconds < last - first:
        return first, np.inf
    drawn = rng.uniform(first, last - seconds)
    start = float(notes.onset_times[np.searchsorted(notes.onset_times, drawn)])
    return start, start + seconds


def _part(notes: Notes, pedal: NDArray[np.float64], window: tuple[float, float]) -> tuple[Notes, NDArray[np.float64]]:
    """What begins in a window, in its own time: keys and pedals that are down at its end are lifted there."""
    start, end = window
    inside = notes.where((notes.onset_times >= start) & (notes.onset_times < end))
    intervals = np.minimum(inside.intervals, end) - start + LEAD_IN
    down = np.clip(pedal, start, end) - start + LEAD_IN
    down[pedal[:, 0] < start, 0] = 0.0  # Down before the first note.
    return replace(inside, intervals=intervals), down[down[:, 1] > down[:, 0]]
