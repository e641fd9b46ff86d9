"""Ends of notes: the earlier of two, as hFT-Transformer has it, and how many are too late or too early.

K. Toyama et al., "Automatic Piano Transcription with Hierarchical Frequency-Time Transformer", ISMIR 2023, and its
code (``mpe2note``): a note ends at the peak of the offset head or where the frame head falls below its threshold.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from experiments.decodings.transcription import Transcription
from mir_models.evaluation.metrics.note_level import OFFSET_MIN_TOLERANCE, OFFSET_RATIO, matches
from mir_models.notes.annotations import LOWEST_PITCH, Notes
from mir_models.notes.peak_picking import local_maxima

SHORT, LONG = 0.1, 1.6
"""Seconds of labels below which, and from which on, ends are counted."""
RADIUS = 2
"""Frames on either side in which a peak of the offset head is the largest."""


def earlier_ends(found: Transcription, notes: Notes, threshold: float) -> Notes:
    """Notes that end at the first peak of the offset head at or above a threshold, if that is before their end."""
    if "offset" not in found.activations:
        return notes
    offset = found.activations["offset"]
    padded = np.pad(offset, ((RADIUS, RADIUS), (0, 0)))
    peaks = local_maxima(padded, RADIUS) & (offset >= np.float32(threshold))
    first, last = found.grid.frames(notes.onset_times) + 1, found.grid.frames(notes.offset_times)
    rows = [_first(peaks[a:b, key]) for a, b, key in zip(first, last, notes.pitches - LOWEST_PITCH, strict=True)]
    ends = np.array(
        [
            end if row is None else found.grid.times(a + row)
            for row, a, end in zip(rows, first, notes.offset_times, strict=True)
        ]
    )
    return replace(notes, intervals=np.column_stack([notes.onset_times, ends.reshape(len(notes))]))


def _first(holds: NDArray[np.bool_]) -> int | None:
    return int(np.argmax(holds)) if holds.any() else None


@dataclass(frozen=True)
class EndCounts:
    """Notes found by their onsets: how many there are of labels below `SHORT` and from `LONG` on, and how many end
    too late or too early.

    Attributes
    ----------
    n_short, n_late, n_long, n_early : int
    """

    n_short: int
    n_late: int
    n_long: int
    n_early: int


def end_counts(ref: Notes, est: Notes) -> EndCounts:
    """The ends of the notes of a recording that were found, by the tolerance of notes with offset."""
    rows, columns = matches(ref, est).T
    lasting = (ref.offset_times - ref.onset_times)[rows]
    later = est.offset_times[columns] - ref.offset_times[rows]
    tolerance = np.maximum(OFFSET_RATIO * lasting, OFFSET_MIN_TOLERANCE)
    short, long = lasting < SHORT, lasting >= LONG
    late, early = short & (later > tolerance), long & (later < -tolerance)
    return EndCounts(*(int(each.sum()) for each in (short, late, long, early)))
