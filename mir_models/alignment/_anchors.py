"""Anchors: at short intervals, by how much detected onsets deviate from those that a time map predicts.

Around every label onset the spectral flux is read at a hop of 6 ms, and counts the more, the more the note's own key
rises there. Over the notes of a group it is averaged, louder notes counting more, and its peak is an anchor.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mir_models.alignment._onset_features import OnsetFeatures, OnsetParams
from mir_models.notes.annotations import LOWEST_PITCH, Notes
from mir_models.notes.frames import FrameGrid
from mir_models.notes.peak_picking import interpolated_argmax
from mir_models.notes.time_map import TimeMap
from mir_models.setting_types import Amount, Count, Positive, check_settings

STEP = 0.001
"""Seconds between the points of the averaged flux, whose peak a parabola refines."""
TAPER = 0.5
"""Standard deviation of the weight about the prediction, as a share of the reach: nearer onsets are likelier."""
MASKED = 0.1
"""What an onset counts whose key does not rise."""


@dataclass(frozen=True)
class AnchorParams:
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

    flux_lead: Amount = 0.004
    reach: Positive = 0.03
    group_seconds: Amount = 0.5
    group_notes: Count = 6
    pause: Positive = 1.0

    def __post_init__(self) -> None:
        check_settings(self)


@dataclass(frozen=True, eq=False)
class Anchors:
    """Measured deviations from a time map.

    Attributes
    ----------
    label_times : (n_anchors,) float64
        Mean onset of each group in label time.
    deviations : (n_anchors,) float64
        Seconds by which the detected onsets are later than the map puts them.
    weights : (n_anchors,) float64
        Notes of each group.
    """

    label_times: NDArray[np.float64]
    deviations: NDArray[np.float64]
    weights: NDArray[np.float64]


def measure_anchors(
    features: OnsetFeatures, notes: Notes, time_map: TimeMap, onset_params: OnsetParams, params: AnchorParams
) -> Anchors:
    """The anchors of a time map.

    Parameters
    ----------
    features : OnsetFeatures
        Of the recording.
    notes : Notes
        Non-empty, on the 88 keys, in label time; those outside the recording are left out, unless all are.
    time_map : TimeMap
    onset_params : OnsetParams
        What the features were extracted with.
    params : AnchorParams
    """
    inside = (time_map(notes.onset_times) >= 0) & (time_map(notes.onset_times) < features.duration)
    notes = notes.where(inside) if inside.any() else notes
    offsets, profiles = flux_around(features.flux, notes, time_map, onset_params.fine_grid, params, step=STEP)
    times = time_map(notes.onset_times)[:, None] + offsets
    profiles *= strength_in_key(features.per_key, notes, times, onset_params.grid)
    profiles *= np.exp(-0.5 * np.square(offsets / (TAPER * params.reach)))
    groups = _groups(notes.onset_times, params)
    middle = len(offsets) // 2
    peaks = [interpolated_argmax(profiles[first:last].sum(axis=0)) - middle for first, last in groups]
    return Anchors(
        label_times=np.array([notes.onset_times[first:last].mean() for first, last in groups]),
        deviations=STEP * np.array(peaks),
        weights=np.array([last - first for first, last in groups], dtype=np.float64),
    )


def strength_in_key(
    per_key: NDArray[np.float32], notes: Notes, times: NDArray[np.float64], grid: FrameGrid
) -> NDArray[np.float64]:
    """Onset strength of each note's own key at times (n_notes, n_times), plus `MASKED`: another note may mask a key."""
    position = np.clip(times * grid.frame_rate + 0.5, 0, max(len(per_key) - 1.001, 0))
    frame = position.astype(np.int64)
    share, key = position - frame, (notes.pitches - LOWEST_PITCH)[:, None]
    after = np.minimum(frame + 1, len(per_key) - 1)
    return (1 - share) * per_key[frame, key] + share * per_key[after, key] + MASKED


def flux_around(
    flux: NDArray[np.float32], notes: Notes, time_map: TimeMap, grid: FrameGrid, params: AnchorParams, *, step: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Offsets (n_offsets,) in seconds, and the flux there about each note, weighted by velocity."""
    n_steps = round(params.reach / step)
    offsets = step * np.arange(-n_steps, n_steps + 1, dtype=np.float64)
    expected = time_map(notes.onset_times) - params.flux_lead
    flux_times = grid.times(np.arange(len(flux)) - 0.5)
    return offsets, np.interp(expected[:, None] + offsets, flux_times, flux) * (notes.velocities[:, None] / 64)


def _groups(onset_times: NDArray[np.float64], params: AnchorParams) -> list[tuple[int, int]]:
    """First and last-but-one note of successive groups, which end early before a pause."""
    groups, first = [], 0
    for note in range(1, len(onset_times)):
        full = note - first >= params.group_notes and onset_times[note] - onset_times[first] >= params.group_seconds
        if full or onset_times[note] - onset_times[note - 1] > params.pause:
            groups.append((first, note))
            first = note
    return [*groups, (first, len(onset_times))]
