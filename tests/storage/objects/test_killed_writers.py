"""Writers that are killed: whatever they wrote is old, gone or new, never half."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from storage.objects import objects
from storage.objects.objects import INCOMPLETE, FolderObjects
from tests.storage.objects.example_trees import NEW, OLD, TREE, Killed, contents


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
        found = contents(store.root / "s")
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
