"""A probe of a store: whether it can be written and read, how fast, and whether two machines may share it."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

from mir_models.errors import MirlitonError
from storage.objects.bucket import Bucket, connect
from storage.objects.bucket_objects import BucketObjects
from storage.objects.conditions import heeds_conditions
from storage.objects.locks import draft_name
from storage.objects.objects import INCOMPLETE, FolderObjects, Objects, open_objects
from storage.objects.scratch import scratch

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
    if isinstance(objects, BucketObjects):
        return _probe_bucket(connect(address, patience=PATIENCE_S))
    if isinstance(objects, FolderObjects):
        return Probe("", _probe_folder(address), None)
    return Probe("", _seconds_of_reads(objects, f"{INCOMPLETE}/{draft_name()}"), None)


def _probe_folder(address: str) -> float:
    """Seconds of a read; folders that are not there yet are made, and gone afterwards."""
    try:
        with scratch(address) as place:
            return _seconds_of_reads(open_objects(place), "probe")
    except OSError as error:
        remedy = "give the right to write there, or let MIRLITON_STORE name another place"
        received = f"{address}: {error.strerror or error}"
        raise MirlitonError("a store that can be written", received=received, remedy=remedy) from error


def _seconds_of_reads(objects: Objects, key: str) -> float:
    objects.write(key, CONTENT)
    try:
        return statistics.median(_timed(lambda: objects.read(key), objects.address) for _ in range(READS))
    finally:
        objects.delete(key)


def _probe_bucket(bucket: Bucket) -> Probe:
    import obstore

    key = f"{INCOMPLETE}/{draft_name()}"
    bucket.ask(lambda: obstore.put(bucket.store, key, CONTENT))
    seconds = [_timed(lambda: bucket.ask(lambda: _read(bucket, key)), bucket.address) for _ in range(READS)]
    bucket.ask(lambda: obstore.delete(bucket.store, key))
    return Probe(bucket.endpoint, statistics.median(seconds), heeds_conditions(bucket))


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
