"""Notes of a transcription one by one beside the reference: found, added or missed, and how they end."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mir_models.evaluation.metrics.note_ends import EARLY, LATE, RIGHT, end_kinds
from mir_models.evaluation.metrics.note_level import matches
from mir_models.notes.annotations import LOWEST_PITCH, Notes
from mir_models.notes.decoding import Activations, onset_head
from mir_models.notes.frames import FrameGrid

FOUND, ADDED, MISSED = "found", "added", "missed"
ENDS = {EARLY: "early", RIGHT: "right", LATE: "late"}
"""Names of the kinds of ends."""


@dataclass(frozen=True)
class MatchedNote:
    """A note that was found, added or missed; times in seconds.

    Attributes
    ----------
    kind : {"found", "added", "missed"}
    pitch : int
        MIDI number.
    onset, offset : float
        As estimated; of a missed note, the true ones.
    velocity : int
    ref_onset, ref_offset : float or None
        The true ones of a note that was found.
    end : {"early", "right", "late"} or None
        How a note that was found ends.
    probability : float or None
        Of an estimated note, where it is known.
    """

    kind: str
    pitch: int
    onset: float
    offset: float
    velocity: int
    ref_onset: float | None = None
    ref_offset: float | None = None
    end: str | None = None
    probability: float | None = None

    @property
    def last_offset(self) -> float:
        """The later of the estimated end and of the true one."""
        return max(self.offset, self.ref_offset or self.offset)


def match_notes(ref: Notes, est: Notes, probabilities: NDArray[np.floating] | None = None) -> list[MatchedNote]:
    """All notes of reference and estimate, matched by their onsets, in the order of their onsets.

    Parameters
    ----------
    ref, est : Notes
    probabilities : (n_est,) array, optional
        See `note_probabilities`.
    """
    of_ref, of_est = matches(ref, est).T
    ends = end_kinds(ref.intervals[of_ref], est.intervals[of_est])
    given = [None] * len(est) if probabilities is None else [float(each) for each in probabilities]
    pairs = {int(at): (int(true), ENDS[int(end)]) for at, true, end in zip(of_est, of_ref, ends, strict=True)}
    found = [_estimated(est, at, ref, pairs.get(at), given[at]) for at in range(len(est))]
    missed = [_missed(ref, int(at)) for at in np.setdiff1d(np.arange(len(ref)), of_ref)]
    return sorted([*found, *missed], key=lambda note: (note.onset, note.pitch))


def note_probabilities(activations: Activations, notes: Notes, grid: FrameGrid, *, radius: int) -> NDArray[np.float32]:
    """(n,) the highest onset activation at the onset of each note, or frame activation without an onset head.

    Parameters
    ----------
    activations : mapping of str to (n_frames, 88) array
    notes : Notes
        On keys of a piano.
    grid : FrameGrid
    radius : int
        Frames on either side of the onset that are looked at.
    """
    values = np.asarray(activations[onset_head(activations) or "frame"], dtype=np.float32)
    frames = grid.frames(notes.onset_times)[:, None] + np.arange(-radius, radius + 1)
    return values[np.clip(frames, 0, len(values) - 1), notes.pitches[:, None] - LOWEST_PITCH].max(axis=1, initial=0.0)


def _estimated(est: Notes, at: int, ref: Notes, pair: tuple[int, str] | None, probability: float | None) -> MatchedNote:
    onset, offset = map(float, est.intervals[at])
    pitch, velocity = int(est.pitches[at]), int(est.velocities[at])
    if pair is None:
        return MatchedNote(ADDED, pitch, onset, offset, velocity, probability=probability)
    true_onset, true_offset = map(float, ref.intervals[pair[0]])
    return MatchedNote(FOUND, pitch, onset, offset, velocity, true_onset, true_offset, pair[1], probability)


def _missed(ref: Notes, at: int) -> MatchedNote:
    onset, offset = map(float, ref.intervals[at])
    return MatchedNote(MISSED, int(ref.pitches[at]), onset, offset, int(ref.velocities[at]))
