"""Labels of a piece, and what a method of alignment finds."""

from __future__ import annotations

import numpy as np

from experiments.alignment import disturbances
from mir_models.alignment import ALIGNMENTS, Alignment, OnsetFeatures
from mir_models.notes.annotations import Notes
from mir_models.notes.time_map import TimeMap
from tests.synthetic_piano import piece

EXACT = TimeMap.shift(0.0)


def matched(name: str, sound: OnsetFeatures, notes: Notes) -> Alignment:
    """What a method finds with its defaults."""
    method = ALIGNMENTS.get(name)
    return method.match(sound, notes, method.Params())


def accepted(name: str, alignment: Alignment) -> bool:
    return alignment.confidence >= ALIGNMENTS.get(name).Params().confidence_threshold


def labels_of(truth: TimeMap, *, seed: int = 1) -> Notes:
    """Labels of a piece that `truth` leads back to its onsets."""
    return truth.inverse().moved(piece(seed))


def warped(seed: int, *, share: float) -> tuple[Notes, TimeMap]:
    """Labels of a piece whose tempo wanders, and the truth about them."""
    truth = disturbances.warp(np.random.default_rng(seed), piece(1), share=share)
    return labels_of(truth), truth
