"""Scores of one system over tracks: frame and note scores, onset timing, velocities, with bootstrap intervals."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypedDict

import numpy as np
from numpy.typing import NDArray

from mir_models.evaluation.metrics import bootstrap, frame_level, note_level, onset_timing, velocity_level
from mir_models.evaluation.metrics.bootstrap import BootstrapParams, Interval
from mir_models.evaluation.metrics.frame_level import FrameCounts, Scores, scores
from mir_models.evaluation.metrics.onset_timing import OnsetErrors
from mir_models.notes.annotations import Notes

KINDS = (*note_level.KINDS, velocity_level.KIND)
"""Kinds of note scores: what must agree, beside the pitch."""

Counts = NDArray[np.int64]


class Ratios(TypedDict):
    """Precision, recall and F1 in [0, 1]."""

    precision: float
    recall: float
    f1: float


class PooledRatios(Ratios):
    """Scores of all notes together, with the interval of F1."""

    interval: Interval


class NoteRatios(PooledRatios):
    """Means over tracks with the interval of F1, and the scores of all notes together."""

    micro: PooledRatios


class FrameF1(TypedDict):
    """Micro F1 of frames with its interval."""

    f1: float
    interval: Interval


class ToleranceScore(TypedDict):
    """Note onset F1 at one tolerance in seconds: mean over tracks with its interval, and that of all notes together."""

    tolerance: float
    f1: float
    interval: Interval
    micro_f1: float


class SystemScores(TypedDict):
    """Scores of one system over all tracks, ready for JSON.

    Attributes
    ----------
    micro, macro : Ratios
        Of frames, over all cells and as a mean over keys.
    frame : FrameF1
    note_onset, note_onset_offset, note_onset_offset_velocity : NoteRatios
        None instead for velocities where the system estimates none.
    tolerance_sweep : list of ToleranceScore
        One for each of `onset_timing.TOLERANCES`.
    onset_errors : OnsetErrors
        In milliseconds, over the notes of all tracks.
    """

    micro: Ratios
    macro: Ratios
    frame: FrameF1
    note_onset: NoteRatios
    note_onset_offset: NoteRatios
    note_onset_offset_velocity: NoteRatios | None
    tolerance_sweep: list[ToleranceScore]
    onset_errors: OnsetErrors


@dataclass
class Tally:
    """Counts of one system over the tracks added so far.

    Tracks whose labels have no velocities do not count in the scores of velocities.

    Attributes
    ----------
    velocities : bool
        Whether the system estimates velocities.
    counts : FrameCounts
        Over all tracks, per key.
    frames : list of (3,) int64
        tp, fp, fn of the cells of each track.
    notes : dict of list of (3,) int64
        tp, fp, fn of the notes of each track, by kind.
    sweeps : list of (10, 3) int64
        See `onset_timing.sweep`.
    errors : list of (n,) float64
        See `onset_timing.onset_errors`.
    """

    velocities: bool = False
    counts: FrameCounts = field(default_factory=FrameCounts.none)
    frames: list[Counts] = field(default_factory=list)
    notes: dict[str, list[Counts]] = field(default_factory=dict)
    sweeps: list[Counts] = field(default_factory=list)
    errors: list[NDArray[np.float64]] = field(default_factory=list)

    def add(
        self, ref_roll: NDArray[np.bool_], est_roll: NDArray[np.bool_], ref: Notes, est: Notes
    ) -> dict[str, float | None]:
        """Count one track; returns its scores, see `track_scores`."""
        frames, notes = frame_level.count(est_roll, ref_roll), self._notes(ref, est)
        self.counts += frames
        self.frames.append(frames.pooled())
        for kind, counted in notes.items():
            self.notes.setdefault(kind, []).append(counted)
        self.sweeps.append(onset_timing.sweep(ref, est))
        self.errors.append(onset_timing.onset_errors(ref, est))
        return track_scores(frames.pooled(), notes, self.errors[-1])

    def scores(self, resampling: BootstrapParams) -> SystemScores:
        """Scores over all tracks counted; `resampling` is that of the intervals."""
        micro = _ratios(frame_level.micro(self.counts))
        means = {kind: _note_scores(np.stack(rows), resampling) for kind, rows in self.notes.items()}
        return SystemScores(
            micro=micro,
            macro=_ratios(frame_level.macro(self.counts)),
            frame=FrameF1(f1=micro["f1"], interval=_pooled_interval(np.stack(self.frames), resampling)),
            note_onset=means["onset"],
            note_onset_offset=means["onset_offset"],
            note_onset_offset_velocity=means.get(velocity_level.KIND),
            tolerance_sweep=_sweep(np.stack(self.sweeps), resampling),
            onset_errors=onset_timing.summary(np.concatenate(self.errors)),
        )

    def _notes(self, ref: Notes, est: Notes) -> dict[str, Counts]:
        """Counts of the notes of a track, by kind."""
        counts = note_level.note_counts(ref, est)
        if not self.velocities or not velocity_level.has_velocities(ref):
            return counts
        return counts | {velocity_level.KIND: velocity_level.velocity_counts(ref, est)}


def track_scores(frames: Counts, notes: Mapping[str, Counts], errors: NDArray[np.float64]) -> dict[str, float | None]:
    """Scores of one track.

    Returns
    -------
    dict
        Of frames ``precision``, ``recall`` and ``f1``; the same of each kind of `KINDS` as ``note_<kind>_precision``
        and so on, None where the kind was not counted; ``onset_error`` and ``onset_error_abs``, the median of the
        onsets' errors in **milliseconds** with and without sign, None where no onset was found.
    """
    row: dict[str, float | None] = dict(scores(*frames).as_dict())
    for kind in KINDS:
        names = scores(*notes[kind]).as_dict() if kind in notes else dict.fromkeys(frame_level.Scores._fields)
        row |= {f"note_{kind}_{name}": value for name, value in names.items()}
    timing = onset_timing.summary(errors)
    return row | {"onset_error": timing["median"], "onset_error_abs": timing["median_abs"]}


def _note_scores(counts: Counts, resampling: BootstrapParams) -> NoteRatios:
    """Means over tracks and pooled scores of (n_tracks, 3) counts, each F1 with its interval."""
    by_track = scores(*counts.T)
    pooled = PooledRatios(**_ratios(scores(*counts.sum(axis=0))), interval=_pooled_interval(counts, resampling))
    means = Scores(*(np.asarray(values.mean()) for values in by_track))
    return NoteRatios(**_ratios(means), interval=_interval(by_track.f1, resampling), micro=pooled)


def _ratios(found: Scores) -> Ratios:
    return Ratios(precision=float(found.precision), recall=float(found.recall), f1=float(found.f1))


def _sweep(counts: Counts, resampling: BootstrapParams) -> list[ToleranceScore]:
    """Note onset F1 by tolerance from (n_tracks, n_tolerances, 3) counts."""
    f1, pooled = scores(*np.moveaxis(counts, -1, 0)).f1, scores(*counts.sum(axis=0).T).f1
    return [
        ToleranceScore(
            tolerance=tolerance,
            f1=float(np.mean(f1[:, n])),
            interval=_interval(f1[:, n], resampling),
            micro_f1=float(pooled[n]),
        )
        for n, tolerance in enumerate(onset_timing.TOLERANCES)
    ]


def _interval(values: NDArray[np.float64], resampling: BootstrapParams) -> Interval:
    return bootstrap.as_json(bootstrap.interval(values, **resampling))


def _pooled_interval(counts: Counts, resampling: BootstrapParams) -> Interval:
    return bootstrap.as_json(bootstrap.interval(counts, bootstrap.pooled_f1, **resampling))
