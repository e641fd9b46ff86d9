"""Leases: locks between machines, kept in the store itself by conditional writes.

A lease is an object that its holder creates only where there is none (``If-None-Match: *``) and renews every few
seconds only where it is still its own (by e-tag). One that was not renewed for `LEASE_S`, by the clock of the store, is
that of a dead or a cut-off machine: whoever wants it takes it over. A holder that finds it taken writes nothing more.
A folder, and a URL that is no bucket, has the lock of this machine alone.
"""

from __future__ import annotations

import json
import os
import socket
import threading
import time
import uuid
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from mir_models.errors import MirlitonError
from storage.objects import locks
from storage.objects.bucket import connect
from storage.objects.bucket_objects import BucketObjects
from storage.objects.objects import Objects
from storage.objects.store_error import StoreError
from storage.records import Record

FOLDER = ".locks"
LEASE_S = 60.0
"""Seconds after which a lease that was not renewed is taken over."""
RENEWALS, LOOKS = 4, 12
"""How often a lease is renewed, and one that is waited for is looked at, in `LEASE_S`."""


class UnconditionalError(MirlitonError):
    """The store writes without looking at conditions, so that a lease would keep nobody away."""


@dataclass(frozen=True)
class LeaseRecord(Record):
    """The content of a lease.

    Attributes
    ----------
    holder : str
        Another one for every time that a lease is held; empty: nobody holds it.
    machine : str
        Name of the machine, for whoever looks at the object.
    pid : int
    pids : str
        Among which processes `pid` is a number, see `_pid_space`; empty: unknown.
    renewals : int
        Makes another e-tag with every renewal.
    """

    holder: str = ""
    machine: str = ""
    pid: int = 0
    pids: str = ""
    renewals: int = 0


@contextmanager
def hold(objects: Objects, home: Path, name: str, *, wait: bool) -> Iterator[bool]:
    """Hold a lock: that of this machine, and behind the URL of a bucket that of its store; see `locks.hold`.

    Raises
    ------
    StoreError
        When the store does not answer, or another machine took the lease over meanwhile.
    """
    with locks.hold(home, name, wait=wait) as is_ours:
        if not is_ours or not isinstance(objects, BucketObjects):
            yield is_ours
            return
        with ExitStack() as stack:
            try:
                is_ours = stack.enter_context(hold_lease(objects, name, wait=wait))
            except UnconditionalError as error:
                warnings.warn(f"Only the runs of this machine take turns. {error}", stacklevel=2)
            yield is_ours


@contextmanager
def hold_lease(objects: BucketObjects, name: str, *, wait: bool, lease_s: float = LEASE_S) -> Iterator[bool]:
    """Hold a lease of a bucket; yields whether it is held, which without `wait` it may not be.

    Raises
    ------
    UnconditionalError
        When the store has no conditional writes.
    StoreError
        See `hold`.
    """
    lease = _Lease(objects, name, lease_s)
    while not (is_ours := lease.acquire()) and wait:
        time.sleep(lease_s / LOOKS)
    if not is_ours:
        yield False
        return
    with lease.renewed():
        yield True


class _Lease:
    """One lease: the object, and its renewal."""

    def __init__(self, objects: BucketObjects, name: str, lease_s: float) -> None:
        self.bucket, self.name, self.lease_s = objects.bucket, name, lease_s
        self.key = f"{FOLDER}/{name}.json"
        self.ours = LeaseRecord(uuid.uuid4().hex, socket.gethostname(), os.getpid(), _pid_space())
        self.e_tag: str | None = None
        self.ended = threading.Event()

    def acquire(self) -> bool:
        """Create the lease, or take one over that is free or was not renewed in time."""
        if self._put("create"):
            self._check_conditions()
            return True
        found = self._found()
        if found is None:  # Somebody removed it just now.
            return False
        record, meta = found
        if not record.holder or self._is_dead(record) or self._age(meta) > self.lease_s:
            return self._put({"e_tag": meta["e_tag"]})
        return False

    @contextmanager
    def renewed(self) -> Iterator[None]:
        """Renew the lease in a thread until the block ends, and give it back.

        Raises
        ------
        StoreError
            When another machine took it over.
        """
        thread = threading.Thread(target=self._renew, name=f"lease {self.name}", daemon=True)
        thread.start()
        try:
            yield
        finally:
            self.ended.set()
            thread.join()
            lost = self.name in self.bucket.lost
            if lost:
                self.bucket.lost.remove(self.name)
            else:
                self._give_back()
        if lost:
            received = "another machine took it over: this one did not renew it in time"
            expected = f"to hold the lock {self.name} of {self.bucket.address} to the end"
            raise StoreError(expected, received=received, remedy="run the same again")

    def _renew(self) -> None:
        quick = connect(self.bucket.address, patience=self.lease_s / RENEWALS)
        while not self.ended.wait(self.lease_s / RENEWALS):
            renewal = replace(self.ours, renewals=self.ours.renewals + 1)
            try:
                is_ours = self._put({"e_tag": self.e_tag}, renewal, quick)
            except StoreError:
                continue  # A store that does not answer: what is written meanwhile fails by itself.
            if not is_ours:
                self.bucket.lost.append(self.name)
                return

    def _put(self, mode: Any, record: LeaseRecord | None = None, bucket: Any = None) -> bool:
        """Write the lease under a condition; whether it is ours now.

        The answer to a write may have been lost, and the write repeated: then the object says whose it is.
        """
        import obstore
        from obstore.exceptions import AlreadyExistsError, NotSupportedError, PreconditionError

        bucket, record = bucket or self.bucket, record or self.ours
        content = json.dumps(record.to_json()).encode()
        try:
            self.e_tag = bucket.ask(lambda: obstore.put(bucket.store, self.key, content, mode=mode))["e_tag"]
        except (AlreadyExistsError, PreconditionError, FileNotFoundError):
            found = self._found()
            if found is None or found[0] != record:
                return False
            self.e_tag = found[1]["e_tag"]
        except StoreError as error:
            if isinstance(error.__cause__, NotSupportedError):
                raise self._unconditional("a store without them") from error
            raise
        self.ours = record
        return True

    def _found(self) -> tuple[LeaseRecord, Any] | None:
        """The lease as it is in the store, with its e-tag and the store's time of its last renewal."""
        import obstore

        def read() -> tuple[bytes, Any]:
            found = obstore.get(self.bucket.store, self.key)
            return found.bytes().to_bytes(), found.meta

        with suppress(FileNotFoundError):
            content, meta = self.bucket.ask(read)
            where = f"{self.bucket.address}/{self.key}"
            return LeaseRecord.from_bytes(content, where=where, remedy="delete that object"), meta
        return None

    def _is_dead(self, record: LeaseRecord) -> bool:
        """Whether the holder was a process of this machine that has ended."""
        return bool(record.pids) and record.pids == self.ours.pids and not locks.is_alive(record.pid)

    def _age(self, meta: Any) -> float:
        """Seconds since the last renewal by the clock of the store: compared with an object written just now."""
        import obstore

        store, key, ask = self.bucket.store, f"{FOLDER}/.time-{self.ours.holder}", self.bucket.ask
        ask(lambda: obstore.put(store, key, b""))
        now = ask(lambda: obstore.head(store, key))["last_modified"]
        with suppress(FileNotFoundError):
            ask(lambda: obstore.delete(store, key))
        return (now - meta["last_modified"]).total_seconds()

    def _check_conditions(self) -> None:
        """Refuse a store that writes without looking at the condition: there, a lease keeps nobody away."""
        import obstore
        from obstore.exceptions import AlreadyExistsError

        try:
            self.bucket.ask(lambda: obstore.put(self.bucket.store, self.key, b"{}", mode="create"))
        except AlreadyExistsError:
            return
        raise self._unconditional("one that writes an object anew which was to be created")

    def _unconditional(self, received: str) -> UnconditionalError:
        remedy = "let one machine at a time write to it, or use another store"
        return UnconditionalError(f"conditional writes in {self.bucket.address}", received=received, remedy=remedy)

    def _give_back(self) -> None:
        """Leave the lease to the next: free by a condition, since an unconditional delete could take another's."""
        with suppress(StoreError):  # Then it ends by itself.
            self._put({"e_tag": self.e_tag}, LeaseRecord())


def _pid_space() -> str:
    """The start of this machine and the namespace of its process numbers, which containers have their own of."""
    try:
        return f"{Path('/proc/sys/kernel/random/boot_id').read_text().strip()} {os.readlink('/proc/self/ns/pid')}"
    except OSError:
        return ""
