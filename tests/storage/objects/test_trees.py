"""Trees written together: flushed together, each whole or not there, in a folder and behind a URL."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from storage.objects import objects
from storage.objects.objects import INCOMPLETE, FolderObjects, Objects, Tree, open_objects, write_trees

CONTENTS = {"x/c.0": b"rows", "x/zarr.json": b"{}", "zarr.json": b"{}"}


@pytest.fixture(params=["folder", "url"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Objects:
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


def test_where_one_cannot_be_made_none_is_and_no_draft_is_left(tmp_path: Path) -> None:
    store = FolderObjects(str(tmp_path))
    store.write_tree("s/a@1", CONTENTS)

    def trees() -> Iterator[Tree]:
        yield Tree("s/a@2", CONTENTS, ["s/a@1"])
        raise ValueError("no track")

    with pytest.raises(ValueError, match="no track"):
        write_trees(store, trees())
    assert store.trees("s") == ["a@1"]
    assert os.listdir(tmp_path / INCOMPLETE) == []
