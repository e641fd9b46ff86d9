"""Nested parameters with dotted names, as tables and experiment trackers want them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def flat(values: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """The innermost values by names such as ``training.seed``."""
    named: dict[str, Any] = {}
    for name, value in values.items():
        named |= flat(value, f"{prefix}{name}.") if isinstance(value, Mapping) else {f"{prefix}{name}": value}
    return named
