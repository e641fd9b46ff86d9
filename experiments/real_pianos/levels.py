"""The levels of notes in a recording.

The level of a note is the largest of the constant-Q transform at its fundamental just after its onset, where no other
note that sounds has a partial.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from experiments.real_pianos.contexts import PARTIALS
from mir_models.features.cqt import Params
from mir_models.notes.annotations import LOWEST_PITCH, Notes

NEAR = 0.15
"""Seconds around an onset in which another note may sound as well."""
FRAMES = slice(-1, 8)
"""Frames around an onset in which a level is looked for."""


def note_levels(features: NDArray[np.float32], notes: Notes, params: Params) -> NDArray[np.float64]:
    """(n_notes,) levels in dB; NaN where another note has a partial there. `features`: (n_frames, n_bins)."""
    width = params.bins_per_semitone
    first = (notes.pitches - LOWEST_PITCH) * width
    frames = params.grid.frames(notes.onset_times)
    levels = np.full(len(notes), np.nan)
    for n in np.flatnonzero(~is_covered(notes)):
        rows = features[max(0, frames[n] + FRAMES.start) : frames[n] + FRAMES.stop, first[n] : first[n] + width]
        levels[n] = rows.max(initial=params.floor_db)
    return levels


def is_covered(notes: Notes) -> NDArray[np.bool_]:
    """(n_notes,) whether another note that sounds around the onset has a partial at the pitch of a note."""
    later = notes.onset_times[:, None] - notes.onset_times
    sounding = (later > -NEAR) & (notes.onset_times[:, None] - notes.offset_times < NEAR)
    np.fill_diagonal(sounding, False)
    steps = notes.pitches[:, None] - notes.pitches
    covered: NDArray[np.bool_] = np.any(sounding & np.isin(steps, (0, *PARTIALS)), axis=1)
    return covered
