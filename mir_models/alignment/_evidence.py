"""Evidence for a time map, however it was found: how well detected onsets and mapped label onsets agree.

The agreement of a part of the recording (:mod:`mir_models.alignment._agreement`) is low where notes are not detected
(another piece, another tempo) and where sound has no notes (a repeat that the MIDI file leaves out). Transposed notes
agree better here and there where music goes in octaves or sequences; in the mean over all parts where the labels are in
another key.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from mir_models.alignment._agreement import agreement_by_transposition, agreement_with_means_of_track
from mir_models.alignment._cross_correlation import transposed_peaks
from mir_models.alignment._onset_features import OnsetFeatures
from mir_models.alignment._warping_path import rise_frames
from mir_models.notes.annotations import LOWEST_PITCH, Notes
from mir_models.notes.frames import FrameGrid
from mir_models.notes.time_map import TimeMap

LARGEST_TRANSPOSITION, FARTHEST_KEY = 24, 10
"""In semitones: what is tried at the mapped times, and at every lag."""
TRANSPOSITIONS = np.array(sorted(range(-LARGEST_TRANSPOSITION, LARGEST_TRANSPOSITION + 1), key=abs))
"""The smallest first, 0 among them."""
HOPELESS = 0.03
"""Agreement of the worst part below which it does not matter whether the notes would agree elsewhere; no transposition
that agrees less is better than another."""
CONVINCING = 0.12
"""Agreement of the worst part from which on it does not matter either: music in sequences agrees elsewhere, too."""
CLEARLY = 1.03
"""A transposition must agree better by this factor, in the mean over all parts."""
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
    worst_beside_track : float in [-1, 1]
        The same by the means of the whole track: what maps of one recording are compared by.
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
    worst_beside_track: float = 0.0
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
    frames = rise_frames(time_map(notes.onset_times), grid)
    inside = (frames >= 0) & (frames < len(features.per_key))
    frames, keys = frames[inside], notes.pitches[inside] - LOWEST_PITCH
    edges = _edges(len(features.per_key), int(inside.sum()), grid)
    sounding = _sounding(features.per_key, frames, keys, edges)
    by_transposition = _agreements(features.per_key, frames, keys, edges, TRANSPOSITIONS)[sounding]
    agreements = by_transposition[:, 0]
    worst = float(agreements.min()) if len(agreements) else 0.0
    transposition = _transposition(by_transposition)
    if not transposition and HOPELESS < worst < CONVINCING:
        parts = edges, sounding
        transposition = _transposed_elsewhere(features, notes, grid, parts, agreements, max_lag=max_lag)
    return Evidence(
        agreement=float(np.median(agreements)) if len(agreements) else 0.0,
        worst_part=worst,
        worst_beside_track=_worst_beside_track(features.per_key, frames, keys, edges, sounding),
        transposition=transposition,
        residual=float(np.mean(np.abs(residuals))) if len(residuals) else 0.0,
        tempo_swing=_tempo_swing(time_map, notes.onset_times),
        n_notes=int(inside.sum()),
        n_parts=len(edges) - 1,
        part_seconds=len(features.per_key) / grid.frame_rate / (len(edges) - 1),
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


def _agreements(
    per_key: NDArray[np.float32],
    frames: NDArray[np.int64],
    keys: NDArray[np.int64],
    edges: NDArray[np.int64],
    transpositions: NDArray[np.int64],
) -> NDArray[np.float64]:
    """Agreement of each part with its notes when these are transposed, (n_parts, n_transpositions)."""
    return np.array(
        [agreement_by_transposition(per_key[a:b], frames - a, keys, transpositions) for a, b in pairwise(edges)]
    )


def _worst_beside_track(
    per_key: NDArray[np.float32],
    frames: NDArray[np.int64],
    keys: NDArray[np.int64],
    edges: NDArray[np.int64],
    sounding: NDArray[np.bool_],
) -> float:
    deviations = per_key - per_key.mean(axis=0)
    parts = [part for part, sounds in zip(pairwise(edges), sounding, strict=True) if sounds]
    return min((agreement_with_means_of_track(deviations[a:b], frames - a, keys) for a, b in parts), default=0.0)


def _transposition(agreements: NDArray[np.float64]) -> int:
    """The transposition that agrees clearly best, by agreements (n_parts, n_transpositions) in their order; else 0."""
    if not len(agreements):
        return 0
    means = agreements.mean(axis=0)
    best = int(np.argmax(means))
    return int(TRANSPOSITIONS[best]) if _is_clearly_better(means[best], means[0]) else 0


def _is_clearly_better(agreement: float, other: float) -> bool:
    """Whether notes that agree so well belong rather to the recording than others."""
    return bool(agreement > max(HOPELESS, CLEARLY * other))


def _transposed_elsewhere(
    features: OnsetFeatures,
    notes: Notes,
    grid: FrameGrid,
    parts: tuple[NDArray[np.int64], NDArray[np.bool_]],
    agreements: NDArray[np.float64],
    *,
    max_lag: float,
) -> int:
    """The transposition whose notes agree clearly better at a lag of their own, else 0.

    Transposed notes find another place to agree with, beats away: that is what this looks for. At the mapped times
    themselves `_transposition` looks; octaves and neighbouring semitones are left to it. Music in sequences agrees with
    itself in another key as well, but less over all its parts.

    Parameters
    ----------
    features, notes, grid : as of `collect_evidence`
    parts : (n_parts + 1,) int64 and (n_parts,) bool
        Their edges in frames, and which of them sound.
    agreements : (n_sounding,) float64
        Of the sounding parts where the map puts the notes.
    max_lag : float
        In seconds.
    """
    around = np.array([each for each in range(-FARTHEST_KEY, FARTHEST_KEY + 1) if abs(each) > 1])
    lags, peaks = transposed_peaks(features.per_key, notes, grid, max_lag=max_lag, transpositions=around)
    best = int(np.argmax(peaks))
    frames = rise_frames(notes.onset_times + lags[best], grid)
    edges, sounding = parts
    rivals = _agreements(features.per_key, frames, notes.pitches - LOWEST_PITCH, edges, around[[best]])[sounding]
    return int(around[best]) if _is_clearly_better(rivals.mean(), agreements.mean()) else 0
