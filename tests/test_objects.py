"""Objects: the same promises in a folder and behind a URL, and nothing half-written in either."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import uuid
from pathlib import Path

import pytest

from storage import objects
from storage.objects import INCOMPLETE, FolderObjects, Objects, RemoteObjects, open_objects

TREE = {"x/c/0/0": b"rows", "x/zarr.json": b"{}", "zarr.json": b"{}"}


@pytest.fixture(params=["folder", "url"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Objects:
    return open_objects(str(tmp_path) if request.param == "folder" else f"memory://{uuid.uuid4().hex}/store")


def test_an_address_decides_where_objects_lie(tmp_path: Path) -> None:
    assert isinstance(open_objects(str(tmp_path)), FolderObjects)
    assert isinstance(open_objects("memory://bucket"), RemoteObjects)


def test_what_is_written_is_read_and_replaced(place: Objects) -> None:
    place.write("a/b.json", b"1")
    place.write("a/b.json", b"22")
    assert place.read("a/b.json") == b"22"


def test_what_is_not_there_is_nothing(place: Objects) -> None:
    assert place.read("a/b.json") is None
    assert place.names("a") == []
    assert place.trees("a") == []
    place.delete("a")
    place.sweep()


def test_names_are_those_directly_below_sorted(place: Objects) -> None:
    for key in ("s/b/x", "s/a", "s/c/y/z"):
        place.write(key, b"")
    assert place.names("s") == ["a", "b", "c"]


def test_a_tree_replaces_the_one_before_it(place: Objects) -> None:
    place.write_tree("s/t", {"old": b"", **TREE})
    place.write_tree("s/t", TREE)
    assert place.names("s/t") == ["x", "zarr.json"]
    assert place.read("s/t/x/c/0/0") == b"rows"


def test_a_tree_without_its_last_object_is_not_there(place: Objects) -> None:
    place.write_tree("s/whole", TREE)
    place.write("s/killed/x/c/0/0", b"rows")
    place.write("s/zarr.json", b"{}")
    assert place.trees("s") == ["whole"]


def test_deleting_takes_an_object_or_all_below(place: Objects) -> None:
    place.write_tree("s/t", TREE)
    place.write("s/u.json", b"")
    place.delete("s/t")
    place.delete("s/u.json")
    assert place.read("s/t/zarr.json") is None
    assert place.names("s") == []


def test_zarr_reads_what_was_written(place: Objects) -> None:
    import numpy as np
    import zarr

    from storage.arrays import Stored, pack

    rows = np.arange(2100, dtype=np.float32).reshape(700, 3)
    place.write_tree("s/t", pack(Stored({"track": "t"}, {"rows": rows})))
    group = zarr.open_group(place.zarr_store("s/t"), mode="r")
    np.testing.assert_array_equal(group["rows"][...], rows)


def test_a_url_gets_the_visible_object_last(monkeypatch: pytest.MonkeyPatch) -> None:
    place, written = open_objects(f"memory://{uuid.uuid4().hex}"), []
    monkeypatch.setattr(place, "write", lambda key, content: written.append(key))
    place.write_tree("t", TREE)
    assert written[-1] == "t/zarr.json"


def test_a_url_loses_the_visible_object_first() -> None:
    place, removed = open_objects(f"memory://{uuid.uuid4().hex}/s"), []
    place.write_tree("t", TREE)
    files = place.files
    place.files = type("Watched", (), {
        "exists": lambda self, path: files.exists(path),
        "rm_file": lambda self, path: (removed.append(path), files.rm_file(path)),
        "rm": lambda self, path, recursive: (removed.append(path), files.rm(path, recursive=recursive)),
    })()  # fmt: skip
    place.delete("t")
    assert [path.rsplit("/", 1)[-1] for path in removed] == ["zarr.json", "t"]


@pytest.mark.parametrize("fails", ["fsync", "rename", "replace"])
def test_a_writer_that_dies_leaves_the_old_or_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fails: str
) -> None:
    place = FolderObjects(str(tmp_path))
    place.write("a.json", b"old")

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(objects.os, fails, die)
        if fails != "rename":
            with pytest.raises(KeyboardInterrupt):
                place.write("a.json", b"new")
        if fails != "replace":
            with pytest.raises(KeyboardInterrupt):
                place.write_tree("t", TREE)
    assert place.read("a.json") == b"old"
    assert place.names("t") == []
    assert place.names("") == [INCOMPLETE, "a.json"]


def test_every_file_and_folder_is_flushed_before_it_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place, events = FolderObjects(str(tmp_path)), []
    fsync, rename = os.fsync, os.rename

    def flushed(descriptor: int) -> None:
        events.append(os.readlink(f"/proc/self/fd/{descriptor}"))
        fsync(descriptor)

    def renamed(source: Path, target: Path) -> None:
        events.append(f"renamed {Path(source).name}")
        rename(source, target)

    monkeypatch.setattr(objects.os, "fsync", flushed)
    monkeypatch.setattr(objects.os, "rename", renamed)
    place.write_tree("t", TREE)
    at = next(index for index, event in enumerate(events) if event.startswith("renamed"))
    draft = tmp_path / INCOMPLETE / events[at].removeprefix("renamed ")
    parts = {draft, draft / "x", draft / "x/c", draft / "x/c/0", *(draft / key for key in TREE)}
    assert {str(part) for part in parts} <= set(events[:at])
    assert events[at + 1 :] == [str(tmp_path)]


def _dead_pid() -> int:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    return ended.pid


def test_sweeping_takes_what_the_dead_left_and_nothing_else(tmp_path: Path) -> None:
    place, machine, dead = FolderObjects(str(tmp_path)), socket.gethostname(), _dead_pid()
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
    place.sweep()
    place.sweep()
    assert {what for what, draft in drafts.items() if draft.exists()} == {"alive", "elsewhere"}


def test_two_writers_of_one_tree_both_succeed(tmp_path: Path) -> None:
    errors: list[BaseException] = []

    def write() -> None:
        place = FolderObjects(str(tmp_path))
        try:
            for _ in range(60):
                place.write_tree("t", TREE)
                place.delete("u")
                place.write_tree("u", TREE)
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
