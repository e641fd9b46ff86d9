"""Checks of the settings of augmentations."""

from __future__ import annotations

import math
from dataclasses import fields
from typing import Any

from mir_models.errors import ParameterError


def check_param(is_valid: bool, expected: str, *, received: object, remedy: str) -> None:
    """Raise a `ParameterError` with these texts unless a setting is valid."""
    if not is_valid:
        raise ParameterError(expected, received=received, remedy=remedy)


def check_ranges(params: Any, is_valid: bool, expected: str) -> None:
    """Raise a `ParameterError` unless the settings of a dataclass are valid together, and all of them finite.

    It names those that are not the defaults.
    """
    values = {each.name: getattr(params, each.name) for each in fields(params)}
    is_finite = all(math.isfinite(value) for value in values.values() if isinstance(value, float))
    defaults = {each.name: each.default for each in fields(params)}
    changed = ", ".join(f"{name}={value}" for name, value in values.items() if value != defaults[name])
    remedy = "correct the setting; numbers are finite"
    check_param(is_valid and is_finite, expected, received=changed, remedy=remedy)
