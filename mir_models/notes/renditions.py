r"""Renditions: performances derived from performances, to be rendered, and single notes that cover the piano.

A network trained on renderings should not depend on the position in a piece, its tempo, its loudness or its register.
A rendition is a part of a performance, transposed, faster or slower, its velocities :math:`v` bent to
:math:`127 (v / 127)^\gamma`: :math:`\gamma > 1` is a stiffer keyboard, :math:`\gamma < 1` a lighter one. Their
distances to their mean can grow or shrink, and all can be softer or louder.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from mir_models.notes import sustain_pedal
from mir_models.notes.annotations import LOWEST_PITCH, N_KEYS, Notes
from mir_models.option_ranges import check_amounts

VERSION = 1
LEAD_IN = 0.25
"""Seconds before the first note."""
SOFTEST = 10
"""The lowest velocity that a higher one becomes when notes are softer, or their distances larger."""
DECIBELS_PER_DECADE = 40.0
"""Of the velocity, by the rule of SoundFonts."""
LIMITS = {
    "transposition": N_KEYS - 1,
    "velocity_curve": 3.0,
    "velocity_spread": 3.0,
    "softer": 24.0,
    "louder": 24.0,
    "tempo": 3.0,
}
"""Largest values of settings: dB by which every velocity is a quarter or four times, logarithms of an eighth and 8."""
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
    velocity_spread : float
        The binary logarithm of a factor on the distances of velocities to their mean, drawn likewise.
    softer, louder : float in [0, 24]
        Decibels, by the rule that loudness rises as 40 log10 of the velocity, that all notes are softer or louder,
        drawn uniformly from minus the one to plus the other.
    tempo : float
        The binary logarithm of a factor on the speed, drawn uniformly from minus to plus this.
    """

    seconds: float = 0.0
    transposition: int = 0
    velocity_curve: float = 0.0
    velocity_spread: float = 0.0
    softer: float = 0.0
    louder: float = 0.0
    tempo: float = 0.0

    def __post_init__(self) -> None:
        check_amounts(self, LIMITS)


def rendition(
    notes: Notes, pedal: NDArray[np.float64], params: Params, rng: np.random.Generator
) -> tuple[Notes, NDArray[np.float64]]:
    """A random part of a performance, transposed, at another speed, its velocities bent and moved.

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
    slower = 2.0 ** rng.uniform(-params.tempo, params.tempo)
    moved = replace(
        part,
        intervals=_stretched(part.intervals, slower),
        pitches=part.pitches + semitones,
        velocities=_moved(127 * (part.velocities / 127) ** exponent, params, rng),
    )
    inside = (moved.pitches >= LOWEST_PITCH) & (moved.pitches < LOWEST_PITCH + N_KEYS)
    return moved.where(inside), _stretched(down, slower)


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


def _stretched(times: NDArray[np.float64], factor: float) -> NDArray[np.float64]:
    """Times whose distances to the first note are longer by a factor; earlier ones stay."""
    return np.where(times < LEAD_IN, times, times + (times - LEAD_IN) * (factor - 1))


def _moved(velocities: NDArray[np.float64], params: Params, rng: np.random.Generator) -> NDArray[np.int64]:
    """Velocities with other distances to their mean, and all softer or louder."""
    factor = 2.0 ** rng.uniform(-params.velocity_spread, params.velocity_spread)
    gain = 10 ** (rng.uniform(-params.softer, params.louder) / DECIBELS_PER_DECADE)
    mean = velocities.mean() if len(velocities) else 0.0
    moved = gain * (velocities + (velocities - mean) * (factor - 1))
    audible = np.maximum(moved, np.minimum(velocities, SOFTEST))
    return np.clip(np.rint(audible), 1, 127).astype(np.int64)


def _window(notes: Notes, seconds: float, rng: np.random.Generator) -> tuple[float, float]:
    """Beginning and end of a part; it begins with a note."""
    first, last = float(notes.onset_times[0]), notes.duration
    if not 0 < seconds < last - first:
        return first, np.inf
    drawn = rng.uniform(first, last - seconds)
    index = int(np.searchsorted(notes.onset_times, drawn))
    start = float(notes.onset_times[min(index, len(notes) - 1)])  # The last note may be longer than the part.
    return start, start + seconds


def _part(notes: Notes, pedal: NDArray[np.float64], window: tuple[float, float]) -> tuple[Notes, NDArray[np.float64]]:
    """What begins in a window, in its own time: keys and pedals that are down at its end are lifted there."""
    start, end = window
    inside = notes.where((notes.onset_times >= start) & (notes.onset_times < end))
    intervals = np.minimum(inside.intervals, end) - start + LEAD_IN
    down = np.clip(pedal, start, end) - start + LEAD_IN
    down[pedal[:, 0] < start, 0] = 0.0  # Down before the first note.
    return replace(inside, intervals=intervals), down[down[:, 1] > down[:, 0]]
