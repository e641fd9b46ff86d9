"""Arrays in a bucket: a zarr store whose errors are sentences, and which asks for nothing that is not there."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncGenerator, Iterable
from typing import TYPE_CHECKING, Any

from zarr.storage import ObjectStore

from storage.objects.bucket import Bucket, connect

if TYPE_CHECKING:
    from zarr.abc.store import ByteRequest
    from zarr.core.buffer import Buffer, BufferPrototype


class ArraysOfBucket(ObjectStore[Any]):
    """zarr's own store for obstore, to read the tree below `prefix`, whose objects are listed once.

    zarr looks for every kind of metadata that a group could have and lists every array of its own: on a bucket each of
    these is a request. Errors are those of `Bucket.errors`.
    """

    def __init__(self, bucket: Bucket, prefix: str) -> None:
        super().__init__(bucket.store, read_only=True)
        self.bucket, self.prefix = bucket, prefix
        self.listing = threading.Lock()
        self.listed: set[str] | None = None

    async def get(self, key: str, prototype: BufferPrototype, byte_range: ByteRequest | None = None) -> Buffer | None:
        """See `zarr.abc.store.Store.get`."""
        if key not in await self._keys():
            return None
        get = super().get
        return await self.bucket.ask_async(lambda: get(key, prototype, byte_range))

    async def get_partial_values(
        self, prototype: BufferPrototype, key_ranges: Iterable[tuple[str, ByteRequest | None]]
    ) -> list[Buffer | None]:
        """See `zarr.abc.store.Store.get_partial_values`."""
        return [await self.get(key, prototype, byte_range) for key, byte_range in key_ranges]

    async def exists(self, key: str) -> bool:
        """See `zarr.abc.store.Store.exists`."""
        return key in await self._keys()

    async def list_prefix(self, prefix: str) -> AsyncGenerator[str, None]:
        """See `zarr.abc.store.Store.list_prefix`."""
        for key in sorted(await self._keys()):
            if key.startswith(prefix):
                yield key

    async def list_dir(self, prefix: str) -> AsyncGenerator[str, None]:
        """See `zarr.abc.store.Store.list_dir`."""
        folder = f"{prefix.rstrip('/')}/"
        below = (key.removeprefix(folder) for key in await self._keys() if key.startswith(folder))
        for name in sorted({key.partition("/")[0] for key in below}):
            yield name

    async def _keys(self) -> set[str]:
        return self.listed if self.listed is not None else await asyncio.to_thread(self._list_once)

    def _list_once(self) -> set[str]:
        with self.listing:
            if self.listed is None:
                self.listed = {each["path"] for each in self.bucket.below(self.prefix)}
            return self.listed

    def __getstate__(self) -> dict[str, Any]:
        return {"address": self.bucket.address, "prefix": self.prefix}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Another process has a connection and a listing of its own."""
        self.__init__(connect(state["address"]), state["prefix"])  # type: ignore[misc]
