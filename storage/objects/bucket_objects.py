"""Objects in a bucket, through obstore."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from storage.objects.bucket import Bucket, connect
from storage.objects.locks import is_left_behind
from storage.objects.ranges import Range
from storage.objects.trees import VISIBLE, replace_tree

if TYPE_CHECKING:
    from obstore import ListResult, ObjectMeta

INCOMPLETE = ".incomplete"
"""Folder of drafts and of temporary stores."""
SIMULTANEOUS_WRITES, SIMULTANEOUS_LOOKS = 8, 32
"""Requests under way at a time: an object store answers many as fast as one, each after some ten milliseconds."""
T = TypeVar("T")
U = TypeVar("U")


class BucketObjects:
    """Objects in a bucket, see `Objects`; an object is written as a whole or not at all, a large one in parts."""

    def __init__(self, address: str) -> None:
        self.address = address.rstrip("/")

    @property
    def bucket(self) -> Bucket:
        """The connection, which all of this process share."""
        return connect(self.address)

    def read(self, key: str) -> bytes | None:
        """See `Objects.read`."""
        import obstore

        with suppress(FileNotFoundError):
            return self.bucket.ask(lambda: obstore.get(self.bucket.store, key).bytes().to_bytes())
        return None

    def read_ranges(self, ranges: Sequence[Range]) -> Iterator[bytes | None]:
        """See `Objects.read_ranges`: side by side."""
        yield from _map(self._read_range, ranges, SIMULTANEOUS_LOOKS) if ranges else []

    def _read_range(self, part: Range) -> bytes | None:
        import obstore

        options: Any = {"range": {"offset": part.start} if part.stop is None else (part.start, part.stop)}
        if part.start < 0:
            options = {"range": {"suffix": -part.start}}
        with suppress(FileNotFoundError):
            read = partial(obstore.get, self.bucket.store, part.key, options=options if part[1:] != (0, None) else None)
            return self.bucket.ask(lambda: read().bytes().to_bytes())
        return None

    def write(self, key: str, content: bytes) -> None:
        """See `Objects.write`."""
        import obstore

        self.bucket.check_writable()
        self.bucket.ask(lambda: obstore.put(self.bucket.store, key, content))

    def write_tree(self, prefix: str, contents: Mapping[str, bytes]) -> None:
        """See `Objects.write_tree`: all but the last side by side, and then the last, which makes them visible."""
        there = {each["path"].removeprefix(f"{prefix}/") for each in self.bucket.below(prefix)}
        replace_tree(self, prefix, contents, there, partial(_map, n_threads=SIMULTANEOUS_WRITES))

    def names(self, prefix: str) -> list[str]:
        """See `Objects.names`."""
        found = self._list(prefix)
        return sorted(map(_name, [*found["common_prefixes"], *(each["path"] for each in found["objects"])]))

    def trees(self, prefix: str) -> list[str]:
        """See `Objects.trees`: a killed writer leaves a tree without its last object."""
        trees = sorted(self._list(prefix)["common_prefixes"])
        found = _map(lambda tree: self._exists(f"{tree.rstrip('/')}/{VISIBLE}"), trees, SIMULTANEOUS_LOOKS)
        return [_name(tree) for tree, is_there in zip(trees, found, strict=True) if is_there]

    def delete(self, prefix: str) -> None:
        """See `Objects.delete`: the object that makes a tree visible is deleted first."""
        keys = [each["path"] for each in self.bucket.below(prefix)]
        if (visible := f"{prefix}/{VISIBLE}") in keys:
            self._delete(visible)
            keys.remove(visible)
        self._delete(keys or prefix)

    def size(self, prefix: str) -> int:
        """Bytes of the objects below `prefix`."""
        return sum(each["size"] for each in self.bucket.below(prefix))

    def zarr_store(self, prefix: str) -> Any:
        """See `Objects.zarr_store`."""
        from zarr.storage import StorePath

        from storage.objects.bucket_arrays import ArraysOfBucket

        return StorePath(ArraysOfBucket(self.bucket, prefix), prefix)

    def sweep(self) -> None:
        """Remove the temporary stores of processes of this machine that are no longer alive.

        There are no drafts: a tree without its last object is not listed, and is written again.
        """
        for name in self.names(INCOMPLETE):
            if name.count("-") >= 2 and is_left_behind(name):
                self.delete(f"{INCOMPLETE}/{name}")

    def _list(self, prefix: str) -> ListResult[Sequence[ObjectMeta]]:
        """What lies directly below `prefix`."""
        import obstore

        return self.bucket.ask(lambda: obstore.list_with_delimiter(self.bucket.store, prefix or None))

    def _exists(self, key: str) -> bool:
        import obstore

        with suppress(FileNotFoundError):
            self.bucket.ask(lambda: obstore.head(self.bucket.store, key))
            return True
        return False

    def _delete(self, keys: str | list[str]) -> None:
        """Delete objects; no error where there are none, which S3 does not report and others do."""
        import obstore

        self.bucket.check_writable()
        with suppress(FileNotFoundError):
            self.bucket.ask(lambda: obstore.delete(self.bucket.store, keys))


def _name(path: str) -> str:
    return path.rstrip("/").rsplit("/", 1)[-1]


def _map(function: Callable[[T], U], items: Iterable[T], n_threads: int) -> list[U]:
    """`function` of every item, some at a time, in their order; the first error is raised once all have ended."""
    with ThreadPoolExecutor(n_threads) as pool:
        return list(pool.map(function, items))
