"""Launchpad forms: the fields of frozen dataclasses as Dagster's config, with their types, ranges and descriptions.

A form has the type, the choices and the default of every field, and what the dataclass' docstring says of it. Dagster's
web server refuses a value of another type or choice while it is written, and the code location one that the dataclass
refuses when the run is asked for: no run is begun with a setting that it cannot have.
"""

import dataclasses
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from typing import Any, get_origin, get_type_hints

import dagster as dg
from dagster._config.config_type import ConfigScalar, ConfigScalarKind
from dagster._config.errors import PostProcessingError  # No other way to refuse a value when the run is asked for.

from assets.descriptions import field_descriptions, summary
from mir_models.errors import MirlitonError
from mir_models.setting_types import SettingType, check_setting, setting_types
from storage.corpora.catalogue import open_catalogue

Check = Callable[[Iterable[str]], None]
"""Raises a `MirlitonError` for a name that there is not."""


class _Settings(dg.Shape):
    """The fields of a dataclass, whose values may be refused together, and by what no single field knows.

    `dg.Shape` is one object for all equal fields. These are one each, since what they refuse is not among the fields.
    """

    def __new__(cls, params: Any, fields: Mapping[str, dg.Field]) -> "_Settings":
        """A new one."""
        created = object.__new__(cls)
        created._initialized = False
        return created

    def __init__(self, params: Any, fields: Mapping[str, dg.Field]) -> None:
        super().__init__(fields)
        self.params = params
        self.key = f"{type(params).__module__}.{type(params).__qualname__}.{self.key}"

    def post_process(self, value: Mapping[str, Any]) -> Mapping[str, Any]:
        """The values, unless the dataclass refuses them."""
        _refusing(lambda: filled(value, self.params))
        return value


class _Number(ConfigScalar):
    """A number within limits, which its name in the launchpad says."""

    def __init__(self, name: str, kind: SettingType) -> None:
        scalar = ConfigScalarKind.INT if kind.kind is int else ConfigScalarKind.FLOAT
        shown = f"{kind.kind.__name__.title()} {kind.description}"
        super().__init__(key=f"{name}: {shown}", given_name=shown, scalar_kind=scalar)
        self.name, self.allowed = name, kind

    def post_process(self, value: float) -> float:
        """The number, unless it is beyond the limits."""
        _refusing(lambda: check_setting(self.name, value, self.allowed))
        return value


class _Names(dg.Array):
    """A list of names."""

    def __init__(self, check: Check) -> None:
        super().__init__(str)
        self.check = check

    def post_process(self, value: Sequence[str]) -> Sequence[str]:
        """The names, unless one is refused."""
        _refusing(lambda: self.check(value))
        return value


class _Weights(dg.Map):
    """A number by name."""

    def __init__(self, check: Check) -> None:
        super().__init__(str, float)
        self.check = check

    def post_process(self, value: Mapping[str, float]) -> Mapping[str, float]:
        """The numbers, unless a name is refused."""
        _refusing(lambda: self.check(value))
        return value


def _refusing(check: Callable[[], object]) -> None:
    """Call a check; what it refuses is an error of the configuration."""
    try:
        check()
    except MirlitonError as error:
        raise PostProcessingError(str(error)) from None


def form(
    params: Any,
    *,
    choices: Mapping[str, Sequence[str]] | None = None,
    names: Mapping[str, Check] | None = None,
    required: Sequence[str] = (),
) -> dg.Field:
    """The fields of `params`, a dataclass instance whose values are the defaults; nested dataclasses are nested forms.

    Parameters
    ----------
    params : dataclass
    choices : mapping of str to sequence of str, optional
        By field, all values of a text that its type does not list, such as the names of a registry.
    names : mapping of str to callable, optional
        By field, a list or a mapping, what refuses names in it that there are not.
    required : sequence of str
        Fields that have to be given.
    """
    hints, descriptions = get_type_hints(type(params)), field_descriptions(type(params))
    fields = {}
    for each in dataclasses.fields(params):
        default, description = getattr(params, each.name), descriptions.get(each.name, "")
        if dataclasses.is_dataclass(default):
            fields[each.name] = dg.Field(form(default).config_type, description=description or summary(default))
        else:
            listed = tuple((choices or {}).get(each.name, ()))
            config = (
                _enum(each.name, listed)
                if listed
                else _config(each.name, params, hints[each.name], (names or {}).get(each.name, _any_name))
            )
            given = {} if each.name in required else {"default_value": _plain(default)}
            fields[each.name] = dg.Field(config, description=description, is_required=not given, **given)
    return dg.Field(_Settings(params, fields))


def _config(name: str, params: Any, hint: Any, check: Check) -> Any:
    """The type of a field in Dagster."""
    kind = setting_types(type(params)).get(name)
    if kind is None:
        return _Names(check) if get_origin(hint) is tuple else _Weights(check)
    if kind.choices:
        return _enum(name, kind.choices)
    return _Number(name, kind) if kind.description else kind.kind


def _any_name(_: Iterable[str]) -> None:
    """Refuse no name."""


def config_of(context: dg.AssetExecutionContext) -> Mapping[str, Any]:
    """The values of the asset's form in a run."""
    values: Mapping[str, Any] = context.op_execution_context.op_config
    return values


def check_registered(names: Iterable[str]) -> None:
    """Refuse names that are no registered dataset's, for the check of a form.

    Raises
    ------
    MirlitonError
        Names those that are spelt like it.
    """
    catalogue = open_catalogue()
    for name in names:
        catalogue.get(name)


def filled(values: Mapping[str, Any], params: Any) -> Any:
    """`params` with the values of a form made from it; what is not given is as it was."""
    changed = {}
    for name, value in values.items():
        default = getattr(params, name)
        changed[name] = filled(value, default) if dataclasses.is_dataclass(default) else _like(value, default)
    return dataclasses.replace(params, **changed)


def _like(value: Any, default: Any) -> Any:
    """A value of the kind of the default: Dagster gives whole numbers and lists where they fit."""
    if isinstance(default, float):
        return float(value)
    return tuple(value) if isinstance(default, tuple) else value


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else dict(value) if isinstance(value, Mapping) else value


@cache
def _enum(name: str, choices: tuple[str, ...]) -> dg.Enum:
    """A choice; Dagster knows types by their names."""
    return dg.Enum(f"{name}: {', '.join(choices)}", [dg.EnumValue(each) for each in choices])
