"""Regressed onsets: an onset target that keeps the time within a frame, and the time read back from it.

A plain onset roll rounds every onset to a frame: at 43 frames/s the time is off by up to 11.6 ms. Kong et al. [1]_ let
the target fall off linearly from the onset instead, over `reach` frames (their J) on either side. With the hop T in
seconds and the centre of frame i at iT, the target for a note that begins at t is ::

    g(i) = max(0, 1 - |iT - t| / (reach * T))                                     (their eq. 3)

and the nearest onset of the key wins. No frame reaches 1 unless the onset lies on its centre, but the largest value and
those on either side, A < B >= C, determine the time exactly ::

    t = iT + T/2 * (C - A) / (B - min(A, C))                                      (their section III-D)

because the flank towards the smaller neighbour is a straight line of known distance. They use J = 5 at 100 frames/s:
50 ms on either side. It needs ``reach >= 2``; below that the farther neighbour can lie beyond the flank, at 0.

.. [1] Q. Kong et al., "High-Resolution Piano Transcription with Pedals by Regressing Onset and Offset Times",
   IEEE/ACM TASLP 29, 2021, arXiv 2010.01815.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mir_models.errors import ParameterError
from mir_models.notes.annotations import LOWEST_PITCH, N_KEYS, Notes
from mir_models.notes.frames import FrameGrid
from mir_models.notes.peak_picking import local_maxima
from mir_models.notes.piano_roll import keys

VERSION = 1
LEVELS = 255
"""Steps between 0 and 1 in a stored roll."""
SHORTEST_REACH = 2
"""Frames below which the time of an onset cannot be read back."""


@dataclass(frozen=True)
class Onsets:
    """Onsets of one track, sorted by (time, pitch).

    Attributes
    ----------
    times : (n,) float64
        Seconds.
    pitches : (n,) int64
        MIDI numbers.
    """

    times: NDArray[np.float64]
    pitches: NDArray[np.int64]


def draw(notes: Notes, grid: FrameGrid, n_frames: int, *, reach: int) -> NDArray[np.float32]:
    """The regressed onset roll of `notes` on `n_frames` frames of `grid`.

    Parameters
    ----------
    notes : Notes
        Pitches in 21..108, in audio time.
    grid : FrameGrid
    n_frames : int
    reach : int >= 2
        Frames on either side of an onset over which the target falls from 1 to 0 (J in Kong et al.).

    Returns
    -------
    (n_frames, 88) float32 in [0, 1]

    Raises
    ------
    ParameterError
        When `reach` is too short to be read back.
    """
    if reach < SHORTEST_REACH:
        remedy = f"choose {SHORTEST_REACH} or more; 5 frames at 100 frames/s are usual"
        raise ParameterError(f"a reach of at least {SHORTEST_REACH} frames", received=reach, remedy=remedy)
    around = grid.frames(notes.onset_times)[:, None] + np.arange(-reach, reach + 1)
    distances = np.abs(grid.times(around) - notes.onset_times[:, None])
    values = np.maximum(0, 1 - distances / grid.times(reach)).astype(np.float32)
    inside = (around >= 0) & (around < n_frames)
    of_key = np.broadcast_to(keys(notes.pitches)[:, None], around.shape)
    roll = np.zeros((n_frames, N_KEYS), dtype=np.float32)
    np.maximum.at(roll, (around[inside], of_key[inside]), values[inside])
    return roll


def read(activations: NDArray[np.floating], grid: FrameGrid, *, threshold: float = 0.5, radius: int = 2) -> Onsets:
    """The onsets in a regressed onset roll, drawn or estimated, each to a fraction of a frame.

    Parameters
    ----------
    activations : (n_frames, 88) array in [0, 1]
    grid : FrameGrid
    threshold : float in (0, 1]
        An onset is a local maximum at or above it. In a drawn roll an onset between two frames stands at
        ``1 - 1 / (2 * reach)`` or more.
    radius : int >= 1
        Frames on either side among which a maximum is the largest, the first of equals.

    Returns
    -------
    Onsets
        Within half a frame of their maxima. Exact for a drawn roll whose onsets are more than ``2 * reach`` frames
        apart in a key and a frame or more from either end, where a neighbour is missing (it counts as 0).
    """
    padded = np.pad(np.asarray(activations, dtype=np.float64), ((radius, radius), (0, 0)))
    reached = activations >= np.asarray(threshold, dtype=np.asarray(activations).dtype)
    frames, of_key = np.nonzero(reached & local_maxima(padded, radius))
    before, peak, after = (padded[frames + radius + step, of_key] for step in (-1, 0, 1))
    times = grid.times(frames + peak_offset(before, peak, after))
    order = np.lexsort((of_key, times))
    return Onsets(times[order], of_key[order] + LOWEST_PITCH)


def peak_offset(
    before: NDArray[np.float64], peak: NDArray[np.float64], after: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Frames from a maximum of a regressed roll to its onset, in [-1/2, 1/2], by the values before < peak >= after.

    Exact on straight flanks; of other curves `mir_models.notes.peak_picking.parabolic_offset` finds the maximum.
    """
    return 0.5 * (after - before) / (peak - np.minimum(before, after))


def quantize(roll: NDArray[np.float32]) -> NDArray[np.uint8]:
    """A roll in 255 steps, uint8: a time read from it is off by less than ``reach / 255`` frames.

    At 43 frames/s and a reach of 5 frames that is 0.46 ms.
    """
    return np.rint(LEVELS * roll).astype(np.uint8)


def dequantize(roll: NDArray[np.uint8]) -> NDArray[np.float32]:
    """The inverse of `quantize`: float32 in [0, 1]."""
    return roll.astype(np.float32) / np.float32(LEVELS)
