"""Piano rolls: notes drawn on a frame grid; key 0 is MIDI 21."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mir_models.notes.annotations import LOWEST_PITCH, N_KEYS, Notes
from mir_models.notes.frames import FrameGrid

VERSION = 1
Roll = NDArray[np.uint8]


@dataclass(frozen=True)
class Rolls:
    """The four rolls of one track.

    Attributes
    ----------
    frame : (n_frames, 88) uint8
        1 while a note sounds.
    onset : (n_frames, 88) uint8
        1 at the frame nearest to a note's onset.
    offset : (n_frames, 88) uint8
        1 at the first frame after a note's end, where the track has one.
    velocity : (n_frames, 88) uint8
        MIDI velocity of the note that sounds, else 0.
    """

    frame: Roll
    onset: Roll
    offset: Roll
    velocity: Roll


def keys(pitches: NDArray[np.int64]) -> NDArray[np.int64]:
    """Key of the piano, 0 (A0) to 87 (C8), of each MIDI number."""
    return pitches - LOWEST_PITCH


def draw(notes: Notes, grid: FrameGrid, n_frames: int) -> Rolls:
    """Draw `notes` on `n_frames` frames of `grid`.

    A note sounds from the frame nearest to its onset up to, not including, the frame nearest to its offset, and for
    one frame at least. Notes that begin before the first or after the last frame are clipped or left out.

    Parameters
    ----------
    notes : Notes
        Pitches in 21..108, in audio time.
    grid : FrameGrid
    n_frames : int

    Returns
    -------
    Rolls
    """
    rolls = Rolls(*(np.zeros((n_frames, N_KEYS), dtype=np.uint8) for _ in range(4)))
    starts = grid.frames(notes.onset_times)
    ends = np.maximum(grid.frames(notes.offset_times), starts + 1)
    for key, start, end, velocity in zip(keys(notes.pitches), starts, ends, notes.velocities, strict=True):
        first, last = max(start, 0), min(end, n_frames)
        if first >= last:
            continue
        rolls.frame[first:last, key] = 1
        rolls.velocity[first:last, key] = velocity
        if start >= 0:
            rolls.onset[start, key] = 1
        if end < n_frames:
            rolls.offset[end, key] = 1
    return rolls
