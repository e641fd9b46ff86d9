"""Counts of one system, track by track, and its scores over all of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypedDict

import numpy as np
from numpy.typing import NDArray

from mir_models.evaluation.metrics import bootstrap, frame_level, note_level, onset_timing, velocity_level
from mir_models.evaluation.metrics.frame_level import FrameCounts, scores
from mir_models.notes.annotations import Notes

KINDS = (*note_level.KINDS, velocity_level.KIND)
"""Kinds of note scores: what must agree, beside the pitch."""

Counts = NDArray[np.int64]


class SystemScores(TypedDict):
    """Scores of one system over all tracks, ready for JSON: in [0, 1], each interval [low, high] or None.

    Attributes
    ----------
    micro, macro : dict
        Frame ``precision``, ``recall`` and ``f1``, over all cells and as a mean over keys.
    frame : dict
        Micro ``f1`` with its ``interval``.
    note_onset, note_onset_offset, note_onset_offset_velocity : dict
        ``precision``, ``recall``, ``f1`` as means over tracks with the ``interval`` of F1, and under ``micro`` the same
        four of all notes together. None instead of a dict: the system estimates no velocities.
    tolerance_sweep : list of dict
        One for each of `onset_timing.TOLERANCES`: ``tolerance`` in seconds, note onset ``f1`` as mean over tracks with
        its ``interval``, and ``micro_f1``.
    onset_errors : dict
        See `onset_timing.summary`: in milliseconds, over the notes of all tracks.
    """

    micro: dict[str, float]
    macro: dict[str, float]
    frame: dict[str, Any]
    note_onset: dict[str, Any]
    note_onset_offset: dict[str, Any]
    note_onset_offset_velocity: dict[str, Any] | None
    tolerance_sweep: list[dict[str, Any]]
    onset_errors: dict[str, Any]


@dataclass
class Tally:
    """Counts of one system; `velocities` says whether it estimates them.

    Tracks whose labels tell no velocities do not count there.

    Attributes
    ----------
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
        """Count one track; returns its row, see `row`."""
        frames, notes = frame_level.count(est_roll, ref_roll), self._notes(ref, est)
        self.counts += frames
        self.frames.append(frames.pooled())
        for kind, counted in notes.items():
            self.notes.setdefault(kind, []).append(counted)
        self.sweeps.append(onset_timing.sweep(ref, est))
        self.errors.append(onset_timing.onset_errors(ref, est))
        return row(frames.pooled(), notes, self.errors[-1])

    def scores(self, draws: Mapping[str, Any]) -> SystemScores:
        """Scores over all tracks counted; `draws` are the keyword arguments of `bootstrap.interval`."""
        micro = frame_level.micro(self.counts).as_dict()
        means = {kind: _note_scores(np.stack(rows), draws) for kind, rows in self.notes.items()}
        return SystemScores(
            micro=micro,
            macro=frame_level.macro(self.counts).as_dict(),
            frame={"f1": micro["f1"], "interval": _pooled_interval(np.stack(self.frames), draws)},
            note_onset=means["onset"],
            note_onset_offset=means["onset_offset"],
            note_onset_offset_velocity=means.get(velocity_level.KIND),
            tolerance_sweep=_sweep(np.stack(self.sweeps), draws),
            onset_errors=onset_timing.summary(np.concatenate(self.errors)),
        )

    def _notes(self, ref: Notes, est: Notes) -> dict[str, Counts]:
        """Counts of the notes of a track, by kind."""
        known = note_level.note_counts(ref, est)
        if not self.velocities or not velocity_level.told_by(ref):
            return known
        return known | {velocity_level.KIND: velocity_level.velocity_counts(ref, est)}


def row(frames: Counts, notes: Mapping[str, Counts], errors: NDArray[np.float64]) -> dict[str, float | None]:
    """Scores of one track.

    Returns
    -------
    dict
        Of frames ``precision``, ``recall`` and ``f1``; the same of each kind of `KINDS` as ``note_<kind>_precision``
        and so on, None where the kind was not counted; ``onset_error`` and ``onset_error_abs``, the median of the
        onsets' errors in **milliseconds** with and without sign, None where no onset was found.
    """
    found: dict[str, float | None] = dict(scores(*frames).as_dict())
    for kind in KINDS:
        names = scores(*notes[kind]).as_dict() if kind in notes else dict.fromkeys(frame_level.Scores._fields)
        found |= {f"note_{kind}_{name}": value for name, value in names.items()}
    told = onset_timing.summary(errors)
    return found | {"onset_error": told["median"], "onset_error_abs": told["median_abs"]}


def _note_scores(counts: Counts, draws: Mapping[str, Any]) -> dict[str, Any]:
    """Means over tracks and pooled scores of (n_tracks, 3) counts, each F1 with its interval."""
    by_track = scores(*counts.T)
    pooled = scores(*counts.sum(axis=0)).as_dict() | {"interval": _pooled_interval(counts, draws)}
    means = {name: float(np.mean(values)) for name, values in by_track._asdict().items()}
    return means | {"interval": _interval(by_track.f1, draws), "micro": pooled}


def _sweep(counts: Counts, draws: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Note onset F1 by tolerance from (n_tracks, n_tolerances, 3) counts."""
    f1, pooled = scores(*np.moveaxis(counts, -1, 0)).f1, scores(*counts.sum(axis=0).T).f1
    return [
        {
            "tolerance": tolerance,
            "f1": float(np.mean(f1[:, n])),
            "interval": _interval(f1[:, n], draws),
            "micro_f1": float(pooled[n]),
        }
        for n, tolerance in enumerate(onset_timing.TOLERANCES)
    ]


def _interval(values: NDArray[np.float64], draws: Mapping[str, Any]) -> list[float] | None:
    return bootstrap.as_json(bootstrap.interval(values, **draws))


def _pooled_interval(counts: Counts, draws: Mapping[str, Any]) -> list[float] | None:
    return bootstrap.as_json(bootstrap.interval(counts, bootstrap.pooled_f1, **draws))
