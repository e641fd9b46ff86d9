"""Leases: one holder at a time on any number of machines, and what is left by the dead is taken over."""

from __future__ import annotations

import errno
import json
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from experiments.object_store.fault_proxy import FaultProxy
from storage.objects import leases, locks
from storage.objects.bucket_objects import BucketObjects
from storage.objects.conditions import heeds_conditions
from storage.objects.leases import LeaseRecord, UnconditionalError, hold, hold_lease
from storage.objects.objects import open_objects
from storage.objects.store_error import StoreError

HOLD = """
import sys, time
from storage.objects.bucket_objects import BucketObjects
from storage.objects.leases import hold_lease
objects = BucketObjects(sys.argv[1])
for _ in range(int(sys.argv[3])):
    with hold_lease(objects, "x", wait=True, lease_s=float(sys.argv[2])):
        before = objects.read("counter")
        time.sleep(0.03)
        objects.write("counter", str(int(before or 0) + 1).encode())
        print("held", flush=True)
        sys.stdin.read() if len(sys.argv) > 4 else None
"""


@pytest.fixture
def objects(bucket_address: str) -> BucketObjects:
    return BucketObjects(bucket_address)


def _process(objects: BucketObjects, lease_s: float, n: int, *stays: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-c", HOLD, objects.address, str(lease_s), str(n), *stays]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)


def _record(objects: BucketObjects) -> LeaseRecord:
    return LeaseRecord.from_json(json.loads(objects.read(".locks/x.json") or b"{}"), where="the lease")


def test_a_lease_has_one_holder_and_then_none(objects: BucketObjects) -> None:
    with hold_lease(objects, "x", wait=False) as ours:
        assert ours
        assert _record(objects).holder
        with hold_lease(objects, "x", wait=False) as second, hold_lease(objects, "y", wait=False) as other:
            assert (second, other) == (False, True)
    assert _record(objects) == LeaseRecord()
    with hold_lease(objects, "x", wait=False) as again:
        assert again
    assert objects.names(".locks") == ["x.json", "y.json"], "nothing is left of looking at the time"


def test_two_processes_take_turns(objects: BucketObjects) -> None:
    processes = [_process(objects, 2.0, 5) for _ in range(2)]
    for process in processes:
        process.communicate(timeout=60)
        assert process.returncode == 0
    assert objects.read("counter") == b"10", "no turn was lost to another"


def test_what_a_dead_process_of_this_machine_held_is_free_at_once(objects: BucketObjects) -> None:
    with _process(objects, 600.0, 1, "stay") as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"held\n"
        with hold_lease(objects, "x", wait=False, lease_s=600.0) as ours:
            assert not ours
        process.kill()
        process.wait()
    with hold_lease(objects, "x", wait=False, lease_s=600.0) as ours:
        assert ours


def test_what_another_machine_does_not_renew_is_taken_over(
    objects: BucketObjects, monkeypatch: pytest.MonkeyPatch
) -> None:
    with _process(objects, 600.0, 1, "stay") as process:
        assert process.stdout is not None
        process.stdout.readline()
        monkeypatch.setattr(leases, "_pid_space", lambda: "another machine")
        with hold_lease(objects, "x", wait=False, lease_s=600.0) as early:
            assert not early
        process.kill()
        process.wait()
    ours, end = False, time.monotonic() + 20
    while not ours and time.monotonic() < end:
        time.sleep(0.2)
        with hold_lease(objects, "x", wait=False, lease_s=2.0) as ours:
            assert not ours or _record(objects).pids == "another machine"
    assert ours


@pytest.mark.slow
def test_a_holder_that_renews_keeps_it(objects: BucketObjects) -> None:
    with hold_lease(objects, "x", wait=False, lease_s=2.0):
        first = _record(objects)
        end = time.monotonic() + 3.2
        while time.monotonic() < end:
            with hold_lease(objects, "x", wait=False, lease_s=2.0) as other:
                assert not other
            time.sleep(0.1)
        assert _record(objects).renewals > first.renewals
    assert _record(objects) == LeaseRecord()


def _lose(objects: BucketObjects) -> None:
    """Hold a lease while another machine takes it over."""
    with hold_lease(objects, "x", wait=False, lease_s=0.4):
        objects.write("a", b"1")
        taken = LeaseRecord("another", "elsewhere").to_json()
        objects.write(".locks/x.json", json.dumps(taken).encode())
        end = time.monotonic() + 20
        with suppress(StoreError):
            while time.monotonic() < end:
                objects.bucket.check_writable()
                time.sleep(0.02)
        for write in (lambda: objects.write("a", b"2"), lambda: objects.delete("a")):
            with pytest.raises(StoreError, match="the lock x"):
                write()


def test_a_holder_that_lost_it_writes_no_more(objects: BucketObjects) -> None:
    with pytest.raises(StoreError, match=r"to hold the lock x of .* another machine took it over"):
        _lose(objects)
    assert objects.read("a") == b"1"
    assert _record(objects).holder == "another", "the lease of another is not given back"
    objects.write("a", b"3")


@pytest.mark.parametrize("fault", ["lost", "503", "half"])
def test_an_answer_that_is_lost_does_not_lose_the_lease(proxy: FaultProxy, objects: BucketObjects, fault: str) -> None:
    assert heeds_conditions(objects.bucket)
    proxy.faults = [fault]
    with hold_lease(objects, "x", wait=False, lease_s=0.4) as ours:
        assert ours
        proxy.choose = lambda method, _: fault if method == "PUT" and len(proxy.requests) % 3 else None
        renewals = _record(objects).renewals
        end = time.monotonic() + 20
        while _record(objects).renewals < renewals + 3 and time.monotonic() < end:
            time.sleep(0.05)
        proxy.choose = None
        assert _record(objects).renewals >= renewals + 3
    assert _record(objects) == LeaseRecord()


@pytest.mark.parametrize("heeded", [(), ("create",)], ids=["none", "only that of creation"])
def test_a_store_without_conditions_is_refused_and_named(
    objects: BucketObjects, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, heeded: tuple[str, ...]
) -> None:
    import obstore

    put = obstore.put

    def heedless(store: Any, key: str, content: bytes, *, mode: Any = "overwrite") -> Any:
        return put(store, key, content, mode=mode if mode in heeded else "overwrite")

    monkeypatch.setattr(obstore, "put", heedless)
    with pytest.raises(UnconditionalError, match="Expected conditional writes in s3://"):
        hold_lease(objects, "x", wait=False).__enter__()
    held = hold(objects, tmp_path, "x", wait=False)
    with pytest.warns(
        UserWarning, match=r"Only the runs of this machine and home take turns\. Expected conditional writes"
    ):
        assert held.__enter__()
    assert locks.is_held(locks.lock_file(tmp_path, "x"))
    held.__exit__(None, None, None)


def test_a_lock_of_a_store_keeps_other_homes_away(objects: BucketObjects, tmp_path: Path) -> None:
    for store in (objects, open_objects(str(tmp_path / "store"))):
        with hold(store, tmp_path / "one", "x", wait=False) as first:
            with hold(store, tmp_path / "two", "x", wait=False) as second:
                assert (first, second) == (True, False)
            with hold(store, tmp_path / "two", "y", wait=False) as other:
                assert other
        with hold(store, tmp_path / "two", "x", wait=False) as again:
            assert again
    assert not (tmp_path / "store").exists(), "no file is left of a lock, nor a folder"


def test_a_folder_on_a_drive_without_locks_is_for_one_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    flock, folder = locks.fcntl.flock, open_objects(str(tmp_path / "store"))

    def refused(file: Any, how: int) -> None:
        if "store" in file.name:
            raise OSError(errno.ENOLCK, "No locks available")
        flock(file, how)

    monkeypatch.setattr(locks.fcntl, "flock", refused)
    held = hold(folder, tmp_path, "x", wait=False)
    with pytest.warns(UserWarning, match="machine and home take turns.*No locks available"):
        assert held.__enter__()
    held.__exit__(None, None, None)


def test_who_waits_gets_it_when_it_is_given_back(objects: BucketObjects) -> None:
    got = threading.Event()

    def wait() -> None:
        with hold_lease(objects, "x", wait=True, lease_s=1.2) as ours:
            if ours:
                got.set()

    with hold_lease(objects, "x", wait=False, lease_s=1.2):
        thread = threading.Thread(target=wait)
        thread.start()
        assert not got.wait(0.5)
    thread.join(20)
    assert got.is_set()
