"""Objects in a folder: flushed before they are seen, and replaced as whole trees whoever else writes."""

from __future__ import annotations

import errno
import os
import socket
import threading
from pathlib import Path

import pytest

from storage.objects import atomic, objects
from storage.objects.objects import INCOMPLETE, FolderObjects
from tests.storage.objects.example_trees import NEW, OLD, TREE, contents


def test_every_file_and_folder_is_flushed_before_it_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store, events = FolderObjects(str(tmp_path)), []
    fsync, rename = os.fsync, os.rename

    def flushed(descriptor: int) -> None:
        events.append(os.readlink(f"/proc/self/fd/{descriptor}"))
        fsync(descriptor)

    def renamed(source: Path, target: Path) -> None:
        events.append(f"renamed {Path(source).name}")
        rename(source, target)

    monkeypatch.setattr(objects.os, "fsync", flushed)
    monkeypatch.setattr(objects.os, "rename", renamed)
    store.write_tree("t", TREE)
    at = next(index for index, event in enumerate(events) if event.startswith("renamed"))
    draft = tmp_path / INCOMPLETE / events[at].removeprefix("renamed ")
    parts = {draft, draft / "x", draft / "x/c", draft / "x/c/0", *(draft / key for key in TREE)}
    assert sorted(events[:at]) == sorted(map(str, parts))
    assert events[at + 1 :] == [str(tmp_path)]


def test_two_writers_of_one_tree_both_succeed(tmp_path: Path) -> None:
    errors: list[BaseException] = []

    def write() -> None:
        store = FolderObjects(str(tmp_path))
        try:
            for _ in range(60):
                store.write_tree("t", TREE)
                store.delete("u")
                store.write_tree("u", TREE)
        except OSError as error:
            errors.append(error)

    threads = [threading.Thread(target=write) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert FolderObjects(str(tmp_path)).names("t") == ["x", "zarr.json"]
    assert os.listdir(tmp_path / INCOMPLETE) == []


def test_a_written_object_is_flushed_before_it_is_renamed_and_its_folder_after(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, events = FolderObjects(str(tmp_path)), []
    fsync, replace = os.fsync, os.replace

    def flushed(descriptor: int) -> None:
        path = Path(os.readlink(f"/proc/self/fd/{descriptor}"))
        events.append((path, path.read_bytes() if path.is_file() else None))
        fsync(descriptor)

    def replaced(source: Path, target: Path) -> None:
        events.append((Path(source), Path(target)))
        replace(source, target)

    monkeypatch.setattr(objects.os, "fsync", flushed)
    monkeypatch.setattr(objects.os, "replace", replaced)
    store.write("a/b.json", b"content")
    draft = events[0][0]
    assert events == [(draft, b"content"), (draft, tmp_path / "a/b.json"), (tmp_path / "a", None)]
    assert draft.parent == tmp_path / INCOMPLETE
    assert draft.name.startswith(f"{socket.gethostname()}-{os.getpid()}-")
    assert len(draft.name.rsplit("-", 1)[1]) == 32


def test_no_descriptor_is_left_open(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = FolderObjects(str(tmp_path))
    before = os.listdir("/proc/self/fd")
    store.write_tree("t", TREE)
    store.write("a", b"1")
    assert os.listdir("/proc/self/fd") == before

    def fail(_: int) -> None:
        raise OSError("a broken disk")

    monkeypatch.setattr(objects.os, "fsync", fail)
    with pytest.raises(OSError, match="broken"):
        atomic.flush(tmp_path)
    assert os.listdir("/proc/self/fd") == before


def test_a_path_that_another_run_fills_again_and_again_is_replaced_in_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another run writes the tree between the putting aside and the renaming, twice."""
    store, rename, others = FolderObjects(str(tmp_path)), os.rename, [b"1", b"2"]
    store.write_tree("t", OLD)

    def raced(source: Path, target: Path) -> None:
        rename(source, target)
        if Path(source) == tmp_path / "t" and others:
            (tmp_path / "t").mkdir()
            (tmp_path / "t/zarr.json").write_bytes(others.pop())

    monkeypatch.setattr(objects.os, "rename", raced)
    store.write_tree("t", NEW)
    assert contents(tmp_path / "t") == NEW
    assert others == []
    assert os.listdir(tmp_path / INCOMPLETE) == [], "all that was put aside is removed"


@pytest.mark.parametrize("error", [errno.EACCES, errno.EXDEV])
def test_a_path_that_cannot_be_renamed_to_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: int
) -> None:
    def fail(*_: object) -> None:
        raise OSError(error, "no")

    store = FolderObjects(str(tmp_path))
    with monkeypatch.context() as patch:
        patch.setattr(objects.os, "rename", fail)
        with pytest.raises(OSError, match="no") as raised:
            store.write_tree("t", NEW)
    assert raised.value.errno == error
    assert store.names("t") == []


@pytest.mark.parametrize("code", [errno.ENOTEMPTY, errno.EEXIST])
def test_both_errors_of_a_full_folder_are_handled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int) -> None:
    store, rename = FolderObjects(str(tmp_path)), os.rename
    store.write_tree("t", OLD)

    def renamed(source: Path, target: Path) -> None:
        if Path(target).exists():
            raise OSError(code, "not empty")
        rename(source, target)

    monkeypatch.setattr(objects.os, "rename", renamed)
    store.write_tree("t", NEW)
    assert contents(tmp_path / "t") == NEW
