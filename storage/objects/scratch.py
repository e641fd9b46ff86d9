"""Scratch stores: a temporary address beside a store, and an overlay in memory for dry runs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from storage.objects.disk_usage import with_parents
from storage.objects.locks import draft_name
from storage.objects.objects import INCOMPLETE, Objects, open_objects
from storage.objects.ranges import Range


@contextmanager
def scratch(address: str) -> Iterator[str]:
    """A temporary address on the same disk, or behind the same URL, as the store at `address`.

    It lies among the unfinished writes, so that the next run removes what a killed process leaves there.
    """
    prefix = f"{INCOMPLETE}/{draft_name()}"
    new = [] if "://" in address else [path for path in with_parents(Path(address) / INCOMPLETE) if not path.exists()]
    try:
        yield f"{address.rstrip('/')}/{prefix}"
    finally:
        open_objects(address).delete(prefix)
        for folder in new:
            with suppress(OSError):  # Another run may have put something there meanwhile.
                folder.rmdir()


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

    def read_ranges(self, ranges: Sequence[Range]) -> Iterator[bytes | None]:
        """See `Objects.read_ranges`."""
        for each in ranges:
            written = self.written.get(each.key)
            yield next(self.objects.read_ranges([each])) if written is None else written[each.start : each.stop]

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
