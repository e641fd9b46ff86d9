"""Atomic writes: a file has the old content or the new one, and no draft is left beside it."""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from mir_models.errors import MirlitonError
from storage.objects import atomic
from storage.objects.atomic import draft_of, flush, rename_new, write_atomic, write_durable
from storage.objects.outputs import write_output


def test_a_file_and_its_folders_are_made_and_replaced(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "page.html"
    write_atomic(path, b"first, and longer")
    write_atomic(path, b"second")
    assert path.read_bytes() == b"second"
    assert os.listdir(path.parent) == ["page.html"]


@pytest.mark.parametrize("name", ["x.json", "x" * 255, "☃" * 85])
def test_the_draft_lies_beside_the_file_under_a_short_hidden_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    renamed = []
    replace = os.replace
    monkeypatch.setattr(atomic.os, "replace", lambda *paths: (renamed.append(paths), replace(*paths)))
    write_atomic(tmp_path / name, b"1")
    [(draft, path)] = renamed
    assert path == tmp_path / name
    assert draft.parent == tmp_path
    assert re.fullmatch(rf"\.{os.getpid()}-[0-9a-f]{{8}}\.draft", draft.name)
    assert (tmp_path / name).read_bytes() == b"1"


def test_two_drafts_of_one_file_are_two(tmp_path: Path) -> None:
    with draft_of(tmp_path / "x") as first, draft_of(tmp_path / "x") as second:
        first.write_bytes(b"1")
        second.write_bytes(b"2")
    assert (tmp_path / "x").read_bytes() == b"1", "the block that ends last"
    assert os.listdir(tmp_path) == ["x"]


@pytest.mark.parametrize("links", [True, False])
def test_a_new_file_replaces_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, links: bool) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.EPERM, "no hard links here")

    if not links:
        monkeypatch.setattr(atomic.os, "link", refuse)
    for name in ("a", "b"):
        (tmp_path / name).write_bytes(name.encode())
    rename_new(tmp_path / "a", tmp_path / "new")
    assert (tmp_path / "new").read_bytes() == b"a"
    with pytest.raises(FileExistsError):
        rename_new(tmp_path / "b", tmp_path / "new")
    assert (tmp_path / "new").read_bytes() == b"a"
    (tmp_path / "link").symlink_to("nowhere")
    with pytest.raises(FileExistsError):
        rename_new(tmp_path / "b", tmp_path / "link")
    assert not (tmp_path / "nowhere").exists()


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
            write_atomic(path, b"new")
    assert os.listdir(tmp_path) == ([] if before is None else ["x.json"])
    assert before is None or path.read_bytes() == before


def test_a_durable_file_is_flushed_before_and_its_folder_after_the_rename(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps: list[str] = []
    fsync, replace = os.fsync, os.replace
    monkeypatch.setattr(os, "fsync", lambda fd: (steps.append("fsync"), fsync(fd))[1])
    monkeypatch.setattr(os, "replace", lambda *paths: (steps.append("replace"), replace(*paths))[1])
    write_atomic(tmp_path / "a" / "x", b"1", durable=True)
    assert steps == ["fsync", "replace", "fsync"]
    assert (tmp_path / "a" / "x").read_bytes() == b"1"


def test_a_draft_is_no_file_of_its_kind_and_is_gone_after_an_error(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_bytes(b"old")

    def write_half() -> None:
        with draft_of(tmp_path / "x.json") as draft:
            draft.write_bytes(b"new")
            assert list(tmp_path.glob("*.json")) == [tmp_path / "x.json"]
            raise KeyError

    with pytest.raises(KeyError):
        write_half()
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"x.json": b"old"}


def test_what_is_flushed_to_the_disk_is_the_content_in_a_folder_that_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    flushed: list[bytes] = []
    monkeypatch.setattr(os, "fsync", lambda fd: flushed.append(Path(f"/proc/self/fd/{fd}").read_bytes()))
    write_durable(tmp_path / "a" / "b" / "x", b"content")
    assert flushed == [b"content"]


def test_no_descriptor_stays_open(tmp_path: Path) -> None:
    before = os.listdir("/proc/self/fd")
    write_durable(tmp_path / "x", b"1")
    flush(tmp_path)
    assert os.listdir("/proc/self/fd") == before


def test_durable_is_a_keyword(tmp_path: Path) -> None:
    with pytest.raises(TypeError):
        write_atomic(tmp_path / "x", b"1", True)  # type: ignore[misc]


def _pipe(path: Path) -> None:
    os.mkfifo(path)


def _link_to_a_pipe(path: Path) -> None:
    os.mkfifo(path.with_name("pipe"))
    path.symlink_to("pipe")


@pytest.mark.parametrize("make", [_pipe, _link_to_a_pipe])
def test_what_is_no_file_is_never_replaced(tmp_path: Path, make: Callable[[Path], None]) -> None:
    path = tmp_path / "null"
    make(path)
    before = (os.lstat(path), os.stat(path), sorted(os.listdir(tmp_path)))
    with pytest.raises(
        MirlitonError, match=r"a file that can be replaced, or none\. Received: .*null, which is a device"
    ):
        write_atomic(path, b"1")
    with pytest.raises(MirlitonError, match="which is a device"):
        write_output(path, b"1", overwrite=True)
    assert (os.lstat(path), os.stat(path), sorted(os.listdir(tmp_path))) == before


def test_a_link_that_leads_nowhere_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "x").symlink_to("gone")
    write_atomic(tmp_path / "x", b"1")
    assert not (tmp_path / "x").is_symlink()
    assert (tmp_path / "x").read_bytes() == b"1"
