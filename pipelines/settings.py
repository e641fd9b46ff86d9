"""Settings from the command line: ``key=value`` texts as nested settings, loader options, weights and licences."""

import difflib
import json
from collections.abc import Mapping, Sequence
from dataclasses import is_dataclass, replace
from typing import Any

from mir_models.errors import ParameterError
from mir_models.similar_names import suggestion
from storage.dotted import flatten
from storage.records import JsonObject, JsonValue

N_CHOICES = 12
"""Settings that an error names at most."""


def parse_settings(pairs: Sequence[str], defaults: Mapping[str, object], *, of: str = "this network") -> JsonObject:
    """Parse ``a.b=value`` texts as nested settings.

    Parameters
    ----------
    pairs : sequence of str
        Each a dotted path of `defaults`, ``=`` and a JSON value; where the default is a string, the text as it is.
    defaults : mapping
        Default values, nested: they define which settings there are and their types.
    of : str
        What is set, for messages.

    Returns
    -------
    dict
        The settings that were given, nested as `defaults`.

    Raises
    ------
    ParameterError
        For an unknown path, and for a value of another type than the default.
    """
    nested: JsonObject = {}
    by_path = flatten(defaults)
    for pair in pairs:
        path, _, text = pair.partition("=")
        if path not in by_path or not text:
            choices = [] if path in by_path else list(by_path)
            nearest = ", ".join(_nearest(path, list(by_path)))
            remedy = f"{suggestion(path, choices)}choose among {nearest}, as key=value"
            remedy = remedy if by_path else "leave --set out: it has none, its members have settings of their own"
            raise ParameterError(f"a setting of {of}", received=repr(pair), remedy=remedy)
        *folders, last = path.split(".")
        level = nested
        for folder in folders:
            inner = level.setdefault(folder, {})
            assert isinstance(inner, dict), "a path of `flatten` passes through mappings only"
            level = inner
        level[last] = _parse_value(path, text, by_path[path])
    return nested


def check_values(settings: Mapping[str, Any], params: Mapping[str, Any]) -> None:
    """Raise for a value that its parameters refuse, before a run is begun with it.

    Parameters
    ----------
    settings : mapping
        Nested values, as `parse_settings` returns them.
    params : mapping of str to dataclass
        By their first key, the parameters with all values as they are by default.

    Raises
    ------
    ParameterError
        By the parameters themselves.
    """
    for part, values in settings.items():
        _replaced(params[part], values)


def _replaced(params: Any, values: Mapping[str, Any]) -> Any:
    """A dataclass with other values, nested ones in its dataclasses."""
    each = {name: getattr(params, name) for name in values}
    changed = {name: _replaced(each[name], new) if is_dataclass(each[name]) else new for name, new in values.items()}
    return replace(params, **changed)


def parse_options(pairs: Sequence[str]) -> dict[str, str]:
    """Parse ``key=value`` texts as options of a dataset loader.

    Raises
    ------
    ParameterError
        For a text without a key or without ``=``, and for an empty value, which an unset variable of the shell leaves.
    """
    options = {}
    for pair in pairs:
        key, sign, value = pair.partition("=")
        if not sign or not key:
            remedy = "write, e.g., --option test_piano=AkPnBcht"
            raise ParameterError("--option key=value", received=repr(pair), remedy=remedy)
        if not value:
            remedy = "give one, or leave the option out for its default; a shell's variable that is not set is empty"
            raise ParameterError(f"a value of option {key}", received="none", remedy=remedy)
        options[key] = value
    return options


def parse_weights(pairs: Sequence[str]) -> dict[str, float]:
    """Parse ``NAME=2`` texts as sampling weights by dataset.

    Raises
    ------
    ParameterError
        For a weight that is no number.
    """
    weights = {}
    for pair in pairs:
        name, _, text = pair.partition("=")
        try:
            weights[name] = float(text)
        except ValueError:
            remedy = "e.g. --weight maps=2"
            raise ParameterError("a weight as NAME=NUMBER", received=repr(pair), remedy=remedy) from None
    return weights


def parse_licences(pairs: Sequence[str]) -> dict[str, str]:
    """Parse ``NAME=WORDS`` texts as licences by dataset.

    Raises
    ------
    ParameterError
        For a text without a name or without ``=``.
    """
    licences = {}
    for pair in pairs:
        name, sign, words = pair.partition("=")
        if not sign or not name:
            remedy = "e.g. --data-licence 'maps=CC BY-NC-SA 2.0 FR'"
            raise ParameterError("a licence as NAME=WORDS", received=repr(pair), remedy=remedy)
        licences[name] = words
    return licences


def _nearest(path: str, paths: list[str]) -> list[str]:
    """All paths, or where they are many, those spelt most alike."""
    if len(paths) <= N_CHOICES:
        return paths
    return difflib.get_close_matches(path, paths, n=N_CHOICES, cutoff=0.0)


def _parse_value(path: str, text: str, default: object) -> JsonValue:
    """A text as a value of the default's type; whole numbers are numbers as well."""
    if isinstance(default, str):
        return text
    try:
        value: JsonValue = json.loads(text)
    except json.JSONDecodeError:
        value = None
    if type(value) is type(default) or (type(value) is int and type(default) is float):
        return value
    expected, remedy = f"{path} of type {type(default).__name__}", f"write, e.g., {path}={json.dumps(default)}"
    raise ParameterError(expected, received=repr(text), remedy=remedy)
