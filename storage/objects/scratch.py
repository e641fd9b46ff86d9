"""Scratch stores: a temporary address beside a store, sizes and free disk, and an overlay in memory for dry runs."""

from __future__ import annotations

import os
import shutil
import socket
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from storage.objects.objects import INCOMPLETE, Objects, RemoteObjects, open_objects


@dataclass(frozen=True)
class Size:
    """Bytes of objects, and the bytes that they take on disk."""

    bytes: int = 0
    on_disk: int = 0

    def __add__(self, other: Size) -> Size:
        return Size(self.bytes + other.bytes, self.on_disk + other.on_disk)


@contextmanager
def scratch(address: str) -> Iterator[str]:
    """A temporary address on the same disk, or behind the same URL, as the store at `address`.

    It lies among the unfinished writes, so that the next run removes what a killed process leaves there.
    """
    prefix = f"{INCOMPLETE}/{socket.gethostname()}-{os.getpid()}-{uuid.uuid4().hex}"
    new = [] if "://" in address else [path for path in _with_parents(Path(address) / INCOMPLETE) if not path.exists()]
    try:
        yield f"{address.rstrip('/')}/{prefix}"
    finally:
        open_objects(address).delete(prefix)
        for folder in new:
            with suppress(OSError):  # Another run may have put something there meanwhile.
                folder.rmdir()


def stored_size(address: str, prefix: str) -> Size:
    """Size of the objects below `prefix` of the store at `address`."""
    objects = open_objects(address)
    if isinstance(objects, RemoteObjects):
        found = objects.files.du(f"{objects.root}/{prefix}") if objects.names(prefix) else 0
        return Size(found, found)
    folder = Path(address) / prefix
    found = [(path, path.stat()) for path in (folder, *folder.rglob("*")) if path.exists()]
    files = sum(status.st_size for path, status in found if path.is_file())
    return Size(files, sum(status.st_blocks * 512 for _, status in found))


def free_disk(address: str) -> int | None:
    """Bytes of free disk at the store `address`; None behind a URL."""
    if "://" in address:
        return None
    return shutil.disk_usage(next(path for path in _with_parents(Path(address)) if path.exists())).free


def _with_parents(path: Path) -> list[Path]:
    """`path` and its parent folders, the innermost first."""
    return [path, *path.absolute().parents]


class OverlayObjects:
    """An overlay of a store for dry runs: writes are kept in memory, nothing is deleted or changed below.

    Attributes
    ----------
    written : dict of str to bytes
        Contents written so far, by key.
    """

    def __init__(self, objects: Objects) -> None:
        self.objects, self.address = objects, objects.address
        self.written: dict[str, bytes] = {}

    def read(self, key: str) -> bytes | None:
        """See `Objects.read`."""
        return self.written[key] if key in self.written else self.objects.read(key)

    def write(self, key: str, content: bytes) -> None:
        """Keep one object in memory."""
        self.written[key] = content

    def write_tree(self, prefix: str, contents: dict[str, bytes]) -> None:
        """Keep objects in memory."""
        self.written |= {f"{prefix}/{key}": content for key, content in contents.items()}

    def names(self, prefix: str) -> list[str]:
        """See `Objects.names`; of the store alone."""
        return self.objects.names(prefix)

    def trees(self, prefix: str) -> list[str]:
        """See `Objects.trees`; of the store alone."""
        return self.objects.trees(prefix)

    def delete(self, prefix: str) -> None:
        """Nothing."""

    def zarr_store(self, prefix: str) -> Any:
        """See `Objects.zarr_store`."""
        return self.objects.zarr_store(prefix)

    def sweep(self) -> None:
        """Nothing."""
