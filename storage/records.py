"""Records: metadata of arrays, models and reports as frozen dataclasses that read and write JSON.

Values are checked by type, key by key (msgspec). Unknown keys are ignored, so that an older version reads what a newer
one wrote, except by `Record.STRICT` records; a missing key has the field's default, if there is one.
"""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Mapping
from functools import cache, reduce
from operator import or_
from types import UnionType
from typing import Any, ClassVar, Self, TypeAlias, TypedDict, get_args, get_origin, get_type_hints, is_typeddict

import msgspec
import numpy as np

from mir_models.errors import MirlitonError

_FAULT = re.compile(r"Expected `(?P<expected>.+)`, got `(?P<received>.+?)`(?: - at `\$\.?(?P<key>.*)`)?$")
_MISSING = re.compile(r"Object missing required field `(?P<key>.+?)`(?: - at `\$\.?(?P<parent>.*)`)?$")

JsonValue: TypeAlias = "bool | int | float | str | list[JsonValue] | dict[str, JsonValue] | None"
"""A value of JSON, as `json.loads` gives it."""
JsonObject: TypeAlias = dict[str, JsonValue]
"""A JSON object."""


class Record:
    """Base of all records; a subclass is a frozen dataclass.

    Attributes
    ----------
    KEYS : mapping of str to str
        JSON key by field, where they differ: files of earlier versions stay readable.
    OPTIONAL : frozenset of str
        Fields that are left out of the JSON while they have their default.
    NESTED : mapping of str to subclass of Record
        By field, the record that it holds where it is not None, whose `KEYS` and `OPTIONAL` apply to it.
    STRICT : bool
        Refuse keys that are of no field, as in a file that a user writes; otherwise they are ignored.
    """

    KEYS: ClassVar[Mapping[str, str]] = {}
    OPTIONAL: ClassVar[frozenset[str]] = frozenset()
    NESTED: ClassVar[Mapping[str, type[Record]]] = {}
    STRICT: ClassVar[bool] = False
    __dataclass_fields__: ClassVar[dict[str, dataclasses.Field[Any]]]

    @classmethod
    def from_json(cls, values: object, *, where: str, remedy: str = "make it again") -> Self:
        """Make the record of JSON values.

        Parameters
        ----------
        values : object
            As `json.loads` gives it.
        where : str
            The file, for messages.
        remedy : str

        Raises
        ------
        MirlitonError
            When a key is missing, unknown to a `STRICT` record, or its value is of another type: names file, key,
            expected and received.
        """
        _check_keys(cls, values, where, remedy)
        try:
            return msgspec.convert(_by_field(cls, values), cls)
        except msgspec.ValidationError as error:
            expected, received = _fault(str(error), cls)
            raise MirlitonError(f"{expected} in {where}", received=received, remedy=remedy) from error

    @classmethod
    def from_bytes(cls, content: bytes, *, where: str, remedy: str = "make it again") -> Self:
        """Make the record of the bytes of a JSON file; parameters and errors as of `from_json` and `parse_json`."""
        return cls.from_json(parse_json(content, where=where, remedy=remedy), where=where, remedy=remedy)

    def to_json(self) -> JsonObject:
        """The record as JSON values."""
        fields = dataclasses.fields(self)
        return {
            self.KEYS.get(each.name, each.name): _builtins(getattr(self, each.name))
            for each in fields
            if each.name not in self.OPTIONAL or getattr(self, each.name) != _default(each)
        }


def parse_json(content: bytes, *, where: str, remedy: str) -> JsonValue:
    """The JSON values in the bytes of a file.

    Raises
    ------
    MirlitonError
        When they are no JSON, e.g. of a file that was cut, or no UTF-8: names file, fault and position.
    """
    try:
        values: JsonValue = json.loads(content)
    except ValueError as error:
        raise MirlitonError(f"JSON in {where}", received=error, remedy=remedy) from error
    return values


def parse_json_object(content: bytes, *, where: str, remedy: str) -> JsonObject:
    """The JSON object in the bytes of a file; refuses other values, with the errors of `parse_json`."""
    values = parse_json(content, where=where, remedy=remedy)
    if not isinstance(values, dict):
        raise MirlitonError(f"a JSON object in {where}", received=f"a {type(values).__name__}", remedy=remedy)
    return values


def check_typed_dict(values: object, kind: type, *, key: str, where: str, remedy: str) -> None:
    """Check JSON values by a TypedDict, for a union of several, which msgspec does not convert.

    Keys may be missing at any depth, as in files of earlier versions; unknown keys are ignored.

    Parameters
    ----------
    values : object
    kind : type
        A TypedDict, or a list of them.
    key : str
        Where the values are in the file.
    where, remedy : str
        See `Record.from_json`.

    Raises
    ------
    MirlitonError
        When a value is of another type: names file, key, expected and received.
    """
    try:
        msgspec.convert({key: values}, dict[str, _tolerant(kind)])  # type: ignore[misc]  # a type made at run time
    except msgspec.ValidationError as error:
        expected, received = _fault(str(error).replace("$[...]", f"$.{key}"), Record)
        raise MirlitonError(f"{expected} in {where}", received=received, remedy=remedy) from error


@cache
def _tolerant(kind: Any) -> Any:
    """A type with all keys of the TypedDicts in it optional."""
    if is_typeddict(kind):
        make: Any = TypedDict
        return make(kind.__name__, {name: _tolerant(each) for name, each in get_type_hints(kind).items()}, total=False)
    origin, parts = get_origin(kind), tuple(_tolerant(each) for each in get_args(kind))
    if origin is None:
        return kind
    return reduce(or_, parts) if origin is UnionType else origin[parts]


def _check_keys(record: type[Record], values: object, where: str, remedy: str) -> None:
    """Refuse unknown keys in the JSON values of a record that is `Record.STRICT`."""
    if not record.STRICT or not isinstance(values, dict):
        return
    keys = [record.KEYS.get(each.name, each.name) for each in dataclasses.fields(record)]
    if unknown := sorted(values.keys() - set(keys)):
        raise MirlitonError(f"only the keys {', '.join(keys)} in {where}", received=", ".join(unknown), remedy=remedy)


def _by_field(record: type[Record], values: Any) -> Any:
    """JSON values of a record with the names of its fields for their keys; other values as they are."""
    if not isinstance(values, dict):
        return values
    names = {key: name for name, key in record.KEYS.items()}
    named = {names.get(key, key): value for key, value in values.items()}
    nested = {name: _by_field(each, named[name]) for name, each in record.NESTED.items() if name in named}
    return {**named, **nested}


def _builtins(value: Any) -> Any:
    """A value of a field as JSON values."""
    return value.to_json() if isinstance(value, Record) else msgspec.to_builtins(value, enc_hook=_scalar)


def _scalar(value: Any) -> Any:
    """A NumPy scalar as a Python number."""
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(f"A record holds JSON values. Received: {type(value).__name__}")


def _default(field: dataclasses.Field[Any]) -> Any:
    factory = field.default_factory
    return field.default if factory is dataclasses.MISSING else factory()


def _fault(message: str, record: type[Record]) -> tuple[str, str]:
    """Expected and received, parsed from a message of msgspec about the values of a record."""
    if found := _MISSING.match(message):
        path = f"{found['parent']}.{found['key']}" if found["parent"] else found["key"]
        return f"the key {_key(path, record)}", "none"
    if found := _FAULT.match(message):
        expected = found["expected"]
        what = f"{_key(found['key'], record)} of type {expected}" if found["key"] else f"a JSON {expected}"
        return what, f"one of type {found['received']}"
    return "a valid record", message


def _key(path: str, record: type[Record]) -> str:
    """A path within a record, with JSON keys for field names."""
    first = re.split(r"[.\[]", path, maxsplit=1)[0]
    rest, nested = path[len(first) :], record.NESTED.get(first)
    if nested and rest.startswith("."):
        rest = f".{_key(rest[1:], nested)}"
    return record.KEYS.get(first, first) + rest
