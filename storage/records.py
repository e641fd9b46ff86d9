"""Records: metadata of arrays, models and reports as frozen dataclasses that read and write JSON.

Values are checked by type, key by key (msgspec). Unknown keys are ignored, so that an older version reads what a newer
one wrote; a missing key has the field's default, if there is one.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from typing import Any, ClassVar, Self

import msgspec
import numpy as np

from mir_models.errors import MirlitonError

_FAULT = re.compile(r"Expected `(?P<expected>.+)`, got `(?P<received>.+?)`(?: - at `\$\.?(?P<key>.*)`)?$")
_MISSING = re.compile(r"Object missing required field `(?P<key>.+?)`(?: - at `\$\.?(?P<parent>.*)`)?$")


class Record:
    """Base of all records; a subclass is a frozen dataclass.

    Attributes
    ----------
    KEYS : mapping of str to str
        JSON key by field, where they differ: files of earlier versions stay readable.
    OPTIONAL : frozenset of str
        Fields that are left out of the JSON while they have their default.
    """

    KEYS: ClassVar[Mapping[str, str]] = {}
    OPTIONAL: ClassVar[frozenset[str]] = frozenset()

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
            When a key is missing or its value is of another type: names file, key, expected and received.
        """
        names = {key: name for name, key in cls.KEYS.items()}
        named = {names.get(key, key): value for key, value in values.items()} if isinstance(values, dict) else values
        try:
            return msgspec.convert(named, cls)
        except msgspec.ValidationError as error:
            expected, received = _fault(str(error), cls.KEYS)
            raise MirlitonError(f"{expected} in {where}", received=received, remedy=remedy) from error

    def to_json(self) -> dict[str, Any]:
        """The record as JSON values."""
        fields = dataclasses.fields(self)  # type: ignore[arg-type]
        return {
            self.KEYS.get(each.name, each.name): msgspec.to_builtins(getattr(self, each.name), enc_hook=_scalar)
            for each in fields
            if each.name not in self.OPTIONAL or getattr(self, each.name) != _default(each)
        }


def _scalar(value: Any) -> Any:
    """A NumPy scalar as a Python number."""
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(f"A record holds JSON values. Received: {type(value).__name__}")


def _default(field: dataclasses.Field[Any]) -> Any:
    factory = field.default_factory
    return field.default if factory is dataclasses.MISSING else factory()


def _fault(message: str, keys: Mapping[str, str]) -> tuple[str, str]:
    """Expected and received, parsed from a message of msgspec."""
    if found := _MISSING.match(message):
        parent = f"{_key(found['parent'], keys)}." if found["parent"] else ""
        return f"the key {parent}{keys.get(found['key'], found['key'])}", "none"
    if found := _FAULT.match(message):
        expected = found["expected"]
        what = f"{_key(found['key'], keys)} of type {expected}" if found["key"] else f"a JSON {expected}"
        return what, f"one of type {found['received']}"
    return "a valid record", message


def _key(path: str, keys: Mapping[str, str]) -> str:
    """A path within a record, with JSON keys for field names."""
    first = re.split(r"[.\[]", path, maxsplit=1)[0]
    return keys.get(first, first) + path[len(first) :]
