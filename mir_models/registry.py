"""A registry finds its entries by file name: one file in a package is one entry.

Listing reads file names only; an entry is imported when it is asked for.
"""

from __future__ import annotations

import pkgutil
from dataclasses import dataclass
from importlib import import_module
from types import ModuleType

from mir_models.errors import MirlitonError


@dataclass(frozen=True)
class Registry:
    """The modules of one package, by name.

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

    def get(self, name: str) -> ModuleType:
        """The entry called `name`."""
        if name not in self.names():
            remedy = f"choose one of {', '.join(self.names())}, or add {self.package.replace('.', '/')}/{name}.py"
            raise MirlitonError(f"a known {self.kind}", received=repr(name), remedy=remedy)
        return import_module(f"{self.package}.{name}")

    def entries(self) -> dict[str, ModuleType]:
        """All entries, imported, by name."""
        return {name: self.get(name) for name in self.names()}
