"""Objects behind a URL: a tree is visible when it is complete, and listings are never remembered."""

from __future__ import annotations

import uuid
from contextlib import suppress

import pytest

from storage.objects.objects import RemoteObjects, open_objects
from tests.storage.objects.example_trees import NEW, OLD, TREE, Killed


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


@pytest.mark.parametrize(("lives", "left"), [(0, OLD), (1, None), (2, None), (3, OLD | NEW), (4, NEW)])
def test_behind_a_url_a_tree_is_visible_only_when_it_is_complete(
    monkeypatch: pytest.MonkeyPatch, lives: int, left: dict[str, bytes] | None
) -> None:
    """The change is four steps: what makes the old tree visible goes, two objects are written, and its rest goes."""
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
    assert steps == ["rm", "pipe_file", "pipe_file", "rm"][:lives]
    assert store.trees("s") == (["t"] if left else [])
    if left:
        assert {key: store.read(f"s/t/{key}") for key in OLD} == {key: left.get(key) for key in OLD}


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
