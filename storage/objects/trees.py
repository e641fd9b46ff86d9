"""Trees where nothing can be renamed: how one replaces another behind a URL."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Protocol

VISIBLE = "zarr.json"
"""The object that makes a tree of arrays visible."""


class _Objects(Protocol):
    """What `replace_tree` asks of a store."""

    def read(self, key: str) -> bytes | None: ...

    def write(self, key: str, content: bytes) -> None: ...

    def delete(self, prefix: str) -> None: ...


def _in_turn(write: Callable[[str], None], keys: Iterable[str]) -> None:
    for key in keys:
        write(key)


def replace_tree(
    objects: _Objects,
    prefix: str,
    contents: Mapping[str, bytes],
    there: Collection[str],
    each: Callable[[Callable[[str], None], Iterable[str]], object] = _in_turn,
) -> None:
    """Write objects below `prefix`, the last of them last; what else was there goes afterwards.

    Nothing that this tree has is deleted: another run may have made it visible just now, and an emptied tree that is
    visible would stay so. A visible tree with other content is hidden before it becomes a mix.

    Parameters
    ----------
    objects : Objects
    prefix : str
    contents : mapping of str to bytes
        By key below `prefix`.
    there : collection of str
        Keys of what lies below `prefix`.
    each : callable
        Writes the objects before the last, in any order.
    """
    *others, last = contents
    for key in {last, VISIBLE} & set(there):
        if objects.read(f"{prefix}/{key}") != contents.get(key):
            objects.delete(f"{prefix}/{key}")

    def write(key: str) -> None:
        objects.write(f"{prefix}/{key}", contents[key])

    each(write, others)
    write(last)
    for key in sorted(set(there) - set(contents)):
        objects.delete(f"{prefix}/{key}")
