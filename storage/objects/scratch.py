"""A place beside a store that is gone when it is no longer needed, and how much lies in it."""

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
    """Bytes of some objects, and the bytes of disk that they take."""

    bytes: int = 0
    on_disk: int = 0

    def __add__(self, other: Size) -> Size:
        return Size(self.bytes + other.bytes, self.on_disk + other.on_disk)


@contextmanager
def scratch(address: str) -> Iterator[str]:
    """An address on the same disk, or behind the same URL, as the store at `address`.

    Its place is that of unfinished writes: what a killed process leaves there, the next run sweeps away.
    """
    place = f"{INCOMPLETE}/{socket.gethostname()}-{os.getpid()}-{uuid.uuid4().hex}"
    new = [] if "://" in address else [path for path in _with_parents(Path(address) / INCOMPLETE) if not path.exists()]
    try:
        yield f"{address.rstrip('/')}/{place}"
    finally:
        open_objects(address).delete(place)
        for folder in new:
            with suppress(OSError):  # Another run may have put something there meanwhile.
                folder.rmdir()


def size(address: str, prefix: str) -> Size:
    """How much lies below `prefix` of the store at `address`."""
    objects = open_objects(address)
    if isinstance(objects, RemoteObjects):
        found = objects.files.du(f"{objects.root}/{prefix}") if objects.names(prefix) else 0
        return Size(found, found)
    folder = Path(address) / prefix
    found = [(path, path.stat()) for path in (folder, *folder.rglob("*")) if path.exists()]
    files = sum(status.st_size for path, status in found if path.is_file())
    return Size(files, sum(status.st_blocks * 512 for _, status in found))


def free(address: str) -> int | None:
    """Bytes of free disk where the store at `address` lies; None behind a URL."""
    if "://" in address:
        return None
    return shutil.disk_usage(next(path for path in _with_parents(Path(address)) if path.exists())).free


def _with_parents(path: Path) -> list[Path]:
    """`path` and the folders that it lies in, the innermost first."""
    return [path, *path.absolute().parents]


class Untouched:
    """The objects of a store, of which nothing changes: writes are kept in memory, nothing is deleted.

    Attributes
    ----------
    written : dict of str to bytes
        What was written, by key.
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
