"""Decoding thresholds chosen on validation: of frames by micro frame F1, of onsets and of ends by note F1.

A threshold that is chosen on the tracks it is evaluated on is too good there: all of these take validation tracks.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mir_models.errors import MirlitonError
from mir_models.evaluation.metrics.frame_level import scores
from mir_models.evaluation.metrics.note_level import note_scores
from mir_models.notes.annotations import Notes
from mir_models.notes.decoding import Decoding, decode, onset_head
from mir_models.notes.frames import FrameGrid

FRAME_THRESHOLDS = np.arange(1, 100, dtype=np.float32) / np.float32(100)
"""(99,) float32: 0.01, 0.02, … 0.99: the candidates for the frame threshold."""
ONSET_THRESHOLDS = (0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.6)
"""The candidates for the onset threshold."""
END_THRESHOLDS = (None, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95)
"""The candidates for the end threshold; networks whose frames are sure of themselves need high ones."""

Activations = Mapping[str, NDArray[Any]]
"""Activations by head, each (n_frames, 88)."""


class ThresholdSweep:
    """Micro F1 at many thresholds from one pass over any number of tracks, by two histograms.

    Activations at or above a threshold are estimates, compared in float32 as in decoding.

    Parameters
    ----------
    thresholds : (n,) array, increasing
        Default: 0.01 to 0.99 in steps of 0.01.
    """

    def __init__(self, thresholds: NDArray[np.float32] = FRAME_THRESHOLDS) -> None:
        self.thresholds = np.asarray(thresholds, dtype=np.float32)
        self._silent = np.zeros(len(self.thresholds) + 1, dtype=np.int64)
        self._sounding = np.zeros(len(self.thresholds) + 1, dtype=np.int64)

    def add(
        self, activations: NDArray[np.float32], ref_roll: NDArray[np.bool_], mask: NDArray[np.bool_] | None = None
    ) -> None:
        """Count a track or a block: activations and reference (..., 88); `mask` (...,) keeps the frames that count.

        Raises
        ------
        MirlitonError
            If the shapes differ or an activation is NaN.
        """
        values, ref = np.asarray(activations, dtype=np.float32), np.asarray(ref_roll, dtype=bool)
        if values.shape != ref.shape or np.isnan(values).any():
            raise MirlitonError(
                "activations without NaN and a reference of their shape",
                received=f"{values.shape} with {np.isnan(values).sum()} NaN, and {ref.shape}",
                remedy="cut both to the same frames, and look at the loss curve if there are NaN",
            )
        if mask is not None:
            values, ref = values[np.asarray(mask, dtype=bool)], ref[np.asarray(mask, dtype=bool)]
        reached = np.searchsorted(self.thresholds, values, side="right")
        self._sounding += np.bincount(reached[ref], minlength=len(self._sounding))
        self._silent += np.bincount(reached[~ref], minlength=len(self._silent))

    def f1(self) -> NDArray[np.float64]:
        """(n,) micro F1 at each threshold."""
        tp, fp = (np.cumsum(counts[::-1])[::-1][1:] for counts in (self._sounding, self._silent))
        return scores(tp, fp, self._sounding.sum() - tp).f1

    def best(self) -> tuple[float, float]:
        """The threshold with the highest F1, the lowest of equals, and that F1."""
        values = self.f1()
        index = int(np.argmax(values))
        return round(float(self.thresholds[index]), 6), float(values[index])


def choose_frame_threshold(
    tracks: Iterable[tuple[NDArray[np.float32], NDArray[np.bool_]]],
    thresholds: NDArray[np.float32] = FRAME_THRESHOLDS,
) -> tuple[float, float]:
    """The threshold with the highest micro frame F1 over validation tracks, and that F1.

    Parameters
    ----------
    tracks : iterable of ((n_frames, 88) float32, (n_frames, 88) bool)
        Activations, or levels, and reference piano roll of each track; read once, one at a time.
    thresholds : (n,) array, increasing
        The candidates; of equals the lowest is chosen.
    """
    sweep = ThresholdSweep(thresholds)
    for activations, ref_roll in tracks:
        sweep.add(activations, ref_roll)
    return sweep.best()


@dataclass(frozen=True)
class NoteThresholds:
    """Thresholds by which notes are decoded: `onset` and `end` as in `mir_models.notes.decoding.Decoding`."""

    onset: float
    end: float | None = None


def choose_note_thresholds(
    tracks: Iterable[tuple[Activations, Notes]],
    grid: FrameGrid,
    *,
    frame_threshold: float,
    onset_thresholds: Sequence[float] = ONSET_THRESHOLDS,
    end_thresholds: Sequence[float | None] = END_THRESHOLDS,
) -> NoteThresholds:
    """The onset threshold with the highest mean note onset F1 over validation tracks, the end threshold with the
    highest mean of onset and offset.

    Parameters
    ----------
    tracks : iterable of (activations by head, reference notes)
        Read once, one at a time.
    grid : FrameGrid
    frame_threshold : float
        Of the decoding; without an onset head it is the onset threshold as well, because decoding then has no other.
    onset_thresholds : sequence of float
        The candidates; of equals the first is chosen.
    end_thresholds : sequence of float or None
        Candidates as well; None ends notes by the frame threshold. Each is tried with the onset threshold in the
        middle of the others, on which the best end of a note hardly depends.
    """
    onsets = [Decoding(frame_threshold, each) for each in onset_thresholds]
    middle = sorted(onset_thresholds)[len(onset_thresholds) // 2]
    ends = [Decoding(frame_threshold, middle, end_threshold=each) for each in end_thresholds]
    onset_f1, end_f1 = np.zeros(len(onsets)), np.zeros(len(ends))
    for activations, notes in tracks:
        if onset_head(activations) is None:
            return NoteThresholds(frame_threshold)
        onset_f1 += note_f1s(activations, notes, grid, onsets)
        end_f1 += note_f1s(activations, notes, grid, ends, kind="onset_offset")
    return NoteThresholds(onset_thresholds[int(np.argmax(onset_f1))], end_thresholds[int(np.argmax(end_f1))])


def note_f1s(
    activations: Activations, notes: Notes, grid: FrameGrid, decodings: Sequence[Decoding], *, kind: str = "onset"
) -> list[float]:
    """F1 of one track's notes against its reference by each of some decodings; `kind` is what must agree."""
    return [note_scores(notes, decode(activations, grid, each))[kind]["f1"] for each in decodings]
