"""Onset thresholds by what surrounds an onset: register, loudness, chord, louder notes before, frames after.

The notes of a property's range are those of the decoding with another threshold, all others those of the network's
own: what is decoded is what one threshold per range would give.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from experiments.decodings.compared import ONSET_THRESHOLDS, Decode
from experiments.decodings.transcription import Transcription
from experiments.real_pianos.strata import Property, strata
from mir_models.notes.annotations import LOWEST_PITCH, Notes
from mir_models.notes.decoding import Decoding

CHORD, BEFORE = 0.03, 0.5
"""Seconds in which notes begin together; before an onset in which others are louder."""
N_FRAMES = 4
"""Frames after an onset in which its key sounds."""


def chord_sizes(found: Transcription, notes: Notes, every: Notes) -> NDArray[np.int64]:
    """(n_notes,) how many others begin within `CHORD`, and itself."""
    near = np.abs(notes.onset_times[:, None] - every.onset_times) <= CHORD
    return (near & (notes.pitches[:, None] != every.pitches)).sum(axis=1) + 1


def softer_than_before(found: Transcription, notes: Notes, every: Notes) -> NDArray[np.int64]:
    """(n_notes,) steps of velocity below the loudest of the last `BEFORE` seconds, or of its chord."""
    later = notes.onset_times[:, None] - every.onset_times
    loudest = np.where((later <= BEFORE) & (later >= -CHORD), every.velocities, 0).max(axis=1, initial=0)
    return loudest - notes.velocities


def frames_after(found: Transcription, notes: Notes, every: Notes) -> NDArray[np.float64]:
    """(n_notes,) the mean of the frame head over `N_FRAMES` from the onset on."""
    first, frame = found.grid.frames(notes.onset_times), found.activations["frame"]
    keys = notes.pitches - LOWEST_PITCH
    return np.array([frame[max(0, a) : a + N_FRAMES, key].mean() for a, key in zip(first, keys, strict=True)])


PROPERTIES = (
    Property("MIDI pitch", (48, 77), lambda found, notes, every: notes.pitches),
    Property("velocity found", (40, 70), lambda found, notes, every: notes.velocities),
    Property("notes that begin together", (3,), chord_sizes),
    Property("steps softer than others of the last 0.5 s", (20,), softer_than_before),
    Property("frame head after it", (0.5,), frames_after),
)


def by_property(own: Decoding) -> dict[str, Decode]:
    """Onset thresholds of one range of a property that differ from all others, by name."""
    return dict(_by_property(own))


def _by_property(own: Decoding) -> Iterator[tuple[str, Decode]]:
    for each in PROPERTIES:
        for n, name in enumerate(strata(each.edges)):
            for threshold in ONSET_THRESHOLDS:
                yield f"{threshold} where {each.name} is {name}", _decode(own, each, n, threshold)


def _decode(own: Decoding, by: Property, n: int, threshold: float) -> Decode:
    def decode(found: Transcription) -> Notes:
        every, others = found.notes(own), found.notes(replace(own, onset_threshold=threshold))
        kept = every.where(np.digitize(by.values(found, every, every), by.edges) != n)
        changed = others.where(np.digitize(by.values(found, others, every), by.edges) == n)
        return Notes.concatenate([kept, changed])

    return decode
