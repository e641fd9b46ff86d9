"""Checks of the settings of augmentations."""

from __future__ import annotations

from mir_models.errors import ParameterError


def check_param(is_valid: bool, expected: str, *, received: object, remedy: str) -> None:
    """Raise a `ParameterError` with these texts unless a setting is valid."""
    if not is_valid:
        raise ParameterError(expected, received=received, remedy=remedy)
