"""Archives of a download: they are unpacked below its root and nowhere else, atomically."""

from __future__ import annotations

import errno
import io
import os
import shutil
import stat
import tarfile
import zipfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from mir_models.errors import MirlitonError
from storage.downloads import archives
from storage.downloads import download as downloads
from storage.downloads.download import download, missing
from tests.storage.downloads import file_server
from tests.storage.downloads.file_server import (
    CONTENT,
    ELSEWHERE,
    FILES,
    HOMEPAGE,
    Response,
    Site,
    get,
    interrupt,
    packed,
    plan,
    remote,
    seen,
    serve,
)

fresh, root, server = file_server.fresh, file_server.root, file_server.server


@pytest.mark.parametrize("name", ["a.zip", "A.ZIP", "a.tar", "a.tar.gz", "a.tgz", "a.tar.bz2", "a.tar.xz"])
def test_an_archive_is_unpacked_and_goes(root: Path, name: str) -> None:
    archive = packed(FILES, name.lower())
    plan(Response(content=archive, headers={"Content-Encoding": "gzip"} if name == "a.tar.gz" else {}))
    get(remote(archive, name, unpacked=50_070, folder="v1"), root)
    assert seen(root) == {f"v1/{path}": content for path, content in FILES.items()}
    assert sorted(path.name for path in (root / ".downloads").glob(f"{name}*")) == [f"{name}.done"]


def test_archives_share_folders_and_leave_the_users_own_files(root: Path) -> None:
    (root / "corpus").mkdir(parents=True)
    (root / "corpus/own.txt").write_bytes(b"mine")
    (root / "corpus/a.wav").write_bytes(FILES["corpus/a.wav"])
    first, second = packed(FILES, ".zip"), packed({"corpus/deep/c.mid": b"c"}, ".tar")
    plan(Response(content=first), Response(content=second))
    download([remote(first, "1.zip"), remote(second, "2.tar")], root, homepage=HOMEPAGE)
    assert seen(root) == FILES | {"corpus/own.txt": b"mine", "corpus/deep/c.mid": b"c"}


def test_a_file_of_the_users_own_is_not_replaced_by_one_of_the_corpus(root: Path) -> None:
    (root / "corpus/deep").mkdir(parents=True)
    (root / "corpus/deep/b.mid").write_bytes(b"corrected")
    each = serve(packed(FILES, ".zip"), "a.zip")
    with pytest.raises(MirlitonError, match=f"other contents in {root / 'corpus/deep/b.mid'}. Remedy: .*--overwrite"):
        get(each, root)
    assert seen(root) == {"corpus/deep/b.mid": b"corrected"}, "no other file is put beside it"
    get(each, root, overwrite=True)
    assert seen(root) == FILES


def test_what_a_killed_merge_left_is_no_file_of_another_origin(root: Path) -> None:
    (root / "corpus").mkdir(parents=True)
    (root / "corpus/a.wav").write_bytes(FILES["corpus/a.wav"])
    get(serve(packed(FILES, ".zip"), "a.zip"), root)
    assert seen(root) == FILES


@pytest.fixture
def disk(root: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Another disk, to which the root has a link ``corpus``: nothing can be renamed to it from elsewhere."""
    disk = root.parent / "disk"
    disk.mkdir(parents=True)
    root.mkdir()
    (root / "corpus").symlink_to(disk)

    def onto_disk(source: Any, target: Any, move: Callable[[Any, Any], None]) -> None:
        on = [Path(path).parent.resolve().is_relative_to(disk) for path in (source, target)]
        if on[0] != on[1]:
            raise OSError(errno.EXDEV, os.strerror(errno.EXDEV), str(source), None, str(target))
        move(source, target)

    for name in ("rename", "replace"):
        monkeypatch.setattr(os, name, partial(onto_disk, move=getattr(os, name)))
    return disk


def test_an_archive_goes_to_another_disk_where_a_folder_is_a_link_to_it(root: Path, disk: Path) -> None:
    (disk / "a.wav").write_bytes(b"half")
    get(serve(packed(FILES, ".zip"), "a.zip"), root, overwrite=True)
    assert {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*.txt")} == {"read me.txt": b""}
    assert {str(path.relative_to(disk)): path.read_bytes() for path in disk.rglob("*") if path.is_file()} == {
        "a.wav": FILES["corpus/a.wav"],
        "deep/b.mid": FILES["corpus/deep/b.mid"],
    }
    assert not list((root / ".downloads").glob("a.zip.[!d]*"))


def test_a_file_goes_to_another_disk(root: Path, disk: Path) -> None:
    get(remote(folder="corpus/v1"), root)
    assert (disk / "v1/notes.bin").read_bytes() == CONTENT
    assert [path.name for path in (disk / "v1").iterdir()] == ["notes.bin"]


def test_a_file_with_a_name_of_254_bytes_goes_to_another_disk(root: Path, disk: Path) -> None:
    name = "a" * 250 + ".wav"
    get(serve(packed({f"corpus/{name}": b"a"}, ".zip"), "a.zip"), root)
    assert [path.name for path in disk.iterdir()] == [name]


def test_a_kill_while_copying_to_another_disk_leaves_nothing_under_its_own_name(
    root: Path, disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def half(source: Path, target: Path) -> None:
        target.write_bytes(source.read_bytes()[:10])
        raise KeyboardInterrupt

    each = serve(packed(FILES, ".zip"), "a.zip")
    with monkeypatch.context() as patch:
        patch.setattr(archives.shutil, "copyfile", half)
        for killed in (False, True):
            if killed:
                patch.setattr(archives, "_remove", lambda path: None)  # A killed process cleans nothing.
            with pytest.raises(KeyboardInterrupt):
                get(each, root)
            assert all(path.name.startswith(".") for path in disk.iterdir())
            assert killed == bool(list(disk.iterdir()))
    (disk / ".deep.part/deeper").mkdir(parents=True)
    get(each, root)
    assert sorted(str(path.relative_to(disk)) for path in disk.rglob("*")) == ["a.wav", "deep", "deep/b.mid"]
    assert len(Site.requests) == 1


def tar_with(kind: bytes, name: str = "corpus/evil", target: str = "") -> bytes:
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w:gz") as archive_file:
        entry = tarfile.TarInfo(name)
        entry.type, entry.linkname = kind, target
        archive_file.addfile(entry)
    return archive.getvalue()


def zip_with(mode: int, *, flags: int = 0) -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as archive_file:
        entry = zipfile.ZipInfo("corpus/evil")
        entry.create_system, entry.external_attr = 3, (mode | 0o644) << 16
        archive_file.writestr(entry, b"/etc/passwd")
    content = bytearray(archive.getvalue())
    content[content.index(b"PK\1\2") + 8] |= flags
    return bytes(content)


EVIL = {
    "parent.tar": packed({"good": b"", "../evil": b"!"}, ".tar"),
    "parent deep.tgz": packed({"a/../../evil": b"!"}, ".tgz"),
    "absolute.tar": packed({ELSEWHERE: b"!"}, ".tar"),
    "double slash.tar": packed({f"/{ELSEWHERE}": b"!"}, ".tar"),
    "folder.tar.gz": tar_with(tarfile.DIRTYPE, "../evil"),
    "symlink.tar.gz": tar_with(tarfile.SYMTYPE, target="../../.."),
    "symlink inside.tgz": tar_with(tarfile.SYMTYPE, target="good"),
    "hardlink.tar.gz": tar_with(tarfile.LNKTYPE, target="/etc/passwd"),
    "device.tgz": tar_with(tarfile.CHRTYPE),
    "block.tgz": tar_with(tarfile.BLKTYPE),
    "fifo.tgz": tar_with(tarfile.FIFOTYPE),
    "own.tar": packed({".Downloads/other.done": b"!"}, ".tar"),
    "parent.zip": packed({"good": b"", "../evil": b"!"}, ".zip"),
    "absolute.zip": packed({ELSEWHERE: b"!"}, ".zip"),
    "backslash.zip": packed({"..\\evil": b"!"}, ".zip"),
    "backslash inside.zip": packed({"corpus\\evil": b"!"}, ".zip"),
    "symlink.zip": zip_with(stat.S_IFLNK),
    "fifo.zip": zip_with(stat.S_IFIFO),
    "encrypted.zip": zip_with(stat.S_IFREG, flags=1),
    "bomb.zip": packed({"good": b"", "bomb evil": bytes(4_000_000)}, ".zip"),
    "bomb.tar.bz2": packed({"half evil": bytes(900_000), "evil": bytes(900_000)}, ".tar.bz2"),
}


@pytest.mark.parametrize("name", EVIL)
def test_an_evil_member_is_refused_by_name_and_nothing_is_written_outside(root: Path, name: str) -> None:
    each = serve(EVIL[name], name.replace(" ", "%20"), unpacked=1_000_000)
    with pytest.raises(MirlitonError, match=rf"files below one folder in {name}\. Received: '.*(evil|other\.done)"):
        get(each, root)
    written = {path for path in root.parent.parent.rglob("*") if path.is_file()}
    assert {path.parent for path in written} == {root / ".downloads"}
    assert not (root / f".downloads/{name}.unpacking").exists()
    assert not Path(ELSEWHERE).exists()
    assert missing([each], root) == [each]


def test_an_archive_somewhat_larger_than_declared_is_no_bomb(root: Path) -> None:
    archive = packed({"a": bytes(1_400_000)}, ".zip")
    get(serve(archive, "a.zip", unpacked=1_000_000), root)
    assert seen(root)["a"] == bytes(1_400_000)


@pytest.mark.parametrize("name", ["a.zip", "a.tar", "a.tgz", "a.tar.xz"])
def test_an_archive_that_cannot_be_read_is_a_sentence(root: Path, name: str) -> None:
    archive = packed(FILES, name)
    for broken in (archive[: len(archive) // 2], b"<html>no archive</html>"):
        with pytest.raises(MirlitonError, match=rf"an archive {name} that can be read[^\n]*{name}\.part"):
            get(serve(broken, name), root)
        assert seen(root) == {}
        shutil.rmtree(root)


@pytest.mark.parametrize(("module", "step"), [(archives, "_write"), (downloads, "merge")])
def test_a_kill_leaves_no_half_corpus_and_no_second_fetch(
    root: Path, monkeypatch: pytest.MonkeyPatch, module: Any, step: str
) -> None:
    each = serve(packed(FILES, ".tgz"), "a.tgz", folder="v1")
    with monkeypatch.context() as patch:
        patch.setattr(module, step, interrupt)
        patch.setattr(downloads.shutil, "rmtree", lambda *_, **__: None)  # A killed process cleans nothing.
        with pytest.raises(KeyboardInterrupt):
            get(each, root)
    assert seen(root) == {}
    get(each, root)
    assert seen(root) == {f"v1/{path}": content for path, content in FILES.items()}
    assert len(Site.requests) == 1
    assert not list((root / ".downloads").glob("*.unpacking"))


def test_the_corpus_is_flushed_before_the_marker_is_written(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    each, flushed = serve(packed(FILES, ".zip"), "a.zip"), []
    monkeypatch.setattr(os, "sync", lambda: flushed.append((seen(root), missing([each], root))))
    get(each, root)
    assert flushed == [(FILES, [each])]


def test_two_downloads_into_one_root_do_not_mix(root: Path) -> None:
    with downloads._single_download(root), pytest.raises(MirlitonError, match="no other download"):
        get(remote(), root)
    get(remote(), root)
