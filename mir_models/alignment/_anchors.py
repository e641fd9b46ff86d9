"""Anchors: at short intervals, by how much the onsets heard lie beside those that a time map predicts.

Around every written onset the spectral flux is read at a hop of 6 ms, and counts the more, the more the note's own key
rises there. Over the notes of a group it is averaged, louder notes counting more, and its peak is an anchor.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mir_models.alignment._onsets import Listening, Onsets
from mir_models.notes.annotations import LOWEST_PITCH, Notes
from mir_models.notes.frames import FrameGrid
from mir_models.notes.time_map import TimeMap

STEP = 0.001
"""Seconds between the points of the averaged flux, whose peak a parabola refines."""
TAPER = 0.5
"""Standard deviation of the weight about the prediction, as a share of the reach: nearer onsets are likelier."""
MASKED = 0.1
"""What an onset counts whose key does not rise."""


@dataclass(frozen=True)
class Anchoring:
    """How anchors are measured.

    Attributes
    ----------
    flux_lead : float
        Seconds by which the flux peaks before the onset, since its window sees the onset coming. On synthetic tones
        it is 6.5 ms for an instantaneous attack, 3.5 ms for an attack of 5 ms.
    reach : float
        Anchors are sought up to this many seconds from the prediction.
    group_seconds, group_notes : float, int
        A group lasts at least this long and has at least this many notes, unless a pause ends it.
    pause : float
        Seconds without an onset that end a group: the lag may have changed.
    """

    flux_lead: float = 0.004
    reach: float = 0.03
    group_seconds: float = 0.5
    group_notes: int = 6
    pause: float = 1.0


@dataclass(frozen=True, eq=False)
class Anchors:
    """Measured deviations from a time map.

    Attributes
    ----------
    label_times : (n_anchors,) float64
        Mean onset of each group in label time.
    deviations : (n_anchors,) float64
        Seconds by which the onsets are heard later than the map says.
    weights : (n_anchors,) float64
        Notes of each group.
    """

    label_times: NDArray[np.float64]
    deviations: NDArray[np.float64]
    weights: NDArray[np.float64]


def measure(heard: Onsets, notes: Notes, time_map: TimeMap, listening: Listening, params: Anchoring) -> Anchors:
    """The anchors of a time map.

    Parameters
    ----------
    heard : Onsets
    notes : Notes
        Non-empty, on the 88 keys, in label time; those outside the recording are left out, unless all are.
    time_map : TimeMap
    listening : Listening
        How the recording was heard.
    params : Anchoring
    """
    audible = (time_map(notes.onset_times) >= 0) & (time_map(notes.onset_times) < heard.duration)
    notes = notes.where(audible) if audible.any() else notes
    offsets, profiles = flux_around(heard.flux, notes, time_map, listening.fine_grid, params, step=STEP)
    profiles *= _heard_in_key(heard.per_key, notes, time_map(notes.onset_times)[:, None] + offsets, listening.grid)
    profiles *= np.exp(-0.5 * np.square(offsets / (TAPER * params.reach)))
    groups = _groups(notes.onset_times, params)
    middle = len(offsets) // 2
    peaks = [peak(profiles[first:last].sum(axis=0)) - middle for first, last in groups]
    return Anchors(
        label_times=np.array([notes.onset_times[first:last].mean() for first, last in groups]),
        deviations=STEP * np.array(peaks),
        weights=np.array([last - first for first, last in groups], dtype=np.float64),
    )


def _heard_in_key(
    per_key: NDArray[np.float32], notes: Notes, times: NDArray[np.float64], grid: FrameGrid
) -> NDArray[np.float64]:
    """Rise of each note's own key at some times, (n_notes, n_times), and a little everywhere: a key may be masked."""
    position = np.clip(times * grid.frame_rate + 0.5, 0, max(len(per_key) - 1.001, 0))
    frame = position.astype(np.int64)
    share, key = position - frame, (notes.pitches - LOWEST_PITCH)[:, None]
    after = np.minimum(frame + 1, len(per_key) - 1)
    return (1 - share) * per_key[frame, key] + share * per_key[after, key] + MASKED


def flux_around(
    flux: NDArray[np.float32], notes: Notes, time_map: TimeMap, grid: FrameGrid, params: Anchoring, *, step: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Offsets (n_offsets,) in seconds, and the flux there about each note, weighted by velocity."""
    n_steps = round(params.reach / step)
    offsets = step * np.arange(-n_steps, n_steps + 1, dtype=np.float64)
    expected = time_map(notes.onset_times) - params.flux_lead
    flux_times = grid.times(np.arange(len(flux)) - 0.5)
    return offsets, np.interp(expected[:, None] + offsets, flux_times, flux) * (notes.velocities[:, None] / 64)


def _groups(onset_times: NDArray[np.float64], params: Anchoring) -> list[tuple[int, int]]:
    """First and last-but-one note of successive groups, which end early before a pause."""
    groups, first = [], 0
    for note in range(1, len(onset_times)):
        full = note - first >= params.group_notes and onset_times[note] - onset_times[first] >= params.group_seconds
        if full or onset_times[note] - onset_times[note - 1] > params.pause:
            groups.append((first, note))
            first = note
    return [*groups, (first, len(onset_times))]


def peak(values: ArrayLike) -> float:
    """Index of the maximum, refined by the parabola through it and its neighbours."""
    y = np.asarray(values, dtype=np.float64)
    i = int(np.argmax(y))
    if not 0 < i < len(y) - 1:
        return float(i)
    before, top, after = y[i - 1 : i + 2]
    curvature = before - 2 * top + after
    return i + (0.5 * (before - after) / curvature if curvature < 0 else 0.0)
