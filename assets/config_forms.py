"""Launchpad forms (Dagster config classes) made from the frozen dataclasses of the algorithms."""

import dataclasses
from typing import Any, get_type_hints

import dagster as dg
from pydantic import create_model


def form(params: Any, name: str, **more: Any) -> type[dg.Config]:
    """A Dagster config class with the fields of `params`, a dataclass instance whose values are the defaults.

    Nested dataclasses become nested forms; `more` are further fields as (type, default). A key that is not a field is
    refused by Dagster.
    """
    hints = get_type_hints(type(params))
    fields: dict[str, Any] = {
        each.name: _field(hints[each.name], getattr(params, each.name), f"{name}_{each.name}")
        for each in dataclasses.fields(params)
    }
    return create_model(name, __base__=dg.Config, **fields, **more)


def filled(config: dg.Config, params: Any) -> Any:
    """`params` with the values of a form made from it."""
    values = {}
    for each in dataclasses.fields(params):
        value, default = getattr(config, each.name), getattr(params, each.name)
        values[each.name] = filled(value, default) if dataclasses.is_dataclass(default) else value
    return dataclasses.replace(params, **values)


def _field(hint: Any, default: Any, name: str) -> tuple[Any, Any]:
    if dataclasses.is_dataclass(default):
        nested = form(default, name)
        return nested, nested()
    return hint, default
