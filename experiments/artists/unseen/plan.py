"""How much is asked: every number of the experiment, once."""

from __future__ import annotations

from dataclasses import dataclass

from mir_models.errors import MirlitonError

FEWEST_FOLDS = 3
VERSION = 2
"""Raised when the same plan would give other results."""


@dataclass(frozen=True)
class Plan:
    """What all systems share.

    Attributes
    ----------
    at_least : int
        Tracks of an artist whose tracks are asked; never fewer than there are folds.
    folds : int >= 3
        Probes choose their settings by folds of what remains: with two folds nothing would.
    seeds : int
    """

    at_least: int = 3
    folds: int = 3
    seeds: int = 5

    def __post_init__(self) -> None:
        if self.folds < FEWEST_FOLDS:
            raise MirlitonError("3 folds or more", received=self.folds, remedy="give another --folds")
