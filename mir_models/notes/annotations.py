"""Annotations of music: `Notes`, the notes of one track, and the keys of the piano."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from mir_models.errors import ParameterError

LOWEST_PITCH = 21
"""MIDI number of A0, the lowest key of the piano."""
N_KEYS = 88
"""Keys of the piano: A0 (MIDI 21) to C8 (MIDI 108)."""


@dataclass(frozen=True)
class Notes:
    """Notes of one track, sorted by (onset, pitch).

    Attributes
    ----------
    intervals : (n, 2) float64
        Onset and offset of each note in seconds.
    pitches : (n,) int64
        MIDI numbers.
    velocities : (n,) int64 in [1, 127]
        MIDI velocities.
    """

    intervals: NDArray[np.float64]
    pitches: NDArray[np.int64]
    velocities: NDArray[np.int64]

    def __post_init__(self) -> None:
        intervals = np.asarray(self.intervals, dtype=np.float64).reshape(-1, 2)
        pitches = np.asarray(self.pitches, dtype=np.int64).reshape(-1)
        velocities = np.asarray(self.velocities, dtype=np.int64).reshape(-1)
        if not len(intervals) == len(pitches) == len(velocities):
            raise ParameterError(
                "intervals, pitches and velocities with one row per note",
                received=f"{len(intervals)}, {len(pitches)}, {len(velocities)}",
                remedy="give arrays of equal length",
            )
        order = np.lexsort((intervals[:, 1], pitches, intervals[:, 0]))
        object.__setattr__(self, "intervals", intervals[order])
        object.__setattr__(self, "pitches", pitches[order])
        object.__setattr__(self, "velocities", velocities[order])

    def __len__(self) -> int:
        return len(self.pitches)

    @property
    def onset_times(self) -> NDArray[np.float64]:
        """(n,) onsets in seconds."""
        return self.intervals[:, 0]

    @property
    def offset_times(self) -> NDArray[np.float64]:
        """(n,) offsets in seconds."""
        return self.intervals[:, 1]

    @property
    def duration(self) -> float:
        """Time of the last offset in seconds; 0 without notes."""
        return float(self.intervals[:, 1].max()) if len(self) else 0.0

    def shifted(self, lag: float) -> Notes:
        """The notes `lag` seconds later (the lag is what is added to label time to obtain audio time)."""
        return replace(self, intervals=self.intervals + lag)

    @classmethod
    def concatenate(cls, parts: Iterable[Notes]) -> Notes:
        """The notes of several parts, e.g. of the blocks of a `NoteDecoder`, as one; of no part none."""
        every = [NO_NOTES, *parts]
        return cls(
            np.concatenate([part.intervals for part in every]),
            np.concatenate([part.pitches for part in every]),
            np.concatenate([part.velocities for part in every]),
        )

    def where(self, keep: NDArray[np.bool_]) -> Notes:
        """The notes for which `keep`, a boolean (n,), is true."""
        return Notes(self.intervals[keep], self.pitches[keep], self.velocities[keep])


NO_NOTES = Notes(np.zeros((0, 2)), np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64))
