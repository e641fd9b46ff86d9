"""Registry of plug-in modules: one file in a package is one entry, found by its file name.

Listing reads file names only; an entry is imported when it is looked up.
"""

from __future__ import annotations

import pkgutil
from dataclasses import dataclass
from importlib import import_module
from typing import Generic, TypeVar, cast

from mir_models.errors import ParameterError
from mir_models.similar_names import suggestion

Entry = TypeVar("Entry")


@dataclass(frozen=True)
class Registry(Generic[Entry]):
    """The modules of one package, by name; all of them satisfy the protocol `Entry`.

    Attributes
    ----------
    package : str
        Dotted name of the package, e.g. ``"mir_models.features"``.
    kind : str
        What an entry is called in messages, e.g. ``"feature"``.
    """

    package: str
    kind: str

    def names(self) -> list[str]:
        """Names of all entries, sorted; a leading underscore hides a module."""
        path = import_module(self.package).__path__
        return sorted(module.name for module in pkgutil.iter_modules(path) if not module.name.startswith("_"))

    def get(self, name: str) -> Entry:
        """The entry called `name`.

        Raises
        ------
        ParameterError
            When there is none.
        """
        names = self.names()
        if name not in names:
            remedy = f"choose one of {', '.join(names)}, or add {self.package.replace('.', '/')}/{name}.py"
            remedy = f"{suggestion(name, names)}{remedy}"
            raise ParameterError(f"a known {self.kind}", received=repr(name), remedy=remedy)
        return self._import(name)

    def entries(self) -> dict[str, Entry]:
        """All entries, imported, by name."""
        return {name: self._import(name) for name in self.names()}

    def _import(self, name: str) -> Entry:
        return cast(Entry, import_module(f"{self.package}.{name}"))  # The tests of every registry check the protocol.
