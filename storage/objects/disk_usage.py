"""Disk usage: the size of what a store holds, and the free disk where it lies."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from storage.objects.bucket_objects import BucketObjects
from storage.objects.objects import RemoteObjects, open_objects


@dataclass(frozen=True)
class Size:
    """Bytes of objects, and the bytes that they take on disk."""

    bytes: int = 0
    on_disk: int = 0

    def __add__(self, other: Size) -> Size:
        return Size(self.bytes + other.bytes, self.on_disk + other.on_disk)


def stored_size(address: str, prefix: str) -> Size:
    """Size of the objects below `prefix` of the store at `address`."""
    objects = open_objects(address)
    if isinstance(objects, RemoteObjects | BucketObjects):
        return Size(size := objects.size(prefix), size)
    folder = Path(address) / prefix
    found = [(path, path.stat()) for path in (folder, *folder.rglob("*")) if path.exists()]
    files = sum(status.st_size for path, status in found if path.is_file())
    return Size(files, sum(status.st_blocks * 512 for _, status in found))


def free_disk(address: str) -> int | None:
    """Bytes of free disk at the store `address`; None behind a URL."""
    if "://" in address:
        return None
    return shutil.disk_usage(next(path for path in with_parents(Path(address)) if path.exists())).free


def with_parents(path: Path) -> list[Path]:
    """`path` and its parent folders, the innermost first."""
    return [path, *path.absolute().parents]
