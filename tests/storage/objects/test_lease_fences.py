"""Leases that cannot be renewed: what is written meanwhile, and what is raised in the end."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from mir_models.errors import MirlitonError
from storage.objects import bucket_objects, leases
from storage.objects.bucket import Bucket
from storage.objects.bucket_objects import BucketObjects
from storage.objects.leases import LeaseRecord, hold_lease
from storage.objects.store_error import StoreError

obstore = pytest.importorskip("obstore", reason="mirliton[s3] is not installed")
LEASE = ".locks/x.json"
LEASE_S = 0.4


@pytest.fixture
def objects(monkeypatch: pytest.MonkeyPatch) -> BucketObjects:
    """A bucket in memory."""
    from obstore.store import MemoryStore

    bucket = Bucket("s3://memory", "memory", MemoryStore())
    for module in (leases, bucket_objects):
        monkeypatch.setattr(module, "connect", lambda *_, **__: bucket)
    return BucketObjects("s3://memory")


def _until(is_so: Callable[[], object]) -> None:
    end = time.monotonic() + 10
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.01)


def _record(objects: BucketObjects) -> LeaseRecord:
    return LeaseRecord.from_json(json.loads(objects.read(LEASE) or b"{}"), where="the lease")


@dataclass
class Read:
    """An object that was read, with its metadata."""

    content: Any
    meta: dict[str, Any]

    def bytes(self) -> Any:
        """The content."""
        return self.content


def _number_versions(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the store compare numbers of versions, as Google's does, and refuse a condition without one."""
    put, get = obstore.put, obstore.get

    def numbered(answer: Any) -> dict[str, Any]:
        return {**answer, "e_tag": "another", "version": answer["e_tag"]}

    def put_number(store: Any, key: str, content: bytes, *, mode: Any = None) -> Any:
        if isinstance(mode, dict):
            if "version" not in mode:
                raise obstore.exceptions.GenericError("Version required for conditional update")
            mode = {"e_tag": mode["version"]}
        return numbered(put(store, key, content, mode=mode))

    def get_number(store: Any, key: str) -> Any:
        found = get(store, key)
        return Read(found.bytes(), numbered(found.meta))

    monkeypatch.setattr(obstore, "put", put_number)
    monkeypatch.setattr(obstore, "get", get_number)


def test_a_store_that_compares_numbers_has_leases(objects: BucketObjects, monkeypatch: pytest.MonkeyPatch) -> None:
    _number_versions(monkeypatch)
    for _ in range(2):
        with hold_lease(objects, "x", wait=False, lease_s=LEASE_S) as ours:
            assert ours
            _until(lambda: _record(objects).renewals >= 2)
        assert _record(objects) == LeaseRecord()


def _fail_renewals(monkeypatch: pytest.MonkeyPatch, fails: Callable[[], bool], error: Exception) -> None:
    put = obstore.put

    def failing(store: Any, key: str, content: bytes, **options: Any) -> Any:
        if key == LEASE and fails():
            raise error
        return put(store, key, content, **options)

    monkeypatch.setattr(obstore, "put", failing)


def test_who_cannot_renew_a_lease_writes_no_more(objects: BucketObjects, monkeypatch: pytest.MonkeyPatch) -> None:
    is_away = threading.Event()
    _fail_renewals(monkeypatch, is_away.is_set, obstore.exceptions.GenericError("no answer"))
    with hold_lease(objects, "x", wait=False, lease_s=LEASE_S):
        is_away.set()
        time.sleep(1.1 * LEASE_S)
        with pytest.raises(StoreError, match=r"the lock x of .* no answer to its renewals for so long"):
            objects.write("a", b"1")
        assert objects.read("a") is None
        is_away.clear()
        objects.write("a", b"2")
    assert objects.read("a") == b"2", "nobody took the lease over, and it was renewed"


def test_a_write_waits_for_a_renewal_that_is_late(objects: BucketObjects, monkeypatch: pytest.MonkeyPatch) -> None:
    is_away = threading.Event()
    _fail_renewals(monkeypatch, is_away.is_set, obstore.exceptions.GenericError("no answer"))
    with hold_lease(objects, "x", wait=False, lease_s=LEASE_S):
        is_away.set()
        time.sleep(1.1 * LEASE_S)
        threading.Timer(0.1, is_away.clear).start()
        objects.write("a", b"1")
        assert not is_away.is_set()
    assert _record(objects) == LeaseRecord()


def _spoil(objects: BucketObjects) -> None:
    obstore.put(objects.bucket.store, LEASE, b"no json")


def test_a_lease_that_another_program_spoils_is_lost(objects: BucketObjects) -> None:
    def hold() -> None:
        with hold_lease(objects, "x", wait=False, lease_s=LEASE_S):
            _spoil(objects)
            time.sleep(0.6 * LEASE_S)
            with pytest.raises(StoreError, match="a renewal that failed"):
                objects.write("a", b"1")

    with pytest.raises(StoreError, match=r"to hold the lock x of .* a renewal that failed: MirlitonError: Expected"):
        hold()
    assert objects.read(LEASE) == b"no json"
    objects.write("a", b"2")


@pytest.mark.parametrize("lease_s", [LEASE_S, 60.0], ids=["at a renewal", "when it is given back"])
def test_the_error_of_the_block_is_raised_above_that_of_the_lease(objects: BucketObjects, lease_s: float) -> None:
    def hold() -> None:
        with hold_lease(objects, "x", wait=False, lease_s=lease_s):
            _spoil(objects)
            time.sleep(0.3)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        hold()


def test_a_lease_that_was_spoilt_is_an_error_of_its_own(objects: BucketObjects) -> None:
    with pytest.raises(MirlitonError, match="when it was given back"), hold_lease(objects, "x", wait=False):
        _spoil(objects)


def test_a_renewal_has_no_patience_of_minutes(objects: BucketObjects, monkeypatch: pytest.MonkeyPatch) -> None:
    """The looks at a lease whose renewal had no answer, too."""
    slow, threads, patience = objects.bucket, [], []
    quick, ask, put = Bucket("s3://memory", "memory", slow.store), Bucket.ask, obstore.put

    def connect(_: str, *, patience: float | None = None, given: list[float | None] = patience) -> Bucket:
        given.append(patience)
        return quick

    def noted(self: Bucket, request: Any) -> Any:
        threads.extend([threading.current_thread().name] * (self is slow))
        return ask(self, request)

    def unanswered(store: Any, key: str, content: bytes, **options: Any) -> Any:
        answer = put(store, key, content, **options)
        if threading.current_thread().name == "lease x":
            raise obstore.exceptions.PreconditionError("that was repeated")
        return answer

    monkeypatch.setattr(leases, "connect", connect)
    monkeypatch.setattr(Bucket, "ask", noted)
    monkeypatch.setattr(obstore, "put", unanswered)
    with hold_lease(objects, "x", wait=False, lease_s=LEASE_S):
        _until(lambda: _record(objects).renewals >= 2)
    assert patience == [LEASE_S / leases.RENEWALS]
    assert "lease x" not in threads


def test_what_a_killed_process_leaves_of_looking_at_the_time_is_swept(
    objects: BucketObjects, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leases, "_pid_space", lambda: "another machine")
    with hold_lease(objects, "x", wait=False):
        monkeypatch.setattr(leases, "_pid_space", lambda: "this machine")
        objects.bucket.heeds_conditions = None
        with monkeypatch.context() as patch:
            patch.setattr(obstore, "delete", lambda *_: None)
            with hold_lease(objects, "x", wait=False) as ours:
                assert not ours
        assert objects.names(".locks") == ["x.json"]
        assert len(objects.names(".incomplete")) == 2, "of the conditions, and of the time"
        monkeypatch.setattr(bucket_objects, "is_left_behind", lambda _: True)
        objects.sweep()
        assert objects.names(".incomplete") == []
