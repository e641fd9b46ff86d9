"""Search spaces: which values of a network's settings a sweep tries, declared beside its ``Params``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

Value = int | float | str
"""A value of a setting."""


@dataclass(frozen=True)
class Floats:
    """Numbers from `low` to `high`; `log`: drawn on a logarithmic scale."""

    low: float
    high: float
    log: bool = False


@dataclass(frozen=True)
class Integers:
    """Whole numbers from `low` to `high` in steps, or `log`: drawn on a logarithmic scale, where steps are 1."""

    low: int
    high: int
    step: int = 1
    log: bool = False


@dataclass(frozen=True)
class Choices:
    """One of some values."""

    values: tuple[Value, ...]


Range = Floats | Integers | Choices


@dataclass(frozen=True)
class SearchSpace:
    """The ranges of a network's settings.

    Attributes
    ----------
    ranges : mapping of str to Range
        By setting, such as ``"network.units"``.
    first : mapping of str to Value
        Values of the first trial; the others are those by default.
    """

    ranges: Mapping[str, Range] = field(default_factory=dict)
    first: Mapping[str, Value] = field(default_factory=dict)


def of_training(learning_rate: float, *, batch_sizes: tuple[int, ...] = ()) -> dict[str, Range]:
    """Ranges of settings that every training has.

    Parameters
    ----------
    learning_rate : float
        The one by default: from a tenth of it to four times as much is tried.
    batch_sizes : tuple of int
        Sizes that are tried; none: that of the network's training.
    """
    ranges: dict[str, Range] = {"training.learning_rate": Floats(learning_rate / 10, 4 * learning_rate, log=True)}
    return {**ranges, "training.batch_size": Choices(batch_sizes)} if batch_sizes else ranges
