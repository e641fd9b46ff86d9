"""Decoding: from activations of a network to notes, by thresholds of its frame head and of its onset head, if any.

Without an onset head a note is a run of frames at or above the frame threshold. Two notes of one key without a
silent frame between them are one run: **a restruck note looks like a held one**, so this decoding loses
repetitions and its note recall is bounded by that.

With an onset head the rule is that of Onsets and Frames [1]_: only an onset starts a note, frames alone never do; the
note lasts while its key is active, and a new onset of the key ends it. A frame is active when the frame head *or* the
onset head reaches its threshold. It differs from [1]_ in what an onset is: a local maximum of the onset head (as in
[2]_) instead of the first frame of a run above the threshold, so a repetition is found although the activation does
not fall below the threshold between the strokes. A head
``onset_regressed`` (:mod:`mir_models.notes.regressed_onsets`) takes the place of the onset head, and of a network that
has both the regressed one counts.

With an end threshold a note does not end at the first frame in which its key is not active, but where frame head and
offset head together make it likeliest (:mod:`mir_models.notes.likeliest_ends`). Which notes there are does not depend
on that: an onset whose key is active for less than `min_frames` is none, and neither ends a note nor begins one.

Activations beyond either end of the recording count as 0. Comparisons are made in float32, the type of network outputs.

.. [1] C. Hawthorne et al., "Onsets and Frames: Dual-Objective Piano Transcription", ISMIR 2018.
.. [2] Q. Kong et al., "High-Resolution Piano Transcription with Pedals by Regressing Onset and Offset Times",
   IEEE/ACM TASLP 29, 2021.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mir_models.errors import MirlitonError, ParameterError
from mir_models.notes.annotations import LOWEST_PITCH, N_KEYS, NO_NOTES, Notes
from mir_models.notes.frames import FrameGrid
from mir_models.notes.likeliest_ends import Ends, LikeliestEnds
from mir_models.notes.peak_picking import local_maxima, parabolic_offset
from mir_models.notes.regressed_onsets import peak_offset

Activations = Mapping[str, NDArray[np.float32]]
"""``"frame"`` and, where the network has them, ``"onset"``, ``"onset_regressed"``, ``"offset"`` and ``"velocity"``:
(n_frames, 88) in [0, 1]."""

ONSET_HEADS = ("onset_regressed", "onset")
"""Heads of onsets; the first that a network has counts."""

VELOCITY = 64
"""MIDI velocity of every note when the network has no velocity head: a placeholder, not an estimate."""

BLOCK_FRAMES = 16_384
"""Frames that `decode` hands to the stream at a time; it bounds memory and does not change the result."""


@dataclass(frozen=True)
class Decoding:
    """How activations become notes.

    Attributes
    ----------
    frame_threshold : float in (0, 1]
        A key is active in the frames at or above it; chosen on the validation split.
    onset_threshold : float in (0, 1]
        Local maxima of the onset head at or above it start notes; without an onset head it has no effect.
    min_frames : int >= 1
        Notes whose key is active for less are dropped, with an end threshold as without; those that are left last so
        long at least, but where they are restruck before. 2 frames are 46 ms at 22,050 Hz and a hop of 512 samples.
    onset_radius : int >= 1
        An onset is the largest value within so many frames on either side, the first of equals: two onsets of one
        key are more than this apart.
    end_threshold : float in (0, 1) or None
        With an onset head, notes end where it is likeliest, see `mir_models.notes.likeliest_ends`; chosen on the
        validation split. None: at the first frame below the frame threshold.
    velocity_radius : int in 0..onset_radius
        The velocity of a note is the mean over so many frames on either side of its peak, weighted by the onset head;
        0, and without an onset head: that of its first frame.
    """

    frame_threshold: float
    onset_threshold: float = 0.5
    min_frames: int = 2
    onset_radius: int = 2
    end_threshold: float | None = None
    velocity_radius: int = 0

    def __post_init__(self) -> None:
        if not (0 < self.frame_threshold <= 1 and 0 < self.onset_threshold <= 1):
            received = f"{self.frame_threshold}, {self.onset_threshold}"
            expected = "frame_threshold and onset_threshold in (0, 1]"
            raise ParameterError(expected, received=received, remedy="choose them on the validation split")
        if self.min_frames < 1 or self.onset_radius < 1:
            received = f"{self.min_frames}, {self.onset_radius}"
            raise ParameterError("min_frames and onset_radius of 1 or more", received=received, remedy="raise them")
        if self.end_threshold is not None and not 0 < self.end_threshold < 1:
            remedy = "choose it on the validation split, or give none"
            raise ParameterError("an end_threshold in (0, 1)", received=self.end_threshold, remedy=remedy)
        if not 0 <= self.velocity_radius <= self.onset_radius:
            received = f"{self.velocity_radius}, with an onset_radius of {self.onset_radius}"
            raise ParameterError("a velocity_radius in 0..onset_radius", received=received, remedy="lower it")


@dataclass(frozen=True)
class _Events:
    """Starts and ends of notes, sorted by (key, frame): each (n,), one event per key and frame."""

    keys: NDArray[np.int64]
    frames: NDArray[np.int64]
    positions: NDArray[np.float64]
    velocities: NDArray[np.int64]
    starts: NDArray[np.bool_]

    def take(self, index: NDArray[np.int64] | NDArray[np.bool_]) -> _Events:
        """The events at `index`."""
        return _Events(
            self.keys[index], self.frames[index], self.positions[index], self.velocities[index], self.starts[index]
        )

    def after(self, earlier: _Events) -> _Events:
        """These events and `earlier` ones, sorted."""
        joined = _Events(
            np.concatenate([earlier.keys, self.keys]),
            np.concatenate([earlier.frames, self.frames]),
            np.concatenate([earlier.positions, self.positions]),
            np.concatenate([earlier.velocities, self.velocities]),
            np.concatenate([earlier.starts, self.starts]),
        )
        return joined.take(np.lexsort((joined.frames, joined.keys)))


_NO_INDEX = np.zeros(0, dtype=np.int64)
_NO_EVENTS = _Events(_NO_INDEX, _NO_INDEX, np.zeros(0), _NO_INDEX, np.zeros(0, dtype=bool))


class NoteDecoder:
    """Decode activations that arrive in blocks; any split into blocks gives the notes of `decode`.

    A frame is decided once `onset_radius` later frames have arrived, or with an end threshold `min_frames` - 1 of them
    if those are more; the state is those frames and the open notes.

    Parameters
    ----------
    grid : FrameGrid
        The frames of the activations. A note's onset is the centre of its first frame and its offset the centre of
        the first frame that is silent again: the inverse, up to half a frame, of a piano roll that puts each time
        into the nearest frame.
    decoding : Decoding
        Thresholds and the shortest note.
    """

    def __init__(self, grid: FrameGrid, decoding: Decoding) -> None:
        self.grid, self.decoding = grid, decoding
        looks_ahead = 0 if decoding.end_threshold is None else decoding.min_frames - 1
        self._context = max(decoding.onset_radius, looks_ahead)
        self._pending: dict[str, NDArray[np.float32]] = {}
        self._first_frame = -self._context
        self._open = _NO_EVENTS
        threshold = decoding.end_threshold
        self._ends = None if threshold is None else LikeliestEnds(threshold, decoding.min_frames)

    def push(self, activations: Activations) -> Notes:
        """Take the next frames, (n, 88) per head with n >= 0, and return the notes that they finish.

        Raises
        ------
        MirlitonError
            If "frame" is missing, the heads differ in shape or from block to block, or a value is not finite.
        """
        return self._push(_check_activations(activations, with_offset=self._ends is not None))

    def _push(self, block: dict[str, NDArray[np.float32]]) -> Notes:
        rows = self._with_pending(block)
        n_decided = len(rows["frame"]) - 2 * self._context
        if n_decided <= 0:
            self._pending = rows
            return NO_NOTES
        events = self._events(rows)
        self._pending = {head: values[n_decided:] for head, values in rows.items()}
        self._first_frame += n_decided
        return self._pair(events.after(self._open))

    def _with_pending(self, block: dict[str, NDArray[np.float32]]) -> dict[str, NDArray[np.float32]]:
        """The frames that are still undecided, and those of a block after them."""
        if not self._pending:
            self._pending = {head: np.zeros((self._context, N_KEYS), dtype=np.float32) for head in block}
        if self._pending.keys() != block.keys():
            received = f"{sorted(block)} after {sorted(self._pending)}"
            remedy = "push the whole dict each time"
            raise MirlitonError("the same heads in every block", received=received, remedy=remedy)
        return {head: np.concatenate([self._pending[head], block[head]]) for head in block}

    def finish(self) -> Notes:
        """End the recording: return the notes that were still open or undecided."""
        if not self._pending:
            return NO_NOTES
        weighs_ends = self._ends is not None and onset_head(self._pending) is not None
        silence = np.zeros((self._context + (0 if weighs_ends else 1), N_KEYS), dtype=np.float32)
        notes = self._push(dict.fromkeys(self._pending, silence))
        if self._ends is None:
            return notes
        last = _as_events(self._ends.finish(self._first_frame + self._context))
        return Notes.concatenate([notes, self._pair(last.after(self._open))])

    def _events(self, rows: dict[str, NDArray[np.float32]]) -> _Events:
        """Events of the frames that have `_context` rows before and after them, and earlier ends decided by them."""
        head = onset_head(rows)
        starts, ends = self._onsets_and_ends(rows, head) if head else self._runs(rows["frame"])
        if not head or self._ends is None:
            return self._events_at(starts | ends, starts, rows, head)
        starts &= self._lasts(rows, head, len(starts))
        decided = slice(self._context, self._context + len(starts))
        struck = rows[head][decided] >= np.float32(self.decoding.onset_threshold)
        offset = rows["offset"][decided] if "offset" in rows else None
        first = self._first_frame + self._context
        found = self._ends.push(rows["frame"][decided], offset, struck, starts, first=first)
        return _as_events(found).after(self._events_at(starts, starts, rows, head))

    def _events_at(
        self,
        at: NDArray[np.bool_],
        starts: NDArray[np.bool_],
        rows: dict[str, NDArray[np.float32]],
        head: str | None,
    ) -> _Events:
        """Events where `at` is true, of which those where `starts` is as well begin notes."""
        keys, index = np.nonzero(at.T)
        is_start = starts[index, keys]
        row = index + self._context
        positions = (self._first_frame + row).astype(np.float64)
        if head:
            positions[is_start] += _peak_shift(head, rows[head], row[is_start], keys[is_start])
        velocities = np.full(len(keys), VELOCITY)
        if "velocity" in rows:
            level = _velocity(rows, head, row, keys, self.decoding.velocity_radius)
            velocities = np.clip(np.rint(127 * level), 1, 127).astype(np.int64)
        return _Events(keys, self._first_frame + row, positions, velocities, is_start)

    def _runs(self, frame: NDArray[np.float32]) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """Starts and ends of the runs of active frames."""
        return _edges(frame >= np.float32(self.decoding.frame_threshold), self._context)

    def _onsets_and_ends(
        self, rows: dict[str, NDArray[np.float32]], head: str
    ) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """Local maxima of an onset head, and the ends of the runs of active frames."""
        onset, context, radius = rows[head], self._context, self.decoding.onset_radius
        struck = onset >= np.float32(self.decoding.onset_threshold)
        _, ends = _edges(self._active(rows, head), context)
        near = onset[context - radius : len(onset) - (context - radius)]
        return struck[context : len(onset) - context] & local_maxima(near, radius), ends

    def _active(self, rows: dict[str, NDArray[np.float32]], head: str) -> NDArray[np.bool_]:
        """Where the frame head or an onset head reaches its threshold."""
        struck = rows[head] >= np.float32(self.decoding.onset_threshold)
        return (rows["frame"] >= np.float32(self.decoding.frame_threshold)) | struck

    def _lasts(self, rows: dict[str, NDArray[np.float32]], head: str, n: int) -> NDArray[np.bool_]:
        """Where a key stays active for the rest of the shortest note, of the n rows that are decided."""
        active, first = self._active(rows, head), self._context
        later = [active[first + k : first + k + n] for k in range(1, self.decoding.min_frames)]
        return np.logical_and.reduce([np.ones((n, N_KEYS), dtype=bool), *later])

    def _pair(self, events: _Events) -> Notes:
        """Notes from each start to the next event of its key; a start without one stays open."""
        last = np.append(events.keys[1:] != events.keys[:-1], True)[: len(events.keys)]
        self._open = events.take(events.starts & last)
        start = np.flatnonzero(events.starts & ~last)
        start = start[events.frames[start + 1] - events.frames[start] >= self.decoding.min_frames]
        intervals = np.stack([events.positions[start], events.positions[start + 1]], axis=1)
        return Notes(self.grid.times(intervals), events.keys[start] + LOWEST_PITCH, events.velocities[start])


def decode(activations: Activations, grid: FrameGrid, decoding: Decoding) -> Notes:
    """Notes of a whole recording.

    Parameters
    ----------
    activations : mapping of str to (n_frames, 88) array in [0, 1]
        ``"frame"``; ``"onset"`` if the network has an onset head; ``"velocity"``, as a fraction of 127, read at the
        onset. Without it every velocity is 64, a placeholder. ``"offset"`` is read where there is an end threshold.
    grid : FrameGrid
        Frames of the activations.
    decoding : Decoding
        Thresholds and the shortest note.

    Returns
    -------
    Notes
        The union of what `NoteDecoder` gives for the same frames.

    Raises
    ------
    MirlitonError
        If "frame" is missing, the heads differ in shape, or a value is not finite.
    """
    decoder = NoteDecoder(grid, decoding)
    checked = _check_activations(activations, with_offset=decoding.end_threshold is not None)
    blocks = range(0, len(checked["frame"]), BLOCK_FRAMES)
    parts = [decoder.push({head: a[start : start + BLOCK_FRAMES] for head, a in checked.items()}) for start in blocks]
    return Notes.concatenate([*parts, decoder.finish()])


def onset_head(activations: Mapping[str, object]) -> str | None:
    """The head whose maxima are onsets, of activations by head; None if there is none."""
    return next((head for head in ONSET_HEADS if head in activations), None)


def _edges(active: NDArray[np.bool_], context: int) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """First active frames, and first silent frames after active ones, without the `context` at either end."""
    n = len(active) - 2 * context
    now, before = active[context : context + n], active[context - 1 : context - 1 + n]
    return now & ~before, before & ~now


def _peak_shift(
    head: str, onset: NDArray[np.float32], rows: NDArray[np.int64], keys: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Frames from a peak to the onset, in [-1/2, 1/2], by its neighbours.

    Of a regressed head by its straight flanks, of a plain one by the parabola through the three.

    Notes
    -----
    On synthetic onset heads at 43 frames/s, of one frame blurred by half a frame or regressed as in Kong et al., the
    parabola takes the error of the onset from 6.7 ms (rms, the rounding to frames) to 1.3-2.2 ms. An onset roll two
    frames wide shifts it by half a frame, 12 ms.
    """
    left, peak, right = (onset[rows + step, keys].astype(np.float64) for step in (-1, 0, 1))
    if head == "onset_regressed":
        return peak_offset(left, peak, right)
    return parabolic_offset(left, peak, right)


def _velocity(
    rows: dict[str, NDArray[np.float32]],
    head: str | None,
    index: NDArray[np.int64],
    keys: NDArray[np.int64],
    radius: int,
) -> NDArray[np.floating]:
    """(n,) velocity head at rows of keys, averaged over `radius` rows on either side with the onset head as weights."""
    if head is None or radius == 0:
        return rows["velocity"][index, keys]
    near = index + np.arange(-radius, radius + 1)[:, None]
    weights = rows[head][near, keys].astype(np.float64)
    sums = weights.sum(axis=0)
    return (weights * rows["velocity"][near, keys]).sum(axis=0) / np.where(sums > 0, sums, 1)


def _as_events(ends: Ends) -> _Events:
    none = np.zeros(len(ends.keys), dtype=np.int64)
    return _Events(ends.keys, ends.frames, ends.positions, none, none.astype(bool))


def _check_activations(activations: Activations, *, with_offset: bool) -> dict[str, NDArray[np.float32]]:
    """The heads that decoding reads, as float32, after a check of their shapes and values."""
    read = ("frame", *ONSET_HEADS, *(["offset"] if with_offset else []), "velocity")
    known = [head for head in read if head in activations]
    heads = {head: np.asarray(activations[head], dtype=np.float32) for head in known}
    shapes = {head: values.shape for head, values in heads.items()}
    if "frame" not in heads or len(set(shapes.values())) > 1 or shapes["frame"][1:] != (N_KEYS,):
        remedy = "give one row per frame and one column per key, the same for all heads"
        raise MirlitonError(f'activations with "frame", each (n_frames, {N_KEYS})', received=shapes, remedy=remedy)
    broken = [head for head, values in heads.items() if not np.isfinite(values).all()]
    if broken:
        received = f"NaN or infinity in {', '.join(broken)}"
        remedy = "look at the loss curve: a network that has diverged gives NaN; lower its learning rate"
        raise MirlitonError("finite activations", received=received, remedy=remedy)
    return heads
