"""A probe of a store: whether it can be written and read, how fast, and whether two machines may share it."""

from __future__ import annotations

import os
import statistics
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from mir_models.errors import MirlitonError
from storage.objects.bucket import Bucket, connect
from storage.objects.bucket_objects import BucketObjects
from storage.objects.disk_usage import with_parents
from storage.objects.objects import FolderObjects, open_objects

PATIENCE_S = 5.0
"""Seconds for which a probe tries again: somebody waits for it."""
READS = 5
CONTENT = b"a probe"


@dataclass(frozen=True)
class Probe:
    """What a probe found.

    Attributes
    ----------
    endpoint : str
        The server behind a URL, else empty.
    read_s : float
        Seconds of a small read, the median.
    conditional : bool or None
        Whether writes can have a condition, on which leases rest; None where nothing has leases.
    """

    endpoint: str
    read_s: float
    conditional: bool | None


def probe(address: str) -> Probe:
    """Write, read and delete an object of the store at a folder or URL.

    Raises
    ------
    MirlitonError
        When it cannot be written, does not answer, or returns something else than was written.
    """
    objects = open_objects(address)
    if isinstance(objects, FolderObjects):
        return _probe_folder(objects.root)
    key = f".probe-{uuid.uuid4().hex}"
    if isinstance(objects, BucketObjects):
        return _probe_bucket(connect(address, patience=PATIENCE_S), key)
    objects.write(key, CONTENT)
    seconds = [_timed(lambda: objects.read(key), address) for _ in range(READS)]
    objects.delete(key)
    return Probe("", statistics.median(seconds), None)


def _probe_folder(folder: Path) -> Probe:
    existing = next(path for path in with_parents(folder) if path.exists())
    if not (existing.is_dir() and os.access(existing, os.W_OK)):
        remedy = "give the right to write there, or let MIRLITON_STORE name another place"
        raise MirlitonError("a store that can be written", received=existing, remedy=remedy)
    return Probe("", 0.0, None)


def _probe_bucket(bucket: Bucket, key: str) -> Probe:
    import obstore
    from obstore.exceptions import AlreadyExistsError

    bucket.ask(lambda: obstore.put(bucket.store, key, CONTENT))
    seconds = [_timed(lambda: bucket.ask(lambda: _read(bucket, key)), bucket.address) for _ in range(READS)]
    try:
        bucket.ask(lambda: obstore.put(bucket.store, key, CONTENT, mode="create"))
        conditional = False
    except AlreadyExistsError:
        conditional = True
    bucket.ask(lambda: obstore.delete(bucket.store, key))
    return Probe(bucket.endpoint, statistics.median(seconds), conditional)


def _read(bucket: Bucket, key: str) -> bytes:
    import obstore

    return obstore.get(bucket.store, key).bytes().to_bytes()


def _timed(read: Callable[[], bytes | None], address: str) -> float:
    began = time.monotonic()
    found = read()
    if found != CONTENT:
        remedy = "look for what else writes or filters there"
        raise MirlitonError(f"what was written to {address}", received=f"{found!r} when it was read", remedy=remedy)
    return time.monotonic() - began
