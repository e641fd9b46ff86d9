"""Trees written together: flushed together, each whole or not there, in a folder and behind a URL."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from storage.objects import bucket_objects, objects
from storage.objects.bucket import Bucket
from storage.objects.bucket_objects import BucketObjects
from storage.objects.objects import INCOMPLETE, FolderObjects, Objects, Tree, open_objects, write_trees

CONTENTS = {"x/c.0": b"rows", "x/zarr.json": b"{}", "zarr.json": b"{}"}


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> BucketObjects:
    """A bucket in memory."""
    memory = pytest.importorskip("obstore.store", reason="mirliton[s3] is not installed").MemoryStore()
    connection = Bucket("s3://memory", "memory", memory)
    monkeypatch.setattr(bucket_objects, "connect", lambda _: connection)
    return BucketObjects("s3://memory")


@pytest.fixture(params=["folder", "url", "bucket"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Objects:
    if request.param == "bucket":
        return request.getfixturevalue("bucket")
    return open_objects(str(tmp_path) if request.param == "folder" else f"memory://{uuid.uuid4().hex}/store")


def test_all_are_there_and_what_they_replace_is_not(store: Objects) -> None:
    store.write_tree("s/a@1", CONTENTS)
    store.write_tree("s/b@1", CONTENTS)
    write_trees(store, [Tree("s/a@2", CONTENTS, ["s/a@1"]), Tree("s/c@1", {**CONTENTS, "y": b"1"})])
    assert store.trees("s") == store.names("s") == ["a@2", "b@1", "c@1"]
    assert store.read("s/a@2/x/c.0") == b"rows"
    assert store.names("s/c@1") == ["x", "y", "zarr.json"]


def test_no_trees_change_nothing(store: Objects) -> None:
    write_trees(store, [])
    assert store.names("") == []


def test_a_folder_is_flushed_once_before_the_first_is_seen_and_once_after_the_last(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    events: list[str] = []
    fsync, rename = os.fsync, os.rename

    def flushed(descriptor: int) -> None:
        events.append("flushed " + os.readlink(f"/proc/self/fd/{descriptor}"))
        fsync(descriptor)

    def renamed(source: Path, target: Path) -> None:
        events.append(f"renamed {Path(target).name}")
        rename(source, target)

    monkeypatch.setattr(objects.os, "fsync", flushed)
    monkeypatch.setattr(objects.os, "rename", renamed)
    write_trees(FolderObjects(str(tmp_path)), [Tree("s/a", CONTENTS), Tree("t/b", CONTENTS)])
    kinds = [event.partition(" ")[0] for event in events]
    assert kinds == ["flushed"] * 10 + ["renamed"] * 2 + ["flushed"] * 2
    assert len({event for event in events if INCOMPLETE in event}) == 10
    assert sorted(events[-2:]) == [f"flushed {tmp_path}/s", f"flushed {tmp_path}/t"]


def test_a_tree_is_on_disk_before_the_next_is_asked_for(tmp_path: Path) -> None:
    """The trees of a task may be larger together than its memory."""
    drafts = []

    def trees() -> Iterator[Tree]:
        for number in range(3):
            drafts.append(len(list((tmp_path / INCOMPLETE).glob("*/zarr.json"))))
            yield Tree(f"s/{number}", CONTENTS)

    (tmp_path / INCOMPLETE).mkdir()
    write_trees(FolderObjects(str(tmp_path)), trees())
    assert drafts == [0, 1, 2]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_where_one_cannot_be_made_none_is_and_no_draft_is_left(tmp_path: Path, error: type[BaseException]) -> None:
    store = FolderObjects(str(tmp_path))
    store.write_tree("s/a@1", CONTENTS)

    def trees() -> Iterator[Tree]:
        yield Tree("s/a@2", CONTENTS, ["s/a@1"])
        raise error("no track")

    with pytest.raises(error, match="no track"):
        write_trees(store, trees())
    assert store.trees("s") == ["a@1"]
    assert os.listdir(tmp_path / INCOMPLETE) == []


class Killed(Exception):
    """Stands in for the end of a process."""


def _write_until(store: Objects, monkeypatch: pytest.MonkeyPatch, key: str, contents: dict[str, bytes]) -> None:
    """Write the tree s/a, by a process that is killed before it writes `key`."""
    write = store.write

    def killed(at: str, content: bytes) -> None:
        if at.endswith(key):
            raise Killed
        write(at, content)

    with monkeypatch.context() as patch:
        patch.setattr(store, "write", killed)
        with pytest.raises(Killed):
            store.write_tree("s/a", contents)


@pytest.mark.parametrize("key", CONTENTS)
@pytest.mark.parametrize("store", ["url", "bucket"], indirect=True)
def test_a_late_writer_that_is_killed_leaves_a_tree_as_it_was(
    store: Objects, monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    store.write_tree("s/a", CONTENTS)
    _write_until(store, monkeypatch, f"s/a/{key}", CONTENTS)
    assert store.trees("s") == ["a"]
    assert {key: store.read(f"s/a/{key}") for key in CONTENTS} == CONTENTS


@pytest.mark.parametrize("store", ["url", "bucket"], indirect=True)
def test_a_writer_that_begins_while_another_ends_empties_no_tree(
    store: Objects, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = store.write

    def after_another_began(at: str, content: bytes) -> None:
        if at == "s/a/zarr.json":
            monkeypatch.setattr(store, "write", write)
            _write_until(store, monkeypatch, "x/c.0", CONTENTS)
        write(at, content)

    monkeypatch.setattr(store, "write", after_another_began)
    store.write_tree("s/a", CONTENTS)
    assert store.trees("s") == ["a"]
    assert {key: store.read(f"s/a/{key}") for key in CONTENTS} == CONTENTS


@pytest.mark.parametrize("store", ["url", "bucket"], indirect=True)
def test_a_tree_of_other_content_is_hidden_while_it_is_replaced(
    store: Objects, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.write_tree("s/a", CONTENTS | {"old": b"1"})
    other = CONTENTS | {"zarr.json": b"[]"}
    _write_until(store, monkeypatch, "s/a/x/zarr.json", other)
    assert store.trees("s") == []
    store.write_tree("s/a", other)
    assert store.trees("s") == ["a"]
    assert store.names("s/a") == ["x", "zarr.json"]
