"""Dotted names: nested parameters flattened, for tables, MLflow and the command line."""

from __future__ import annotations

from collections.abc import Mapping


def flatten(values: Mapping[str, object], prefix: str = "") -> dict[str, object]:
    """Flatten nested mappings: the innermost values by dotted names such as ``training.seed``."""
    flat: dict[str, object] = {}
    for name, value in values.items():
        flat |= flatten(value, f"{prefix}{name}.") if isinstance(value, Mapping) else {f"{prefix}{name}": value}
    return flat
