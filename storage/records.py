"""Records: what is kept beside arrays, models and pages, as frozen dataclasses that read and write JSON.

What a file holds is checked by its kind, key by key (msgspec). Keys that a class does not know are left aside, so that
an older version reads what a newer one wrote; a key that is missing has the field's default, if there is one.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from typing import Any, ClassVar, Self

import msgspec

from mir_models.errors import MirlitonError

_FAULT = re.compile(r"Expected `(?P<expected>.+)`, got `(?P<received>.+?)`(?: - at `\$\.?(?P<key>.*)`)?$")
_MISSING = re.compile(r"Object missing required field `(?P<key>.+?)`(?: - at `\$\.?(?P<parent>.*)`)?$")


class Record:
    """Base of all records; a subclass is a frozen dataclass.

    Attributes
    ----------
    KEYS : mapping of str to str
        The key in JSON of fields that are called otherwise: files of earlier versions stay readable.
    OPTIONAL : frozenset of str
        Fields that are not written while they have their default.
    """

    KEYS: ClassVar[Mapping[str, str]] = {}
    OPTIONAL: ClassVar[frozenset[str]] = frozenset()

    @classmethod
    def from_json(cls, values: object, *, where: str, remedy: str = "make it again") -> Self:
        """The record that JSON values hold.

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
            When a key is missing or its value is of another kind: names file, key, expected and received.
        """
        names = {key: name for name, key in cls.KEYS.items()}
        known = {names.get(key, key): value for key, value in values.items()} if isinstance(values, dict) else values
        try:
            return msgspec.convert(known, cls)
        except msgspec.ValidationError as error:
            expected, received = _fault(str(error), cls.KEYS)
            raise MirlitonError(f"{expected} in {where}", received=received, remedy=remedy) from error

    def to_json(self) -> dict[str, Any]:
        """The values to be written as JSON."""
        fields = dataclasses.fields(self)  # type: ignore[arg-type]
        written = {
            self.KEYS.get(each.name, each.name): msgspec.to_builtins(getattr(self, each.name))
            for each in fields
            if each.name not in self.OPTIONAL or getattr(self, each.name) != _default(each)
        }
        return written


def _default(field: dataclasses.Field[Any]) -> Any:
    made = field.default_factory
    return field.default if made is dataclasses.MISSING else made()


def _fault(message: str, keys: Mapping[str, str]) -> tuple[str, str]:
    """What was expected and received, in a message of msgspec."""
    if found := _MISSING.match(message):
        parent = f"{_key(found['parent'], keys)}." if found["parent"] else ""
        return f"the key {parent}{keys.get(found['key'], found['key'])}", "none"
    if found := _FAULT.match(message):
        what = (
            f"{_key(found['key'], keys)} of type {found['expected']}" if found["key"] else f"a JSON {found['expected']}"
        )
        return what, f"one of type {found['received']}"
    return "a valid record", message


def _key(path: str, keys: Mapping[str, str]) -> str:
    """A path within a record by the keys of JSON."""
    first = re.split(r"[.\[]", path, maxsplit=1)[0]
    return keys.get(first, first) + path[len(first) :]
