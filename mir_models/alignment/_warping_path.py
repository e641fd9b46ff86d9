"""The warping path: dynamic time warping in the plane of label time and lag.

A path through the matrix (label frame, audio frame) is a lag for every label time. Seen so, right pairs lie near
straight lines, the band that has to be searched is narrow, and the local cost can be evidence gathered from all notes
of a short cell of label time, key by key, rather than a distance between two frames. The path with the most evidence
is found by dynamic programming (Viterbi); a step of the lag from cell to cell costs its square, which is what
makes sudden jumps (to a repeat, to the neighbouring semiquaver) dearer than a tempo that is a little different.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated

import numpy as np
from msgspec import Meta
from numpy.typing import NDArray

from mir_models.alignment._anchors import AnchorParams, Anchors, flux_around
from mir_models.alignment._fits import PATH_SMOOTHNESS, corrected_map
from mir_models.alignment._onset_features import OnsetFeatures
from mir_models.errors import ParameterError
from mir_models.notes.annotations import LOWEST_PITCH, Notes
from mir_models.notes.frames import FrameGrid
from mir_models.notes.time_map import TimeMap
from mir_models.setting_types import Amount, Count, Positive, check_settings

LARGEST_STEP = 127
"""Steps are kept as bytes."""
MAX_PLANE = 40_000_000
"""Points of the plane that are kept at once, 9 bytes each: a larger one is searched more coarsely first."""
BAND = 4
"""Coarse frames to either side of the coarse path in which the fine path is sought."""
FINE_REACH, FINE_STEP = 0.06, 0.002
"""Seconds: the largest deviation from a map at which the flux is read, and the step."""
FINE_CELL, FINE_SMOOTHING = 0.5, 3
FINE_STIFFNESS, FINE_MAX_STEP = 0.05, 10
"""What 2 ms from one cell to the next cost, as a share of a typical peak of the flux, and how many there may be."""


@dataclass(frozen=True)
class PathParams:
    """How a path of lags is sought.

    Attributes
    ----------
    cell : float
        Seconds of label time whose notes are looked at together.
    smoothing : int, odd
        Cells over which evidence is gathered, with triangular weights.
    max_step : int
        Frames by which the lag may change from one cell to the next.
    stiffness : float
        What a change by one frame costs, in units of four typical rises; `d` frames cost ``d ** 2`` times that.
    """

    cell: Positive
    smoothing: Count
    max_step: Annotated[int, Meta(ge=1, le=LARGEST_STEP)]
    stiffness: Amount

    def __post_init__(self) -> None:
        check_settings(self)
        if self.smoothing % 2 == 0:
            raise ParameterError("an odd smoothing", received=self.smoothing, remedy=f"give {self.smoothing + 1}")

    def max_drift(self, grid: FrameGrid) -> float:
        """The largest change of lag that can be followed, in seconds per second."""
        return self.max_step / grid.frame_rate / self.cell


def find_path(
    features: OnsetFeatures,
    notes: Notes,
    start: TimeMap,
    grid: FrameGrid,
    params: PathParams,
    *,
    reach: float,
    widening: bool = True,
) -> Anchors:
    """The path with the most evidence.

    Parameters
    ----------
    features : OnsetFeatures
        Of the recording.
    notes : Notes
        Non-empty, on the 88 keys, in label time.
    start : TimeMap
        About which the lags are tried.
    grid : FrameGrid
        Frames of ``features.per_key``.
    params : PathParams
    reach : float
        Lags from minus to plus this many seconds about the start are tried.
    widening : bool
        Whether to try as many more as the largest drift adds up to over the whole track.

    Returns
    -------
    Anchors
        One for every cell with notes: its centre, and the path's deviation from `start`.
    """
    if widening:
        reach += params.max_drift(grid) * float(notes.onset_times[-1] - notes.onset_times[0])
    pooling = _pooling(notes, reach, grid, params)
    if pooling == 1:
        return _searched(features.per_key, notes, start, grid, params, reach)
    coarse_grid = FrameGrid(grid.sr, grid.hop_length * pooling)
    slower = replace(params, cell=params.cell * pooling)
    path = _searched(_pooled(features.per_key, pooling), notes, start, coarse_grid, slower, reach)
    near = corrected_map(start, path, smoothness=PATH_SMOOTHNESS)
    path = _searched(features.per_key, notes, near, grid, params, BAND / coarse_grid.frame_rate)
    return replace(path, deviations=near(path.label_times) + path.deviations - start(path.label_times))


def _pooling(notes: Notes, reach: float, grid: FrameGrid, params: PathParams) -> int:
    """By how much time has to be coarser for the plane to be small enough."""
    n_cells = (notes.onset_times[-1] - notes.onset_times[0]) / params.cell
    return max(1, int(np.ceil(np.sqrt(n_cells * 2 * reach * grid.frame_rate / MAX_PLANE))))


def _pooled(per_key: NDArray[np.float32], size: int) -> NDArray[np.float32]:
    """The highest rise of every `size` frames, of which the last is that of the coarser grid."""
    padded = np.pad(per_key, ((size - 1, -(len(per_key) + size - 1) % size), (0, 0)))
    return padded.reshape(-1, size, per_key.shape[1]).max(axis=1)


def _searched(
    per_key: NDArray[np.float32], notes: Notes, start: TimeMap, grid: FrameGrid, params: PathParams, reach: float
) -> Anchors:
    """The path through the whole plane at one resolution, as `find_path` returns it."""
    evidence, n_notes = _evidence(per_key, notes, start, grid, params.cell, int(grid.frames(reach)))
    typical = float(np.median(per_key[per_key > 0])) if per_key.any() else 1.0
    costs = params.stiffness * 4 * typical * np.square(np.arange(params.max_step + 1))
    path = best_path(_smoothed(evidence, params.smoothing), costs.astype(np.float32))
    return _anchors(notes, params.cell, grid.times(path - evidence.shape[1] // 2), n_notes)


def _anchors(notes: Notes, cell: float, deviations: NDArray[np.float64], n_notes: NDArray[np.int64]) -> Anchors:
    """Anchors at the centres of the cells that have notes."""
    centres = notes.onset_times[0] + (np.arange(len(n_notes)) + 0.5) * cell
    used = n_notes > 0
    return Anchors(centres[used], deviations[used], n_notes[used].astype(np.float64))


def _evidence(
    per_key: NDArray[np.float32], notes: Notes, start: TimeMap, grid: FrameGrid, cell: float, reach: int
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Onset strength in the keys of the notes, above their means, by (cell, lag); and the notes of each cell."""
    rises = np.ascontiguousarray((per_key - per_key.mean(axis=0)).T)
    frames = rise_frames(start(notes.onset_times), grid)
    cells = np.floor((notes.onset_times - notes.onset_times[0]) / cell).astype(np.int64)
    evidence = np.zeros((int(cells[-1]) + 1, 2 * reach + 1), dtype=np.float32)
    for frame, row, key in zip(frames, cells, notes.pitches - LOWEST_PITCH, strict=True):
        first, last = max(frame - reach, 0), min(frame + reach + 1, rises.shape[1])
        if first < last:
            evidence[row, first - frame + reach : last - frame + reach] += rises[key, first:last]
    return evidence, np.bincount(cells)


def rise_frames(times: NDArray[np.float64], grid: FrameGrid) -> NDArray[np.int64]:
    """Frame of the rise that is nearest to each time: frame ``n`` is the rise at the time of frame ``n - 1/2``."""
    return grid.frames(times + 0.5 / grid.frame_rate)


def _smoothed(evidence: NDArray[np.float32], size: int) -> NDArray[np.float32]:
    """Every cell with its neighbours, in triangular weights."""
    from scipy.ndimage import convolve1d

    half = (size + 1) // 2
    weights = 1 - np.abs(np.arange(size) - size // 2) / half
    return convolve1d(evidence, weights.astype(np.float32), axis=0, mode="constant")


def best_path(gains: NDArray[np.float32], costs: NDArray[np.float32]) -> NDArray[np.int64]:
    """Column of every row so that the gains on the way, less the costs of the steps, are greatest (Viterbi).

    Parameters
    ----------
    gains : (n_rows, n_columns) float32
    costs : (max_step + 1,) float32
        Cost of a step by 0, 1, … columns to either side; the first is 0.

    Returns
    -------
    (n_rows,) int64
    """
    steps = np.zeros(gains.shape, dtype=np.int8)
    total = gains[0].copy()
    for row in range(1, len(gains)):
        total, steps[row] = _advanced(total, costs)
        total += gains[row]
    path = np.empty(len(gains), dtype=np.int64)
    path[-1] = int(total.argmax())
    for row in range(len(gains) - 1, 0, -1):
        path[row - 1] = path[row] + steps[row, path[row]]
    return path


def _advanced(total: NDArray[np.float32], costs: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.int8]]:
    """The greatest total from which each column can be reached, its step's cost paid, and that step."""
    best, steps = total.copy(), np.zeros(len(total), dtype=np.int8)
    for size in range(1, min(len(costs), len(total))):
        for step in (size, -size):
            reached = np.full(len(total), -np.inf, dtype=np.float32)
            here, there = (
                (slice(None, -size), slice(size, None)) if step > 0 else (slice(size, None), slice(None, -size))
            )
            reached[here] = total[there] - costs[size]
            better = reached > best
            best[better], steps[better] = reached[better], step
    return best, steps


def refine_path(
    flux: NDArray[np.float32], notes: Notes, time_map: TimeMap, grid: FrameGrid, anchoring: AnchorParams
) -> Anchors:
    """The path with the most flux at the onsets, within 60 ms of a map: as `find_path`, at a hop of 6 ms."""
    near = replace(anchoring, reach=FINE_REACH)
    offsets, profiles = flux_around(flux, notes, time_map, grid, near, step=FINE_STEP)
    cells = np.floor((notes.onset_times - notes.onset_times[0]) / FINE_CELL).astype(np.int64)
    evidence = np.zeros((int(cells[-1]) + 1, len(offsets)), dtype=np.float32)
    np.add.at(evidence, cells, (profiles - profiles.mean()).astype(np.float32))
    costs = FINE_STIFFNESS * profiles.max(axis=1).mean() * np.arange(FINE_MAX_STEP + 1)
    path = best_path(_smoothed(evidence, FINE_SMOOTHING), costs.astype(np.float32))
    return _anchors(notes, FINE_CELL, offsets[path], np.bincount(cells))
