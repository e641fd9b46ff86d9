"""How much is asked: every number of the experiment, once."""

from __future__ import annotations

from dataclasses import dataclass

VERSION = 1
"""Raised when the same plan would give other results."""


@dataclass(frozen=True)
class Plan:
    """What all systems share.

    Attributes
    ----------
    at_least : int
        Tracks of an artist whose tracks are asked; at least as many as there are folds.
    folds, seeds : int
    """

    at_least: int = 3
    folds: int = 3
    seeds: int = 5
