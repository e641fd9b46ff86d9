"""How much is asked: every number of the experiment, once."""

from __future__ import annotations

from dataclasses import dataclass

VERSION = 3
"""Raised when the same plan would give other results."""


@dataclass(frozen=True)
class Plan:
    """What all systems share.

    Attributes
    ----------
    at_least : int
        Tracks of an artist whose tracks are asked.
    folds, seeds : int
    """

    at_least: int = 5
    folds: int = 5
    seeds: int = 5
