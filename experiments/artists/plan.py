"""Number of tracks, folds and seeds of the two tables of artists: every number of the experiments, once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from mir_models.errors import ParameterError

FEWEST_FOLDS = 3
"""Of the probes: with two folds there would be none to choose hyperparameters by."""


@dataclass(frozen=True)
class Plan:
    """What all systems of a table share.

    Attributes
    ----------
    at_least : int
        Tracks of an artist to be recognised.
    folds, seeds : int
    """

    at_least: int
    folds: int
    seeds: int


@dataclass(frozen=True)
class FoldsPlan(Plan):
    """Of the cross-validation."""

    VERSION: ClassVar[int] = 3
    """Raised when the same plan would give other results."""

    at_least: int = 5
    folds: int = 5
    seeds: int = 5


@dataclass(frozen=True)
class UnseenPlan(Plan):
    """Of the probes; artists need as many tracks as there are folds, whatever `at_least` is.

    Raises
    ------
    ParameterError
        For fewer than three folds.
    """

    VERSION: ClassVar[int] = 2
    """Raised when the same plan would give other results."""

    at_least: int = 3
    folds: int = 3
    seeds: int = 5

    def __post_init__(self) -> None:
        if self.folds < FEWEST_FOLDS:
            raise ParameterError("3 folds or more", received=self.folds, remedy="give another --folds")
