"""Leases: locks between machines, kept in the store itself by conditional writes.

A lease is an object that its holder creates only where there is none (``If-None-Match: *``) and renews every few
seconds only where it is still its own (by e-tag). One that was not renewed for `LEASE_S`, by the clock of the store, is
that of a dead or a cut-off machine: whoever wants it takes it over. A holder that finds it taken writes nothing more.
One that cannot renew its lease, whyever, stops writing shortly before the time at which others may take it over.
A folder has a lock of this machine in it, whatever home a run has; a URL that is no bucket, that of the home alone.
"""

from __future__ import annotations

import errno
import json
import os
import socket
import threading
import time
import uuid
import warnings
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from mir_models.errors import MirlitonError
from storage.objects import locks
from storage.objects.bucket import Bucket, connect
from storage.objects.bucket_objects import INCOMPLETE, BucketObjects
from storage.objects.conditions import heeds_conditions
from storage.objects.objects import FolderObjects, Objects
from storage.objects.store_error import StoreError
from storage.records import Record

FOLDER = ".locks"
LEASE_S = 60.0
"""Seconds after which a lease that was not renewed is taken over."""
RENEWALS, LOOKS = 4, 12
"""How often a lease is renewed, and one that is waited for is looked at, in `LEASE_S`."""
_CLOCK = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
"""A clock that goes on while the machine is suspended, where there is one."""
_NO_LOCKS = (errno.ENOLCK, errno.ENOSYS, errno.ENOTSUP)


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
    """Hold a lock: that of this home and that of the store, see `locks.hold`.

    Raises
    ------
    StoreError
        When the store does not answer, or another machine took the lease over meanwhile.
    """
    with locks.hold(home, name, wait=wait) as is_ours:
        with ExitStack() as stack:
            try:
                is_ours = is_ours and stack.enter_context(_hold_of_store(objects, name, wait=wait))
            except (UnconditionalError, OSError) as error:
                if isinstance(error, OSError) and error.errno not in _NO_LOCKS:
                    raise
                warnings.warn(f"Only the runs of this machine and home take turns. {error}", stacklevel=2)
            yield is_ours


def _hold_of_store(objects: Objects, name: str, *, wait: bool) -> AbstractContextManager[bool]:
    if isinstance(objects, BucketObjects):
        return hold_lease(objects, name, wait=wait)
    if isinstance(objects, FolderObjects):
        return locks.lock_and_remove(objects.root / FOLDER / f"{name}.lock", wait=wait)
    return nullcontext(True)


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
    """One lease: the object, and its renewal.

    Attributes
    ----------
    version : dict
        E-tag and, where the store has them, number of what was written last: some compare the one, some the other.
    until : float
        Time of `_CLOCK` up to which nobody else takes the lease over.
    lost : str
        Why the lease is no longer held; empty: it is.
    """

    def __init__(self, objects: BucketObjects, name: str, lease_s: float) -> None:
        self.bucket, self.name, self.lease_s = objects.bucket, name, lease_s
        self.quick = connect(self.bucket.address, patience=lease_s / RENEWALS)
        self.key = f"{FOLDER}/{name}.json"
        self.ours = LeaseRecord(uuid.uuid4().hex, socket.gethostname(), os.getpid(), _pid_space())
        self.version: dict[str, str] = {}
        self.until, self.lost = 0.0, ""
        self.ended = threading.Event()

    def acquire(self) -> bool:
        """Create the lease, or take one over that is free or was not renewed in time."""
        if not heeds_conditions(self.bucket):
            expected, received = f"conditional writes in {self.bucket.address}", "a store that writes in spite of them"
            remedy = "let one machine at a time write to it, or use another store"
            raise UnconditionalError(expected, received=received, remedy=remedy)
        if self._put(self.bucket, "create", self.ours):
            return True
        found = self._found(self.bucket)
        if found is None:  # Somebody removed it just now.
            return False
        record, meta = found
        if not record.holder or self._is_dead(record) or self._age(meta) > self.lease_s:
            return self._put(self.bucket, _version(meta), self.ours)
        return False

    @contextmanager
    def renewed(self) -> Iterator[None]:
        """Renew the lease in a thread until the block ends, and give it back.

        Raises
        ------
        StoreError
            When another machine took it over, or it could not be renewed for another reason.
        """
        thread = threading.Thread(target=self._renew, name=f"lease {self.name}", daemon=True)
        self.bucket.leases[self.name] = self.check
        thread.start()
        try:
            yield
        finally:
            self.ended.set()
            thread.join()
            del self.bucket.leases[self.name]
            if not self.lost:
                self._give_back()
        if self.lost:
            raise self._error()

    def check(self) -> None:
        """Refuse to write without the lease; a renewal that is late, as after a pause of the machine, is waited for.

        Raises
        ------
        StoreError
            When the lease was lost, or the renewal did not come.
        """
        end = _now() + self.lease_s
        while not self.lost and self.until < _now() < end:
            time.sleep(self.lease_s / 100)
        if self.lost or self.until < _now():
            raise self._error()

    def _error(self) -> StoreError:
        received = self.lost or "no answer to its renewals for so long that another machine may take it over"
        expected = f"to hold the lock {self.name} of {self.bucket.address} to the end"
        return StoreError(expected, received=received, remedy="run the same again")

    def _renew(self) -> None:
        pause = self.lease_s / RENEWALS
        while not self.lost and not self.ended.wait(pause):
            pause = self.lease_s / RENEWALS
            renewal = replace(self.ours, renewals=self.ours.renewals + 1)
            try:
                if not self._put(self.quick, self.version, renewal):
                    self.lost = "another machine took it over: this one did not renew it in time"
            except StoreError:
                pause = self.lease_s / LOOKS  # What is written meanwhile waits once the time is up, see `check`.
            except Exception as error:  # noqa: BLE001 - whatever it was, nothing renews the lease any more
                self.lost = f"a renewal that failed: {type(error).__name__}: {error}"

    def _put(self, bucket: Bucket, mode: Any, record: LeaseRecord) -> bool:
        """Write the lease under a condition; whether it is ours now.

        The answer to a write may have been lost, and the write repeated: then the object says whose it is.
        """
        import obstore
        from obstore.exceptions import AlreadyExistsError, PreconditionError

        content, began = json.dumps(record.to_json()).encode(), _now()
        try:
            self.version = _version(bucket.ask(lambda: obstore.put(bucket.store, self.key, content, mode=mode)))
        except (AlreadyExistsError, PreconditionError, FileNotFoundError):
            found = self._found(bucket)
            if found is None or found[0] != record:
                return False
            self.version = _version(found[1])
        self.ours, self.until = record, began + self.lease_s * (1 - 1 / LOOKS)
        return True

    def _found(self, bucket: Bucket) -> tuple[LeaseRecord, Any] | None:
        """The lease as it is in the store, with its version and the store's time of its last renewal."""
        import obstore

        def read() -> tuple[bytes, Any]:
            found = obstore.get(bucket.store, self.key)
            return found.bytes().to_bytes(), found.meta

        with suppress(FileNotFoundError):
            content, meta = bucket.ask(read)
            where = f"{bucket.address}/{self.key}"
            return LeaseRecord.from_bytes(content, where=where, remedy="delete that object"), meta
        return None

    def _is_dead(self, record: LeaseRecord) -> bool:
        """Whether the holder was a process of this machine that has ended."""
        return bool(record.pids) and record.pids == self.ours.pids and not locks.is_alive(record.pid)

    def _age(self, meta: Any) -> float:
        """Seconds since the last renewal by the clock of the store: compared with an object written just now."""
        import obstore

        store, key, ask = self.bucket.store, f"{INCOMPLETE}/{locks.draft_name()}", self.bucket.ask
        ask(lambda: obstore.put(store, key, b""))
        now = ask(lambda: obstore.head(store, key))["last_modified"]
        with suppress(FileNotFoundError):
            ask(lambda: obstore.delete(store, key))
        return (now - meta["last_modified"]).total_seconds()

    def _give_back(self) -> None:
        """Leave the lease to the next: free by a condition, since an unconditional delete could take another's."""
        try:
            self._put(self.quick, self.version, LeaseRecord())
        except StoreError:  # Then it ends by itself.
            pass
        except Exception as error:  # noqa: BLE001 - raised once the block's own error has been
            self.lost = f"{type(error).__name__} when it was given back: {error}"


def _version(found: Any) -> dict[str, str]:
    """What a write is to find, for its condition, of the answer to a write or of an object's metadata."""
    return {name: found[name] for name in ("e_tag", "version") if found.get(name)}


def _now() -> float:
    return time.clock_gettime(_CLOCK)


def _pid_space() -> str:
    """The start of this machine and the namespace of its process numbers, which containers have their own of."""
    try:
        return f"{Path('/proc/sys/kernel/random/boot_id').read_text().strip()} {os.readlink('/proc/self/ns/pid')}"
    except OSError:
        return ""
