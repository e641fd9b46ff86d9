"""Ranges of options that are amounts: 0 leaves something out, and nothing is without an end."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from mir_models.errors import ParameterError


def check_amounts(params: Any, limits: Mapping[str, float]) -> None:
    """Refuse fields of a dataclass that are negative, not finite, or above their limits.

    Parameters
    ----------
    params : dataclass
    limits : mapping of str to float
        Largest value by name; of other fields any that is finite.

    Raises
    ------
    ParameterError
        With the name of the first such field.
    """
    for name in (each.name for each in fields(params)):
        check_amount(name, getattr(params, name), limits.get(name, math.inf))


def check_amount(name: str, value: float, limit: float = math.inf, *, remedy: str = "give 0 to leave it out") -> None:
    """Refuse the value of an option that is negative, not finite, or above a limit."""
    if not 0 <= value <= limit or math.isinf(value):
        expected = f"option {name} >= 0" + (f", at most {limit:g}" if math.isfinite(limit) else "")
        raise ParameterError(expected, received=value, remedy=remedy)
