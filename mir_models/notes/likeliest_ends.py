"""Ends of notes: where the frame head and the offset head together make it likeliest that a note has ended.

A note that begins at frame b may end at any later frame e up to the next stroke of its key. With the frame head f, the
offset head o and ``logit(p) = log(p / (1 - p))``, the end is the first maximum over e >= b + `min_frames` of ::

    sum(logit(f[t]) - logit(threshold) for t in b + 1 ... e - 1) + 2 * logit(o[e])

so a frame or two in which a long note falls below the threshold end it only if it does not come back, and a peak of
the offset head decides between ends that the frame head finds equally good. A whole interval is scored, as in
semi-Markov models [1]_, without their training; o counts twice since neighbouring frames repeat one another's evidence.
If no end is better than none before the next stroke, or before the end of the recording, the note lasts until there. Of
a network without an offset head o counts as 1/2.

The search ends `LOOK_AHEAD` below the highest sum so far, as a cumulative sum test does [2]_, so that a note is given
soon after it has ended. Log-odds are limited to `MAX_LOG_ODDS` and counted in whole units of 1/1024: sums are then
exact, and notes are the same whatever blocks the frames come in.

.. [1] Y. Yan, F. Cwitkowitz and Z. Duan, "Skipping the Frame-Level: Event-Based Piano Transcription with Neural
   Semi-CRFs", NeurIPS 2021.
.. [2] E. S. Page, "Continuous Inspection Schemes", Biometrika 41, 1954.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mir_models.notes.annotations import N_KEYS

UNITS = 1024
"""Units of a log-odds of 1."""
MAX_LOG_ODDS = 4.0
"""Limit of the log-odds of one frame, on either side: 0.018 and 0.982."""
OFFSET_WEIGHT = 2
"""Of the offset head's log-odds in the sum."""
LOOK_AHEAD = 8 * UNITS
"""Units below the highest sum at which no later end is looked for: two silent frames, or many doubtful ones."""

Evidence = NDArray[np.int64]


@dataclass(frozen=True)
class Ends:
    """Ends of notes, at most one per note, in any order.

    Attributes
    ----------
    keys, frames : (n,) int64
        The first frame after the note.
    positions : (n,) float64
        The end in frames, up to one before that.
    """

    keys: NDArray[np.int64]
    frames: NDArray[np.int64]
    positions: NDArray[np.float64]


@dataclass
class _SoundingNote:
    """A note whose end is not known yet: the frame after its stroke, the first frame that may end it, the sum so far,
    its maximum, the best end."""

    first: int
    earliest: int
    total: int = 0
    highest: int = 0
    best: int | None = None
    end: int = 0
    position: float = 0.0

    def add(self, evidence: Evidence, ending: Evidence, positions: NDArray[np.float64], first: int) -> bool:
        """Take the next frames of its key, from the frame numbered `first`; whether the search is over."""
        sums = self.total + np.concatenate([[0], np.cumsum(evidence)])
        highest = np.maximum.accumulate(np.maximum(sums, self.highest))
        may_end = max(0, self.earliest - first)
        over = may_end + 1 + np.flatnonzero((highest - sums > LOOK_AHEAD)[may_end + 1 :])
        n = int(over[0]) if len(over) else len(evidence)
        scores = sums[may_end:n] + ending[may_end:n]
        if len(scores) and (self.best is None or scores.max() > self.best):
            row = may_end + int(np.argmax(scores))
            self.best, self.end = int(scores[row - may_end]), first + row
            self.position = float(positions[row] if self.end > self.first else self.end)  # Not before its onset.
        self.total, self.highest = int(sums[-1]), int(highest[-1])
        return len(over) > 0

    @property
    def has_ended(self) -> bool:
        """Whether an end so far is at least as good as none."""
        return self.best is not None and self.best >= self.total


class LikeliestEnds:
    """Find the ends of notes in frames that arrive in blocks; any split into blocks gives the same ends.

    The state is the notes that sound, of which each key has one at most.

    Parameters
    ----------
    threshold : float in (0, 1)
        The level of the frame head that speaks neither for a note nor against it.
    min_frames : int >= 1
        The fewest frames of a note that no later stroke of its key cuts short.
    """

    def __init__(self, threshold: float, min_frames: int = 1) -> None:
        self._min_frames = min_frames
        self._neutral = int(_log_odds(np.array(threshold)))
        self._notes: dict[int, _SoundingNote] = {}
        self._last = np.full(N_KEYS, -1, dtype=np.int64)

    def push(
        self,
        frame: NDArray[np.float32],
        offset: NDArray[np.float32] | None,
        struck: NDArray[np.bool_],
        starts: NDArray[np.bool_],
        *,
        first: int,
    ) -> Ends:
        """Take the next frames, (n, 88) each, and return the ends that they decide.

        Parameters
        ----------
        frame, offset : (n, 88) float32
            The two heads; None without an offset head.
        struck : (n, 88) bool
            Where the onset head reaches its threshold: such a frame never speaks against a note.
        starts : (n, 88) bool
            Where notes begin.
        first : int
            Number of the first of these frames.
        """
        evidence = _log_odds(frame) - self._neutral
        evidence = np.where(struck, np.maximum(evidence, 1), evidence)
        ending = np.zeros_like(evidence) if offset is None else OFFSET_WEIGHT * _log_odds(offset)
        numbers = first + np.arange(len(evidence))[:, None]
        positions = numbers - _rests(np.concatenate([self._last[None], evidence]))
        self._last = evidence[-1] if len(evidence) else self._last
        found: list[_End] = []
        for key in sorted({*self._notes, *np.flatnonzero(starts.any(axis=0)).tolist()}):
            columns = (evidence[:, key], ending[:, key], positions[:, key])
            found += self._ends_of_key(key, columns, np.flatnonzero(starts[:, key]).tolist(), first)
        return _as_ends(found)

    def _ends_of_key(self, key: int, columns: _Columns, starts: list[int], first: int) -> list[_End]:
        """The ends of a key in a block; the note that still sounds after it is kept."""
        note, begin, ends = self._notes.pop(key, None), 0, []
        n_frames = len(columns[0])
        for start in [*starts, n_frames]:
            if note is not None:
                rows = slice(begin, start)
                is_over = note.add(columns[0][rows], columns[1][rows], columns[2][rows], first + begin)
                if is_over or (start < n_frames and note.has_ended):
                    ends.append((key, note.end, note.position))
                    note = None
            if start < n_frames:
                stroke = first + start
                note, begin = _SoundingNote(stroke + 1, stroke + self._min_frames), start + 1
        if note is not None:
            self._notes[key] = note
        return ends

    def finish(self, n_frames: int) -> Ends:
        """End the recording of `n_frames` frames: the ends of the notes that still sound."""
        last = (n_frames, float(n_frames))
        ended = [(key, *((note.end, note.position) if note.has_ended else last)) for key, note in self._notes.items()]
        self._notes = {}
        return _as_ends(ended)


_End = tuple[int, int, float]
"""Key, frame and position of an end."""
_Columns = tuple[Evidence, Evidence, NDArray[np.float64]]
"""Evidence that a key sounds, evidence that it ends, and positions of ends, (n,) each."""


def _as_ends(found: list[_End]) -> Ends:
    keys, frames, positions = zip(*found, strict=True) if found else ((), (), ())
    return Ends(np.array(keys, dtype=np.int64), np.array(frames, dtype=np.int64), np.array(positions, dtype=np.float64))


def _log_odds(activations: NDArray[np.floating]) -> Evidence:
    """Log-odds of activations in whole units, within `MAX_LOG_ODDS`."""
    limit = 1 / (1 + np.exp(-MAX_LOG_ODDS))
    p = np.clip(np.asarray(activations, dtype=np.float64), 1 - limit, limit)
    return np.rint(UNITS * np.log(p / (1 - p))).astype(np.int64)


def _rests(evidence: Evidence) -> NDArray[np.float64]:
    """How many frames an end lies before each row but the first, (n, 88): to where a line from the row before crosses
    0, or half a frame."""
    before, now = evidence[:-1], evidence[1:]
    crosses = (before > 0) & (now <= 0)
    return np.divide(-now, before - now, where=crosses, out=np.full(now.shape, 0.5))
