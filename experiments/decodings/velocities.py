"""Velocities of notes found, beside those of the labels."""

from __future__ import annotations

from dataclasses import dataclass

from mir_models.evaluation.metrics.note_level import matches
from mir_models.evaluation.metrics.velocity_level import velocities_match
from mir_models.notes.annotations import Notes


@dataclass(frozen=True)
class VelocityCounts:
    """Velocities of notes that were found by their onsets.

    Attributes
    ----------
    n, n_near : int
        Notes, and those within a tenth of the range after the best line (`mir_models.evaluation.metrics`).
    louder : int
        Sum of the steps by which they are found louder.
    """

    n: int
    n_near: int
    louder: int


def velocity_counts(ref: Notes, est: Notes) -> VelocityCounts:
    """The velocities of a recording."""
    pairs = matches(ref, est)
    rows, columns = pairs.T
    louder = int((est.velocities[columns] - ref.velocities[rows]).sum())
    return VelocityCounts(len(pairs), int(velocities_match(ref, est, pairs).sum()), louder)
