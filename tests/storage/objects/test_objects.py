"""Objects: the same promises in a folder and behind a URL, and nothing half-written in either."""

from __future__ import annotations

import errno
import os
import socket
import subprocess
import sys
import threading
import uuid
from contextlib import suppress
from pathlib import Path

import pytest

from storage.objects import atomic, objects
from storage.objects.objects import INCOMPLETE, FolderObjects, Objects, RemoteObjects, open_objects
from tests.storage.json_record import JsonRecord

TREE = {"x/c/0/0": b"rows", "x/zarr.json": b"{}", "zarr.json": b"{}"}


@pytest.fixture(params=["folder", "url", "bucket"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Objects:
    if request.param == "bucket":
        return open_objects(request.getfixturevalue("bucket_address"))
    return open_objects(str(tmp_path) if request.param == "folder" else f"memory://{uuid.uuid4().hex}/store")


def test_an_address_decides_where_objects_lie(tmp_path: Path) -> None:
    assert isinstance(open_objects(str(tmp_path)), FolderObjects)
    assert isinstance(open_objects("memory://bucket"), RemoteObjects)


def test_what_is_written_is_read_and_replaced(store: Objects) -> None:
    store.write("a/b.json", b"1")
    store.write("a/b.json", b"22")
    assert store.read("a/b.json") == b"22"


def test_what_is_not_there_is_nothing(store: Objects) -> None:
    assert store.read("a/b.json") is None
    assert store.names("a") == []
    assert store.trees("a") == []
    store.delete("a")
    store.sweep()


def test_names_are_those_directly_below_sorted(store: Objects) -> None:
    for key in ("s/b/x", "s/a", "s/c/y/z"):
        store.write(key, b"")
    assert store.names("s") == ["a", "b", "c"]


def test_a_tree_replaces_the_one_before_it(store: Objects) -> None:
    store.write_tree("s/t", {"old": b"", **TREE})
    store.write_tree("s/t", TREE)
    assert store.names("s/t") == ["x", "zarr.json"]
    assert store.read("s/t/x/c/0/0") == b"rows"


def test_a_tree_without_its_last_object_is_not_there(store: Objects) -> None:
    store.write_tree("s/whole", TREE)
    store.write("s/killed/x/c/0/0", b"rows")
    store.write("s/zarr.json", b"{}")
    assert store.trees("s") == ["whole"]


def test_deleting_takes_an_object_or_all_below(store: Objects) -> None:
    store.write_tree("s/t", TREE)
    store.write("s/u.json", b"")
    store.delete("s/t")
    store.delete("s/u.json")
    assert store.read("s/t/zarr.json") is None
    assert store.names("s") == []


def test_zarr_reads_what_was_written(store: Objects) -> None:
    import numpy as np
    import zarr

    from storage.tracks.arrays import Stored, pack

    rows = np.arange(2100, dtype=np.float32).reshape(700, 3)
    store.write_tree("s/t", pack(Stored(JsonRecord({"track": "t"}), {"rows": rows})))
    group = zarr.open_group(store.zarr_store("s/t"), mode="r")
    np.testing.assert_array_equal(group["rows"][...], rows)


def test_a_url_gets_the_visible_object_last(monkeypatch: pytest.MonkeyPatch) -> None:
    store, written = open_objects(f"memory://{uuid.uuid4().hex}"), []
    monkeypatch.setattr(store, "write", lambda key, content: written.append(key))
    store.write_tree("t", TREE)
    assert written[-1] == "t/zarr.json"


def test_a_url_loses_the_visible_object_first() -> None:
    store, removed = open_objects(f"memory://{uuid.uuid4().hex}/s"), []
    store.write_tree("t", TREE)
    files = store.files
    store.files = type("Watched", (), {
        "exists": lambda self, path: files.exists(path),
        "rm_file": lambda self, path: (removed.append(path), files.rm_file(path)),
        "rm": lambda self, path, recursive: (removed.append(path), files.rm(path, recursive=recursive)),
    })()  # fmt: skip
    store.delete("t")
    assert [path.rsplit("/", 1)[-1] for path in removed] == ["zarr.json", "t"]


@pytest.mark.parametrize("fails", ["fsync", "rename", "replace"])
def test_a_writer_that_dies_leaves_the_old_or_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fails: str
) -> None:
    store = FolderObjects(str(tmp_path))
    store.write("a.json", b"old")

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(objects.os, fails, die)
        if fails != "rename":
            with pytest.raises(KeyboardInterrupt):
                store.write("a.json", b"new")
        if fails != "replace":
            with pytest.raises(KeyboardInterrupt):
                store.write_tree("t", TREE)
    assert store.read("a.json") == b"old"
    assert store.names("t") == []
    assert store.names("") == [INCOMPLETE, "a.json"]


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


def test_an_address_is_kept_as_it_was_given_but_for_the_last_slash_of_a_url(tmp_path: Path) -> None:
    assert open_objects(f"{tmp_path}/x").address == f"{tmp_path}/x"
    assert open_objects("memory://bucket/store/").address == "memory://bucket/store"


def test_a_store_is_not_another_one(store: Objects) -> None:
    store.write("a/b", b"1")
    below = open_objects(f"{store.address}/a")
    assert below.read("b") == b"1"
    assert below.names("") == ["b"]
    assert open_objects(f"{store.address}-2").read("a/b") is None


def test_the_objects_of_a_tree_are_exactly_those_given(store: Objects) -> None:
    store.write_tree("deep/s/t", TREE)
    for key, content in TREE.items():
        assert store.read(f"deep/s/t/{key}") == content
    assert store.names("deep/s/t") == ["x", "zarr.json"]
    assert store.names("deep/s/t/x") == ["c", "zarr.json"]
    assert store.trees("deep/s") == ["t"]
    assert set(store.names("")) - {INCOMPLETE} == {"deep"}


def test_trees_are_sorted_and_files_are_none(store: Objects) -> None:
    for name in ("b", "a@1", "c~2"):
        store.write_tree(f"s/{name}", TREE)
    store.write("s/zarr.json", b"{}")
    store.write("s/a.records.json", b"{}")
    store.write("s/deep/er/zarr.json", b"{}")
    assert store.trees("s") == ["a@1", "b", "c~2"]


def test_deleting_leaves_what_only_begins_alike(store: Objects) -> None:
    for name in ("t", "t2"):
        store.write_tree(f"s/{name}", TREE)
    store.write("s/t.json", b"1")
    store.delete("s/t")
    assert store.names("s") == ["t.json", "t2"]
    assert store.trees("s") == ["t2"]


def test_a_zarr_store_is_for_reading_below_its_prefix(store: Objects) -> None:
    import zarr

    from storage.tracks.arrays import Stored, pack

    store.write_tree("s/t", pack(Stored(JsonRecord({"track": "t"}))))
    zarr_store = store.zarr_store("s/t")
    assert zarr_store.read_only
    assert dict(zarr.open_group(zarr_store, mode="r").attrs) == {"track": "t"}
    with pytest.raises(FileNotFoundError):
        zarr.open_group(store.zarr_store("s/u"), mode="r")


OLD = {"x/c/0/0": b"old", "gone": b"old", "zarr.json": b"old"}
NEW = {"x/c/0/0": b"new", "zarr.json": b"new"}


class Killed(BaseException):
    """The process ends here."""


def _contents(root: Path) -> dict[str, bytes]:
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def _killed_at(monkeypatch: pytest.MonkeyPatch, step: int) -> None:
    """Let the process be killed at the `step`-th call that changes the disk."""
    calls = 0

    def counted(call: object) -> object:
        def called(*arguments: object) -> object:
            nonlocal calls
            calls += 1
            if calls > step:
                raise Killed
            return call(*arguments)  # type: ignore[operator]

        return called

    for name in ("fsync", "rename", "replace"):
        monkeypatch.setattr(objects.os, name, counted(getattr(os, name)))
    monkeypatch.setattr(objects, "_remove", counted(objects._remove))


def test_a_tree_is_old_or_gone_or_new_wherever_its_writer_is_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []
    for step in range(100):
        store = FolderObjects(str(tmp_path / str(step)))
        store.write_tree("s/t", OLD)
        with monkeypatch.context() as patch:
            _killed_at(patch, step)
            try:
                store.write_tree("s/t", NEW)
                seen.append("end")
                break
            except Killed:
                pass
        found = _contents(store.root / "s")
        seen.append({b"old": "old", b"new": "new", b"": "gone"}[found.get("t/zarr.json", b"")])
        expected = {"old": OLD, "new": NEW, "gone": {}}[seen[-1]]
        assert found == {f"t/{key}": content for key, content in expected.items()}
        assert store.trees("s") == (["t"] if expected else [])
        assert store.names("") == [INCOMPLETE, "s"]
    # Two files and four folders are flushed and the old tree is in the way: it is put aside, then the new one renamed.
    assert seen == ["old"] * 8 + ["gone"] + ["new"] * 2 + ["end"]
    assert os.listdir(store.root / INCOMPLETE) == []


def test_an_object_is_old_or_new_wherever_its_writer_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store, seen = FolderObjects(str(tmp_path)), []
    for step in range(4):
        store.write("s/a.json", b"old")
        with monkeypatch.context() as patch:
            _killed_at(patch, step)
            try:
                store.write("s/a.json", b"new")
            except Killed:
                seen.append(store.read("s/a.json"))
        assert store.names("s") == ["a.json"]
    assert seen == [b"old", b"old", b"new"]
    assert store.read("s/a.json") == b"new"


@pytest.mark.parametrize(("lives", "left"), [(0, OLD), (1, None), (2, None), (3, None), (4, NEW)])
def test_behind_a_url_a_tree_is_visible_only_when_it_is_complete(
    monkeypatch: pytest.MonkeyPatch, lives: int, left: dict[str, bytes] | None
) -> None:
    """The change is four steps: what makes the old tree visible goes, its rest, and two objects are written."""
    store = open_objects(f"memory://{uuid.uuid4().hex}/store")
    store.write_tree("s/t", OLD)
    files, steps = store.files, []

    class Dying:
        def __getattr__(self, name: str) -> object:
            if name in ("pipe_file", "rm", "rm_file"):
                if len(steps) == lives:
                    raise Killed
                steps.append(name)
            return getattr(files, name)

    with monkeypatch.context() as patch:
        patch.setattr(store, "files", Dying())
        with suppress(Killed):
            store.write_tree("s/t", NEW)
    assert steps == ["rm_file", "rm", "pipe_file", "pipe_file"][:lives]
    assert store.trees("s") == (["t"] if left else [])
    if left:
        assert {key: store.read(f"s/t/{key}") for key in OLD} == {key: left.get(key) for key in OLD}


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
    assert _contents(tmp_path / "t") == NEW
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
    assert _contents(tmp_path / "t") == NEW


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


def test_a_url_is_listed_anew_each_time() -> None:
    """File systems of object stores remember listings; another run may have written since."""
    store, calls = RemoteObjects("memory://bucket/store"), []

    class Files:
        def ls(self, path: str, **how: object) -> list[str]:
            calls.append((path, how))
            return [f"{path}/b/", f"{path}/a"]

    store.files = Files()
    assert store.names("s") == ["a", "b"]
    assert calls == [(f"{store.root}/s", {"detail": False, "refresh": True})]


def test_trees_behind_a_url_are_read_in_one_request() -> None:
    store, calls = open_objects(f"memory://{uuid.uuid4().hex}/store"), []
    for name in ("b", "a"):
        store.write_tree(f"s/{name}", TREE)
    store.write("s/killed/x", b"")
    cat = store.files.cat

    class Files:
        def ls(self, *arguments: object, **how: object) -> object:
            return files.ls(*arguments, **how)

        def cat(self, paths: list[str], on_error: str) -> object:
            calls.append([path.removeprefix(f"{store.root}/") for path in paths])
            return cat(paths, on_error=on_error)

    files, store.files = store.files, Files()
    assert store.trees("s") == ["a", "b"]
    assert calls == [["s/a/zarr.json", "s/b/zarr.json", "s/killed/zarr.json"]]
    assert store.trees("nothing") == []
    assert len(calls) == 1
