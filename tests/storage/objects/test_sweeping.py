"""Sweeping: what a dead writer left goes, nothing else does."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import uuid
from pathlib import Path

import pytest

from storage.objects import objects
from storage.objects.objects import INCOMPLETE, FolderObjects, open_objects


def _dead_pid() -> int:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    return ended.pid


def test_sweeping_takes_what_the_dead_left_and_nothing_else(tmp_path: Path) -> None:
    store, machine, dead = FolderObjects(str(tmp_path)), socket.gethostname(), _dead_pid()
    names = {
        "dead file": f"{machine}-{dead}-{uuid.uuid4().hex}",
        "dead tree": f"{machine}-{dead}-{uuid.uuid4().hex}",
        "alive": f"{machine}-{os.getpid()}-{uuid.uuid4().hex}",
        "elsewhere": f"{machine}-other-{dead}-{uuid.uuid4().hex}",
    }
    drafts = {what: tmp_path / INCOMPLETE / name for what, name in names.items()}
    drafts["dead tree"].mkdir(parents=True)
    for draft in (drafts["dead tree"] / "zarr.json", *(drafts[what] for what in names if what != "dead tree")):
        draft.write_bytes(b"half")
    store.sweep()
    store.sweep()
    assert {what for what, draft in drafts.items() if draft.exists()} == {"alive", "elsewhere"}


def test_sweeping_a_bucket_takes_the_temporary_stores_of_the_dead(bucket_address: str) -> None:
    store, machine = open_objects(bucket_address), socket.gethostname()
    kept = {f"{machine}-{os.getpid()}-{uuid.uuid4().hex}", f"{machine}-other-{_dead_pid()}-{uuid.uuid4().hex}", "odd"}
    for name in (*kept, f"{machine}-{_dead_pid()}-{uuid.uuid4().hex}"):
        store.write(f"{INCOMPLETE}/{name}/s/a", b"1")
    store.sweep()
    assert set(store.names(INCOMPLETE)) == kept


def test_a_process_of_another_user_is_alive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store, calls = FolderObjects(str(tmp_path)), []
    draft = tmp_path / INCOMPLETE / f"{socket.gethostname()}-4711-{uuid.uuid4().hex}"
    draft.mkdir(parents=True)

    def kill(pid: int, signal: int) -> None:
        calls.append((pid, signal))
        raise PermissionError

    monkeypatch.setattr(objects.os, "kill", kill)
    store.sweep()
    assert draft.exists()
    assert calls == [(4711, 0)], "calls, not ended"


def test_a_draft_that_another_run_sweeps_at_the_same_time_is_no_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft = tmp_path / INCOMPLETE / f"{socket.gethostname()}-{_dead_pid()}-{uuid.uuid4().hex}"
    (draft / "x").mkdir(parents=True)

    def gone(*_: object, **__: object) -> None:
        raise FileNotFoundError

    with monkeypatch.context() as patch:
        patch.setattr(objects.os, "rmdir", gone)
        FolderObjects(str(tmp_path)).sweep()
    FolderObjects(str(tmp_path)).sweep()
    assert not draft.exists()


def test_what_is_no_draft_is_not_swept(tmp_path: Path) -> None:
    other = tmp_path / INCOMPLETE / "notes.txt"
    other.parent.mkdir()
    other.write_bytes(b"1")
    FolderObjects(str(tmp_path)).sweep()
    assert other.read_bytes() == b"1"
