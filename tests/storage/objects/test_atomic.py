"""Whole files: the old content or the new one, and nothing beside it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from storage.objects import atomic
from storage.objects.atomic import write_whole


def test_a_file_and_its_folders_are_made_and_replaced(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "page.html"
    write_whole(path, b"first, and longer")
    write_whole(path, b"second")
    assert path.read_bytes() == b"second"
    assert os.listdir(path.parent) == ["page.html"]


def test_the_draft_lies_beside_the_file_under_a_hidden_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    renamed = []
    monkeypatch.setattr(atomic.os, "replace", lambda *paths: renamed.append(paths))
    write_whole(tmp_path / "x.json", b"1")
    assert renamed == [(tmp_path / f".x.json.{os.getpid()}", tmp_path / "x.json")]


@pytest.mark.parametrize("before", [b"old", None])
@pytest.mark.parametrize("fails", ["write", "rename"])
def test_a_writer_that_fails_leaves_the_old_and_no_draft(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, before: bytes | None, fails: str
) -> None:
    path = tmp_path / "x.json"
    if before is not None:
        path.write_bytes(before)

    def half(draft: Path, content: bytes) -> int:
        with open(draft, "wb") as file:
            file.write(content[:1])
        raise OSError("no space left")

    def fail(*_: object) -> None:
        raise OSError("no space left")

    with monkeypatch.context() as patch:
        if fails == "write":
            patch.setattr(Path, "write_bytes", half)
        else:
            patch.setattr(atomic.os, "replace", fail)
        with pytest.raises(OSError, match="no space left"):
            write_whole(path, b"new")
    assert os.listdir(tmp_path) == ([] if before is None else ["x.json"])
    assert before is None or path.read_bytes() == before
