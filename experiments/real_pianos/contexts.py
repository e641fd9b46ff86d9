"""What surrounds a note: the strokes of its key, the chord it is in, what else sounds, by the notes of the labels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mir_models.notes.annotations import Notes

CHORD = 0.03
"""Seconds between onsets that are struck together."""
BEFORE = 0.5
"""Seconds before an onset in which a louder note may mask it."""
TOGETHER = 0.06
"""Seconds between a note that was added and one struck with it."""
PARTIALS = (12, 19, 24, 28, 31, 34, 36, 38, 40)
"""Semitones from a note to its partials 2 to 10."""


@dataclass(frozen=True)
class NoteContexts:
    """Of each note of the labels, each (n_notes,).

    Attributes
    ----------
    notes : Notes
    released : float64
        Seconds at which its key is released.
    since_stroke : float64
        Seconds since its key was struck before; infinity for the first stroke.
    since_release : float64
        Seconds since its key was released before; negative where it was still held.
    chord : int64
        Notes struck within `CHORD`, itself included.
    sounding : int64
        Notes of other keys that were struck before and sound at its onset.
    loudest : int64
        The highest velocity of others struck from `BEFORE` before it to `CHORD` after it; 0 of none.
    at_partial : bool
        Whether it is a partial of a note at least as loud that sounds or is struck with it.
    """

    notes: Notes
    released: NDArray[np.float64]
    since_stroke: NDArray[np.float64]
    since_release: NDArray[np.float64]
    chord: NDArray[np.int64]
    sounding: NDArray[np.int64]
    loudest: NDArray[np.int64]
    at_partial: NDArray[np.bool_]


def note_contexts(notes: Notes, released: NDArray[np.float64]) -> NoteContexts:
    """The contexts of notes whose keys are `released` (n_notes,) at so many seconds, from tables of all pairs."""
    onsets, velocities = notes.onset_times, notes.velocities
    later, steps = onsets[:, None] - onsets, notes.pitches[:, None] - notes.pitches
    other = ~np.eye(len(notes), dtype=bool)
    together = (np.abs(later) <= CHORD) & other
    same_key = (steps == 0) & (later > 0)
    held = (later > CHORD) & (notes.offset_times > onsets[:, None]) & (steps != 0)
    recent = (later <= BEFORE) & (later >= -CHORD) & other
    return NoteContexts(
        notes=notes,
        released=released,
        since_stroke=np.where(same_key, later, np.inf).min(axis=1, initial=np.inf),
        since_release=np.where(same_key, onsets[:, None] - released, np.inf).min(axis=1, initial=np.inf),
        chord=together.sum(axis=1) + 1,
        sounding=held.sum(axis=1),
        loudest=np.where(recent, velocities, 0).max(axis=1, initial=0),
        at_partial=(np.isin(steps, PARTIALS) & (together | held) & (velocities >= velocities[:, None])).any(axis=1),
    )


@dataclass(frozen=True)
class AddedContexts:
    """Notes that were added, beside all notes of the labels: each (n_added, n_ref).

    Attributes
    ----------
    later : float64
        Seconds from the onset of the label to that of the added note.
    after_end : float64
        Seconds from the end of the label to the onset of the added note.
    steps : int64
        Semitones from the pitch of the label to that of the added note.
    onsets : (n_added,) float64
        Seconds.
    """

    later: NDArray[np.float64]
    after_end: NDArray[np.float64]
    steps: NDArray[np.int64]
    onsets: NDArray[np.float64]

    @property
    def together(self) -> NDArray[np.bool_]:
        """Whether both are struck together."""
        return np.abs(self.later) <= TOGETHER

    @property
    def sounding(self) -> NDArray[np.bool_]:
        """Whether the label was struck before and sounds at the onset of the added note."""
        return (self.later > TOGETHER) & (self.after_end <= 0)


def added_contexts(added: Notes, ref: Notes) -> AddedContexts:
    """The contexts of notes that were added to the notes of the labels."""
    onsets = added.onset_times
    steps = added.pitches[:, None] - ref.pitches
    return AddedContexts(onsets[:, None] - ref.onset_times, onsets[:, None] - ref.offset_times, steps, onsets)
