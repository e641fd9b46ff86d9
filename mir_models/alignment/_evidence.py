"""Evidence for a time map, however it was found: how well detected onsets and mapped label onsets agree.

The agreement of a stretch of audio is the correlation of the rises measured in the 88 keys with those expected of the
notes: at each onset one of its key and weaker ones of its harmonics. It is low where notes are not detected
(another piece, another tempo) and where sound has no notes (a repeat that the MIDI file leaves out).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from mir_models.alignment._cross_correlation import correlate, transposed_peaks
from mir_models.alignment._onset_features import OnsetFeatures
from mir_models.alignment._warping_path import rise_frames
from mir_models.notes.annotations import LOWEST_PITCH, N_KEYS, Notes
from mir_models.notes.frames import FrameGrid
from mir_models.notes.time_map import TimeMap

HARMONICS = {0: 1.0, 12: 0.7, 19: 0.5, 24: 0.4, 28: 0.3, 31: 0.3}
"""Semitones above the key in which an onset raises the level as well, and by which share."""
NEIGHBOUR = 0.7
"""Rise expected in the frame before and after an onset, as a share of the onset's."""
LARGEST_TRANSPOSITION, FARTHEST_KEY = 24, 10
"""In semitones: what is tried at the mapped times, and at every lag."""
HOPELESS = 0.03
"""Agreement of the worst part below which it does not matter whether the notes would agree elsewhere."""
CONVINCING = 0.12
"""Agreement of the worst part from which on it does not matter either: music in sequences agrees elsewhere, too."""
CLEARLY = 1.03
"""A transposition must agree better by this factor."""
PART_SECONDS, PART_NOTES = 8.0, 12
"""A part lasts at least this long, and in the mean has at least this many notes."""
SWING_SECONDS = 1.0
"""Over which a tempo is measured."""
QUIET, FEW = 0.2, 2
"""Parts with less than this share of the median part's high rises and no more than so many notes are pauses."""


@dataclass(frozen=True)
class Evidence:
    """What confidence in one time map is computed from.

    Attributes
    ----------
    agreement : float in [-1, 1]
        Median over the parts of the recording of the agreement of detected onsets with label onsets.
    worst_part : float in [-1, 1]
        The agreement of the part where it is lowest.
    transposition : int
        Semitones by which the notes would have to be moved to agree best; 0 where the pitches are right.
    residual : float
        Mean distance in seconds of the anchors from the map.
    tempo_swing : float
        Largest ratio of a local tempo to the median one, or its inverse, less 1; over `SWING_SECONDS`.
    n_notes : int
        Notes inside the recording.
    n_parts : int
    part_seconds : float
        Length of a part. Few and short parts agree by chance more easily.
    """

    agreement: float = 0.0
    worst_part: float = 0.0
    transposition: int = 0
    residual: float = 0.0
    tempo_swing: float = 0.0
    n_notes: int = 0
    n_parts: int = 1
    part_seconds: float = PART_SECONDS


def collect_evidence(
    features: OnsetFeatures,
    notes: Notes,
    time_map: TimeMap,
    grid: FrameGrid,
    residuals: NDArray[np.float64],
    *,
    max_lag: float,
) -> Evidence:
    """The evidence for a map of `notes`, in label time; `residuals` are the anchors' deviations in seconds.

    Transposed notes are sought up to `max_lag` seconds from their times in the labels.
    """
    rises = features.per_key - features.per_key.mean(axis=0)
    frames = rise_frames(time_map(notes.onset_times), grid)
    inside = (frames >= 0) & (frames < len(rises))
    frames, keys = frames[inside], notes.pitches[inside] - LOWEST_PITCH
    edges = _edges(len(rises), int(inside.sum()), grid)
    at_onsets = [_rises_at_onsets(rises, frames, keys, first, last) for first, last in pairwise(edges)]
    sounding = _sounding(features.per_key, frames, keys, edges)
    agreements = _agreements(rises, keys, frames, edges, at_onsets)[sounding]
    worst = float(agreements.min()) if len(agreements) else 0.0
    transposition = _transposition(np.sum(at_onsets, axis=0), keys)
    if not transposition and HOPELESS < worst < CONVINCING:
        transposition = _transposed_elsewhere(features, notes, time_map, grid, max_lag)
    return Evidence(
        agreement=float(np.median(agreements)) if len(agreements) else 0.0,
        worst_part=worst,
        transposition=transposition,
        residual=float(np.mean(np.abs(residuals))) if len(residuals) else 0.0,
        tempo_swing=_tempo_swing(time_map, notes.onset_times),
        n_notes=int(inside.sum()),
        n_parts=len(edges) - 1,
        part_seconds=len(rises) / grid.frame_rate / (len(edges) - 1),
    )


def _tempo_swing(time_map: TimeMap, onset_times: NDArray[np.float64]) -> float:
    first, last = onset_times[0], onset_times[-1]
    at = np.linspace(first, last, 1 + max(1, int((last - first) / SWING_SECONDS)))
    tempos = np.diff(time_map(at)) / max(at[1] - at[0], np.finfo(float).tiny) if last > first else np.ones(1)
    return float(np.expm1(np.abs(np.log(tempos / np.median(tempos))).max()))


def _edges(n_frames: int, n_notes: int, grid: FrameGrid) -> NDArray[np.int64]:
    """Frames at which the parts begin and end."""
    seconds = n_frames / grid.frame_rate
    n_parts = max(1, min(int(seconds / PART_SECONDS), n_notes // PART_NOTES))
    return np.linspace(0, n_frames, n_parts + 1).astype(np.int64)


def _sounding(
    per_key: NDArray[np.float32], frames: NDArray[np.int64], keys: NDArray[np.int64], edges: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Which parts are no pauses: rises as high as those of most notes are onsets, lower ones noise."""
    usual = float(np.median(per_key[frames, keys])) if len(frames) else 0.0
    high = np.where(per_key >= usual, per_key, 0)
    risen = np.array([np.square(high[a:b]).sum() for a, b in pairwise(edges)])
    return (np.histogram(frames, edges)[0] > FEW) | (risen > QUIET * np.median(risen))


def _rises_at_onsets(
    rises: NDArray[np.float32], frames: NDArray[np.int64], keys: NDArray[np.int64], first: int, last: int
) -> NDArray[np.float64]:
    """Rises of every key summed over the label onsets of every key in a part: (88 label keys, 88 keys)."""
    found = np.zeros((N_KEYS, N_KEYS))
    here = (frames >= first) & (frames < last)
    for step, weight in ((-1, NEIGHBOUR), (0, 1.0), (1, NEIGHBOUR)):
        at = np.clip(frames[here] + step, 0, len(rises) - 1)
        np.add.at(found, keys[here], weight * rises[at])
    return found


def _agreements(
    rises: NDArray[np.float32],
    keys: NDArray[np.int64],
    frames: NDArray[np.int64],
    edges: NDArray[np.int64],
    at_onsets: list[NDArray[np.float64]],
) -> NDArray[np.float64]:
    """Correlation of the measured rises with the expected ones in each part."""
    parts = list(pairwise(edges))
    energies = np.array([np.square(rises[a:b]).sum() for a, b in parts])
    found = np.array([_explained(each, 0) for each in at_onsets])
    expected = np.array([_expected(keys[(frames >= a) & (frames < b)], 0) for a, b in parts])
    return found / np.sqrt(np.maximum(expected * energies, np.finfo(np.float32).tiny))


def _explained(at_onsets: NDArray[np.float64], transposition: int) -> float:
    """Rises at the keys, and their harmonics, that the notes would have when transposed."""
    return sum(
        weight * float(np.trace(at_onsets, offset=transposition + harmonic)) for harmonic, weight in HARMONICS.items()
    )


def _expected(keys: NDArray[np.int64], transposition: int) -> float:
    """Energy of the rises expected of transposed notes, on the 88 keys."""
    energy = 1 + 2 * NEIGHBOUR**2
    return energy * sum(
        weight**2 * float(np.sum((keys + transposition + harmonic >= 0) & (keys + transposition + harmonic < N_KEYS)))
        for harmonic, weight in HARMONICS.items()
    )


def _transposition(at_onsets: NDArray[np.float64], keys: NDArray[np.int64]) -> int:
    """The transposition that agrees clearly best at the mapped times, else 0."""
    candidates = sorted(range(-LARGEST_TRANSPOSITION, LARGEST_TRANSPOSITION + 1), key=abs)
    scores = [_explained(at_onsets, each) / np.sqrt(max(_expected(keys, each), 1.0)) for each in candidates]
    best = int(np.argmax(scores))
    return candidates[best] if scores[best] > CLEARLY * scores[0] else 0


def _transposed_elsewhere(
    features: OnsetFeatures, notes: Notes, time_map: TimeMap, grid: FrameGrid, max_lag: float
) -> int:
    """The transposition that correlates better at a lag of its own than the notes do where the map puts them, else 0.

    Transposed notes find another place to agree with, beats away: that is what this looks for. At the mapped times
    themselves `_transposition` looks; octaves and neighbouring semitones are left to it.
    """
    moved = time_map.moved(notes)
    moved = moved.where((moved.onset_times >= 0) & (moved.onset_times < features.duration))
    if not len(moved):
        return 0
    _, near = correlate(features.per_key, moved, grid, max_lag=2 / grid.frame_rate)
    around = range(-FARTHEST_KEY, FARTHEST_KEY + 1)
    rivals = transposed_peaks(features.per_key, notes, grid, max_lag=max_lag, transpositions=around)
    rivals[[each in (0, -1, 1) for each in around]] = 0
    best = int(np.argmax(rivals))
    return around[best] if rivals[best] > near.max() / CLEARLY else 0
