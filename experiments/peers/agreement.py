"""How well systems agree: note onset F1 with the labels, or the notes of another system, as the reference.

Systems that were trained on other data, and that find the same onsets where the labels have others, show that it is the
labels that are late or early there: an error of timing that no training can mend.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from experiments.peers.recordings import Recording
from experiments.tables import markdown_table
from mir_models.evaluation.metrics import note_level
from mir_models.notes.annotations import Notes

LABELS = "labels"
TOLERANCES = (note_level.ONSET_TOLERANCE, 0.15)
"""Seconds: the usual one, and one in which the delays of players do not matter."""

NotesByTrack = Mapping[str, Notes]


def table(recordings: Sequence[Recording], systems: Mapping[str, NotesByTrack]) -> str:
    """A row per system and reference, each with its means over the recordings within both tolerances."""
    found = {LABELS: {each.track: each.notes for each in recordings}, **systems}
    names = list(found)
    lines = [
        [est, ref, *(f"{f1(found[ref], found[est], within=within):.3f}" for within in TOLERANCES)]
        for n, ref in enumerate(names)
        for est in names[n + 1 :]
    ]
    return markdown_table(["system", "reference", *(f"within {1000 * each:.0f} ms" for each in TOLERANCES)], lines)


def f1(ref: NotesByTrack, est: NotesByTrack, *, within: float) -> float:
    """Note onset F1, a mean over recordings; symmetric in the two.

    Parameters
    ----------
    ref, est : mapping of str to Notes
        By track.
    within : float
        Seconds.
    """
    matched = [len(note_level.matches(ref[track], est[track], onset_tolerance=within)) for track in ref]
    n_notes = [len(ref[track]) + len(est[track]) for track in ref]
    return float(np.mean([2 * n / max(1, of) for n, of in zip(matched, n_notes, strict=True)]))
