"""Types of settings: which values each field of a ``Params`` dataclass may have, declared as its annotation.

A range is part of the type, ``epochs: Count = 40``, and so is a choice, ``Literal["plateau", "cosine"]``. Params check
their values by `check_settings`; forms of them show the same.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields
from functools import cache
from typing import Annotated, Any, Literal, get_args, get_origin, get_type_hints

from msgspec import Meta

from mir_models.errors import ParameterError
from mir_models.similar_names import similar_names

Count = Annotated[int, Meta(ge=1)]
"""A number of things, at least one."""
WholeAmount = Annotated[int, Meta(ge=0)]
"""A number of things, or none."""
Amount = Annotated[float, Meta(ge=0)]
"""An amount, or none."""
Positive = Annotated[float, Meta(gt=0)]
"""An amount that is not zero."""
Negative = Annotated[float, Meta(lt=0)]
"""A level below that of reference."""
Share = Annotated[float, Meta(ge=0, le=1)]
"""A share, none or all among them."""
ShareOfSome = Annotated[float, Meta(gt=0, le=1)]
"""A share that is not zero."""
Rate = Annotated[float, Meta(ge=0, lt=1)]
"""A share that is not all, such as that of activations dropped in training."""


@dataclass(frozen=True)
class SettingType:
    """Which values a field may have.

    Attributes
    ----------
    kind : type
        ``int``, ``float``, ``str`` or ``bool``; whole numbers are ``float`` as well.
    limits : msgspec.Meta
        Its ``ge``, ``gt``, ``le`` and ``lt``; None where there is none.
    choices : tuple of str
        All values; empty: any.
    """

    kind: type
    limits: Meta
    choices: tuple[str, ...] = ()

    def allows(self, value: Any) -> bool:
        """Whether a value is one of these; a number must be finite."""
        if self.choices:
            return value in self.choices
        if self.kind not in (int, float) or isinstance(value, bool):
            return True
        low, high = self.limits.ge, self.limits.le
        return (
            math.isfinite(value)
            and (low is None or value >= low)
            and (high is None or value <= high)
            and (self.limits.gt is None or value > self.limits.gt)
            and (self.limits.lt is None or value < self.limits.lt)
        )

    @property
    def description(self) -> str:
        """The range or the choices in words; empty where any value is allowed."""
        if self.choices:
            return f"one of {', '.join(self.choices)}"
        limits = {
            "at least": self.limits.ge,
            "above": self.limits.gt,
            "at most": self.limits.le,
            "below": self.limits.lt,
        }
        return ", ".join(f"{word} {limit:g}" for word, limit in limits.items() if limit is not None)


def setting_types(params: Any) -> Mapping[str, SettingType]:
    """By name, the types of those fields of a dataclass that are a number, a text or a truth value."""
    return _types(params)


@cache
def _types(params: Any) -> Mapping[str, SettingType]:
    hints = get_type_hints(params, include_extras=True)
    found = {each.name: _setting_type(hints[each.name]) for each in fields(params)}
    return {name: each for name, each in found.items() if each is not None}


def _setting_type(hint: Any) -> SettingType | None:
    limits = Meta()
    if get_origin(hint) is Annotated:
        hint, *annotations = get_args(hint)
        limits = next((each for each in annotations if isinstance(each, Meta)), limits)
    if get_origin(hint) is Literal:
        return SettingType(str, limits, get_args(hint))
    return SettingType(hint, limits) if hint in (int, float, str, bool) else None


def check_setting(name: str, value: Any, kind: SettingType) -> None:
    """Refuse a value that a type does not allow.

    Raises
    ------
    ParameterError
    """
    if not kind.allows(value):
        expected = f"{name} {kind.description or 'that is finite'}"
        raise ParameterError(expected, received=f"{name}={value}", remedy=f"give {expected}")


def check_settings(params: Any) -> None:
    """Refuse a dataclass with a field that its type does not allow.

    Raises
    ------
    ParameterError
        Names each such field with its range or choices; of a choice that is spelt like another, that one.
    """
    types = setting_types(type(params))
    wrong = {name: value for name in types if not types[name].allows(value := getattr(params, name))}
    if wrong:
        expected = "; ".join(f"{name} {types[name].description or 'that is finite'}" for name in wrong)
        received = ", ".join(f"{name}={value}" for name, value in wrong.items())
        raise ParameterError(expected, received=received, remedy=f"give, e.g., {_examples(params, wrong, types)}")


def _examples(params: Any, wrong: Mapping[str, Any], types: Mapping[str, SettingType]) -> str:
    """For each wrong field the choice that is spelt like its value, else its default, else what it may be."""
    defaults = {each.name: each.default for each in fields(params) if each.default is not MISSING}
    similar = {name: similar_names(str(value), types[name].choices, n=1) for name, value in wrong.items()}
    return ", ".join(f"{name}={similar[name][0] if similar[name] else defaults.get(name, '…')}" for name in wrong)
