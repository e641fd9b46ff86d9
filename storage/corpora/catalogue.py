"""The catalogue: registrations of datasets, one JSON object each in the store, which all homes at that store share."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

from mir_models.errors import MirlitonError
from mir_models.similar_names import suggestion
from storage import home
from storage.corpora.registrations import NAME, Registration, check
from storage.objects.objects import Objects, open_objects

FOLDER = "registrations"
"""Where registrations lie in a store."""
EARLIER_FOLDER = "datasets"
"""Where versions up to 0.2 kept them in a home."""


class Catalogue:
    """Registrations of a store.

    A corpus in the home itself, such as that of the demo, is registered relative to it: another home has it as well,
    and a home that was copied or moved reads its own.

    Parameters
    ----------
    objects : Objects
        The store.
    home : Path
        ``MIRLITON_HOME``, whose registrations by earlier versions count as well, until they are registered again.
    """

    def __init__(self, objects: Objects, home: Path) -> None:
        self.objects, self.home = objects, home

    def names(self) -> list[str]:
        """Names of all registered datasets, sorted."""
        shared = (name.removesuffix(".json") for name in self.objects.names(FOLDER) if name.endswith(".json"))
        return sorted({*shared, *self.earlier_names()})

    def earlier_names(self) -> list[str]:
        """Names of those that an earlier version registered in this home, and that no other home sees."""
        return sorted(path.stem for path in (self.home / EARLIER_FOLDER).glob("*.json"))

    def get(self, name: str) -> Registration:
        """The dataset called `name`.

        Raises
        ------
        MirlitonError
            When there is none, or its file is no registration: no JSON, or with an unknown or a missing key.
        StoreError
            When the store does not answer.
        """
        where, content = self._content(name) if NAME.fullmatch(name) else ("", None)
        if content is None:
            registered = ", ".join(self.names()) or "none yet"
            remedy = f"mirliton add {name} --loader LOADER --root PATH (registered: {registered})"
            remedy = f"{suggestion(name, self.names())}{remedy}"
            raise MirlitonError("a registered dataset", received=repr(name), remedy=remedy)
        remedy = f"mirliton add {name} again, with its loader and root; nothing that is stored is lost"
        found = Registration.from_bytes(content, where=where, remedy=remedy)
        return dataclasses.replace(found, root=str(self.home / found.root))

    def remove(self, name: str) -> None:
        """Delete a registration; the stores of the dataset stay."""
        if name not in self.names():
            self.get(name)  # Raises, and names what is registered.
        self.objects.delete(_key(name))
        self._earlier(name).unlink(missing_ok=True)

    def add(self, registration: Registration) -> None:
        """Register a dataset, or change its registration."""
        check(registration)
        root = Path(registration.root)
        kept = str(root.relative_to(self.home)) if root.is_relative_to(self.home) else registration.root
        values = dataclasses.replace(registration, root=kept).to_json()
        content = json.dumps(values, indent=1).encode("ascii")  # A root may be no UTF-8.
        self.objects.write(_key(registration.name), content)
        self._earlier(registration.name).unlink(missing_ok=True)

    def share_earlier(self) -> list[str]:
        """Bring the registrations that an earlier version wrote in this home to the store; returns their names.

        Those that the store has already stay as they are there.
        """
        shared = self.objects.names(FOLDER)
        names = self.earlier_names()
        for name in names:
            if f"{name}.json" in shared:
                self._earlier(name).unlink()
            else:
                self.add(self.get(name))
        return names

    def _content(self, name: str) -> tuple[str, bytes | None]:
        """Where a registration lies, and its bytes; None where there is none."""
        shared, earlier = self.objects.read(_key(name)), self._earlier(name)
        if shared is None and earlier.exists():
            return str(earlier), earlier.read_bytes()
        return f"{self.objects.address}/{_key(name)}", shared

    def _earlier(self, name: str) -> Path:
        return self.home / EARLIER_FOLDER / f"{name}.json"


def open_catalogue(address: str = "") -> Catalogue:
    """The registrations in the store at a folder or URL, by default that of the environment."""
    return Catalogue(open_objects(address or home.store_address()), home.home())


def _key(name: str) -> str:
    return f"{FOLDER}/{name}.json"
