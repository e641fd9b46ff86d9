"""Corpora over a bad line: what arrives is right, is fetched once, and lands below its root and nowhere else."""

from __future__ import annotations

import errno
import hashlib
import io
import os
import shutil
import stat
import sys
import tarfile
import tempfile
import threading
import time
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mir_models.errors import MirlitonError
from pipelines.cli.main import main
from storage import archives, downloads, fetching
from storage.catalogue import LOADERS
from storage.datasets import maps
from storage.downloads import GB, Remote, check, download, missing, needed

SIZE = 300_000
CONTENT = np.random.default_rng(0).bytes(SIZE)
HOMEPAGE = "https://corpus.example"
ELSEWHERE = f"{tempfile.gettempdir()}/mirliton-evil-{os.getpid()}"
FILES = {"corpus/a.wav": b"a" * 50_000, "corpus/deep/b.mid": b"b" * 70, "read me.txt": b""}


@dataclass
class Answer:
    """How the server answers one request."""

    status: int = 200
    content: bytes = CONTENT
    cut: int | None = None
    """Bytes of the body after which the connection drops."""
    ranges: bool = True
    shift: int = 0
    """Bytes by which a range begins elsewhere than asked."""
    length: bool = True
    span: bool = True
    """Whether a part says which part it is."""
    heeds_version: bool = True
    stalls: bool = False
    headers: dict[str, str] = field(default_factory=lambda: {"ETag": '"1"'})


class Site(BaseHTTPRequestHandler):
    """A server of one file under any name, with its next answers, what it was asked and how much it has sent."""

    answers: list[Answer] = []  # noqa: RUF012
    asked: list[dict[str, str]] = []  # noqa: RUF012
    sent = 0
    stalled = threading.Event()
    root = ""

    def do_GET(self) -> None:
        answer = Site.answers.pop(0) if Site.answers else Answer()
        Site.asked.append({name.lower(): value for name, value in self.headers.items()})
        start, status = self._start(answer), answer.status
        if start and start >= len(answer.content):
            status, body = 416, b""
            span = f"bytes */{len(answer.content)}"
        else:
            first = start + answer.shift if start else 0
            status = 206 if start and status == 200 else status
            body, span = answer.content[first:], f"bytes {first}-{len(answer.content) - 1}/{len(answer.content)}"
        Site.sent += len(body[: answer.cut])
        self.send_response(status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        if start and answer.span:
            self.send_header("Content-Range", span)
        if answer.length:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[: answer.cut])
        if answer.stalls:
            Site.stalled.wait(5)

    def _start(self, answer: Answer) -> int:
        version = self.headers.get("If-Range")
        stale = answer.heeds_version and version and version not in answer.headers.values()
        if not answer.ranges or stale or "Range" not in self.headers:
            return 0
        return int(self.headers["Range"].removeprefix("bytes=").rstrip("-"))

    def log_message(self, *told: Any) -> None:
        """Nothing."""


@pytest.fixture(scope="module", autouse=True)
def server() -> Iterator[None]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Site)
    server.daemon_threads = True
    Site.root = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that has heard nothing, no proxy, and no waiting for the disks of others."""
    plan()
    monkeypatch.setenv("NO_PROXY", "*")
    monkeypatch.setattr(os, "sync", lambda: None)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "outside" / "root"


def plan(*answers: Answer) -> None:
    Site.answers, Site.asked, Site.sent = list(answers), [], 0
    Site.stalled.clear()


def remote(content: bytes = CONTENT, name: str = "notes.bin", **changes: Any) -> Remote:
    """A file of the server; its checksum is that of `content`."""
    values = {"checksum": f"sha256:{hashlib.sha256(content).hexdigest()}", "size": len(content), **changes}
    return Remote(f"{Site.root}/files/{name}?download=1", **values)


def get(each: Remote, root: Path) -> list[float]:
    """Download one file; returns the seconds that were waited between attempts."""
    pauses: list[float] = []
    download([each], root, homepage=HOMEPAGE, sleep=pauses.append)
    return pauses


def seen(root: Path) -> dict[str, bytes]:
    """Files below the root that are not the downloads' own."""
    paths = (path for path in sorted(root.rglob("*")) if path.is_file())
    found = {path.relative_to(root).as_posix(): path.read_bytes() for path in paths}
    return {name: content for name, content in found.items() if not name.startswith(".downloads")}


def packed(files: dict[str, bytes], name: str) -> bytes:
    """An archive of files, in the format that its name tells."""
    archive = io.BytesIO()
    if name.endswith(".zip"):
        with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as opened:
            for path, content in files.items():
                opened.writestr(path, content)
        return archive.getvalue()
    mode = {"gz": "w:gz", "tgz": "w:gz", "bz2": "w:bz2", "xz": "w:xz", "tar": "w"}[name.rsplit(".", 1)[-1]]
    with tarfile.open(fileobj=archive, mode=mode) as opened:
        for path, content in files.items():
            entry = tarfile.TarInfo(path)
            entry.size = len(content)
            opened.addfile(entry, io.BytesIO(content))
    return archive.getvalue()


def serve(archive: bytes, name: str, **changes: Any) -> Remote:
    plan(Answer(content=archive))
    return remote(archive, name, **changes)


# The line.


@pytest.mark.parametrize("algorithm", ["sha256", "sha1", "md5"])
def test_a_file_is_fetched_once(root: Path, algorithm: str) -> None:
    each = remote(checksum=f"{algorithm}:{hashlib.new(algorithm, CONTENT).hexdigest()}", folder="sub/folder")
    assert missing([each], root) == [each]
    assert get(each, root) == []
    assert seen(root) == {"sub/folder/notes.bin": CONTENT}
    assert missing([each], root) == []
    get(each, root)
    assert len(Site.asked) == 1
    assert Site.asked[0]["accept-encoding"] == "identity", "a compressed answer has no ranges"
    assert sorted(path.name for path in (root / ".downloads").glob("notes*")) == ["notes.bin.done"]


def test_a_line_that_drops_often_is_taken_up_where_it_dropped(root: Path) -> None:
    plan(*(Answer(cut=90_000) for _ in range(3)))
    assert get(remote(), root) == [1.0, 1.0, 1.0], "every attempt brought it further"
    assert seen(root) == {"notes.bin": CONTENT}
    assert Site.sent <= SIZE + 3 * fetching.CHUNK
    starts = [int(asked.get("range", "bytes=0-")[6:-1]) for asked in Site.asked]
    assert starts == sorted(set(starts))
    assert [asked.get("if-range") for asked in Site.asked] == [None, '"1"', '"1"', '"1"']


@pytest.mark.parametrize("dated", [{}, {"Last-Modified": "Sat, 01 Jan 2022 00:00:00 GMT"}], ids=["", "dated"])
def test_a_weak_tag_is_not_asked_for(root: Path, dated: dict[str, str]) -> None:
    plan(*[Answer(headers={"ETag": 'W/"1"', **dated}, cut=200_000)] * 2)
    get(remote(), root)
    assert Site.asked[1].get("if-range") == dated.get("Last-Modified")
    assert seen(root) == {"notes.bin": CONTENT}


@pytest.mark.parametrize(
    "second",
    [
        Answer(ranges=False),
        Answer(shift=1),
        Answer(shift=-7),
        Answer(status=503),
        Answer(status=429),
        Answer(span=False),
        Answer(length=False, cut=100),
    ],
    ids=["no ranges", "too late", "too early", "busy", "too many", "206 without a range", "no length"],
)
def test_an_odd_answer_to_a_range_does_not_spoil_the_file(root: Path, second: Answer) -> None:
    plan(Answer(cut=150_000), second)
    get(remote(), root)
    assert seen(root) == {"notes.bin": CONTENT}


@pytest.mark.parametrize("cut", [None, 1, 65_536, 299_999])
def test_a_server_that_tells_no_length_is_measured_by_the_published_size(root: Path, cut: int | None) -> None:
    plan(Answer(length=False, cut=cut))
    assert len(get(remote(), root)) == (cut is not None)
    assert seen(root) == {"notes.bin": CONTENT}


@pytest.mark.parametrize("size", [SIZE + 1234, SIZE - 1234])
def test_a_published_size_may_be_rounded_where_the_server_tells_it(root: Path, size: int) -> None:
    plan(Answer(cut=200_000), Answer(cut=50_000))
    get(remote(size=size), root)
    assert len(Site.asked) == 3, "it is known to be whole without asking"
    assert seen(root) == {"notes.bin": CONTENT}


def test_a_server_that_falls_silent_is_asked_again(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "TIMEOUT", (1.0, 0.2))
    plan(Answer(cut=150_000, stalls=True))
    began = time.monotonic()
    assert get(remote(), root) == [1.0]
    assert time.monotonic() - began < 4, "before the server lets go"
    Site.stalled.set()
    assert seen(root) == {"notes.bin": CONTENT}


@pytest.mark.parametrize("heeds_version", [True, False])
def test_two_versions_of_a_file_are_never_spliced(root: Path, heeds_version: bool) -> None:
    other = CONTENT[::-1]
    changed = Answer(content=other, headers={"ETag": '"2"'}, heeds_version=heeds_version)
    plan(Answer(cut=200_000), changed, changed)
    get(remote(other), root)
    assert seen(root) == {"notes.bin": other}


def test_a_version_is_remembered_by_the_next_call(root: Path) -> None:
    plan(Answer(cut=200_000))
    with pytest.raises(KeyboardInterrupt):
        download([remote()], root, homepage=HOMEPAGE, sleep=_interrupt)
    get(remote(), root)
    assert Site.asked[1]["if-range"] == '"1"'
    assert Site.sent <= SIZE + fetching.CHUNK


@settings(max_examples=40, deadline=None)
@given(st.integers(0, SIZE + 5), st.booleans())
@example(SIZE + 1, True)
@example(SIZE, True)
def test_a_killed_download_of_any_length_goes_on(have: int, ranges: bool) -> None:
    plan(Answer(ranges=ranges))
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        (root / ".downloads").mkdir()
        (root / ".downloads/notes.bin.part").write_bytes((CONTENT + b"beyond")[:have])
        get(remote(), root)
        assert seen(root) == {"notes.bin": CONTENT}
    if ranges and have <= SIZE:
        assert Site.sent == SIZE - have
    assert len(Site.asked) == 1 + (ranges and have > SIZE) - (have == SIZE)


def test_a_busy_server_is_asked_again_with_growing_patience(root: Path) -> None:
    plan(*(Answer(status=status) for status in (503, 500, 429, 504)))
    assert get(remote(), root) == [1.0, 2.0, 4.0, 8.0]


def test_patience_has_an_end_and_keeps_what_arrived(root: Path) -> None:
    plan(Answer(cut=200_000), *[Answer(status=503)] * 100)
    pauses: list[float] = []
    with pytest.raises(MirlitonError, match=rf"7 times in a row: HTTP 503.*goes on from there; or see {HOMEPAGE}"):
        download([remote()], root, homepage=HOMEPAGE, sleep=pauses.append)
    assert pauses == [1, 1, 2, 4, 8, 16, 32]
    plan()
    get(remote(), root)
    assert Site.sent <= SIZE - 200_000 + fetching.CHUNK


def test_a_server_that_never_comes_further_is_given_up(root: Path) -> None:
    plan(Answer(cut=100_000), *[Answer(ranges=False, cut=cut) for cut in (50_000, 80_000)] * 50)
    with pytest.raises(MirlitonError, match="7 times in a row"):
        get(remote(), root)
    assert len(Site.asked) == 8


@pytest.mark.parametrize("status", [401, 403, 404, 410])
def test_a_refusal_is_a_sentence_with_the_homepage(root: Path, status: int) -> None:
    plan(Answer(status=status))
    with pytest.raises(MirlitonError, match=rf"HTTP {status} .*see {HOMEPAGE}"):
        get(remote(), root)
    assert len(Site.asked) == 1


def test_no_server_is_a_sentence(root: Path) -> None:
    each = Remote("http://127.0.0.1:1/notes.bin", remote().checksum, SIZE)
    with pytest.raises(MirlitonError, match="ConnectionError"):
        get(each, root)


def test_a_redirect_leads_to_no_local_file(root: Path) -> None:
    plan(Answer(status=302, headers={"Location": "file:///etc/passwd"}))
    with pytest.raises(MirlitonError, match="file:///etc/passwd"):
        get(remote(), root)


def test_a_corrupted_byte_is_found_and_not_built_upon(root: Path) -> None:
    wrong = CONTENT[:1000] + bytes([CONTENT[1000] ^ 1]) + CONTENT[1001:]
    plan(Answer(content=wrong))
    with pytest.raises(MirlitonError) as caught:
        get(remote(), root)
    assert remote().checksum in str(caught.value)
    assert hashlib.sha256(wrong).hexdigest() in str(caught.value)
    assert HOMEPAGE in str(caught.value)
    assert seen(root) == {}
    get(remote(), root)
    assert seen(root) == {"notes.bin": CONTENT}


def test_a_new_version_of_a_corpus_replaces_the_old(root: Path) -> None:
    get(remote(), root)
    plan(Answer(content=b"new"))
    get(remote(b"new"), root)
    assert seen(root) == {"notes.bin": b"new"}


def test_the_bars_hear_of_megabytes(root: Path) -> None:
    from storage.progress import Progress, watched_by

    content, heard = bytes(3_500_000), []
    plan(Answer(content=content))
    with watched_by(heard.append):
        get(remote(content), root)
    assert [told.done for told in heard] == [1, 2, 3, 4]
    assert {(told.stage, told.total) for told in heard} == {("fetching notes.bin", 4)}
    assert all(isinstance(told, Progress) for told in heard)


# The disk.


def test_a_full_disk_is_found_before_the_first_byte(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(downloads.shutil, "disk_usage", lambda path: SimpleNamespace(free=2 * GB))
    each = remote(name="a.zip", size=2 * GB, unpacked=3 * GB)
    with pytest.raises(MirlitonError, match=r"5\.00 GB free below .*2\.00 GB available"):
        get(each, root)
    assert Site.asked == []


def test_room_is_counted_file_by_file(root: Path) -> None:
    plain, archive, unknown = (
        remote(size=10, name="plain"),
        remote(size=100, unpacked=150, name="a.zip"),
        remote(size=30, name="b.tgz"),
    )
    assert needed([], root) == 0
    assert needed([plain], root) == 10
    assert needed([archive], root) == 250
    assert needed([unknown], root) == 60, "taken to be as large as the archive"
    assert needed([plain, archive, unknown], root) == 10 + 250, "the archive goes before the last is fetched"
    (root / ".downloads").mkdir(parents=True)
    (root / ".downloads/a.zip.part").write_bytes(bytes(40))
    assert needed([archive], root) == 210


# Archives.


@pytest.mark.parametrize("name", ["a.zip", "A.ZIP", "a.tar", "a.tar.gz", "a.tgz", "a.tar.bz2", "a.tar.xz"])
def test_an_archive_is_unpacked_and_goes(root: Path, name: str) -> None:
    archive = packed(FILES, name.lower())
    plan(Answer(content=archive, headers={"Content-Encoding": "gzip"} if name == "a.tar.gz" else {}))
    get(remote(archive, name, unpacked=50_070, folder="v1"), root)
    assert seen(root) == {f"v1/{path}": content for path, content in FILES.items()}
    assert sorted(path.name for path in (root / ".downloads").glob(f"{name}*")) == [f"{name}.done"]


def test_archives_share_folders_and_leave_the_users_own_files(root: Path) -> None:
    (root / "corpus").mkdir(parents=True)
    (root / "corpus/own.txt").write_bytes(b"mine")
    (root / "corpus/a.wav").write_bytes(b"half")
    first, second = packed(FILES, ".zip"), packed({"corpus/deep/c.mid": b"c"}, ".tar")
    plan(Answer(content=first), Answer(content=second))
    download([remote(first, "1.zip"), remote(second, "2.tar")], root, homepage=HOMEPAGE)
    assert seen(root) == FILES | {"corpus/own.txt": b"mine", "corpus/deep/c.mid": b"c"}


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
    get(serve(packed(FILES, ".zip"), "a.zip"), root)
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
    assert len(Site.asked) == 1


def tar_with(kind: bytes, name: str = "corpus/evil", target: str = "") -> bytes:
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w:gz") as opened:
        entry = tarfile.TarInfo(name)
        entry.type, entry.linkname = kind, target
        opened.addfile(entry)
    return archive.getvalue()


def zip_with(mode: int, *, flags: int = 0) -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as opened:
        entry = zipfile.ZipInfo("corpus/evil")
        entry.create_system, entry.external_attr = 3, (mode | 0o644) << 16
        opened.writestr(entry, b"/etc/passwd")
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
    assert len(seen(root)["a"]) == 1_400_000


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
        patch.setattr(module, step, _interrupt)
        patch.setattr(downloads.shutil, "rmtree", lambda *_, **__: None)  # A killed process cleans nothing.
        with pytest.raises(KeyboardInterrupt):
            get(each, root)
    assert seen(root) == {}
    get(each, root)
    assert seen(root) == {f"v1/{path}": content for path, content in FILES.items()}
    assert len(Site.asked) == 1
    assert not list((root / ".downloads").glob("*.unpacking"))


def test_the_disk_holds_the_corpus_before_the_marker_says_so(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    each, flushed = serve(packed(FILES, ".zip"), "a.zip"), []
    monkeypatch.setattr(os, "sync", lambda: flushed.append((seen(root), missing([each], root))))
    get(each, root)
    assert flushed == [(FILES, [each])]


def test_two_downloads_into_one_root_do_not_mix(root: Path) -> None:
    with downloads._alone(root), pytest.raises(MirlitonError, match="no other download"):
        get(remote(), root)
    get(remote(), root)


# The contract.


def test_a_loader_names_files_that_can_be_fetched_safely() -> None:
    for loader in LOADERS.entries().values():
        for each in downloads.remotes(loader, loader.Options()):
            check(each)


def test_options_may_select_the_files() -> None:
    loader = SimpleNamespace(DOWNLOADS=(remote(),), downloads=lambda options: (remote(name=options),))
    assert [each.name for each in downloads.remotes(loader, "small.zip")] == ["small.zip"]
    assert downloads.remotes(SimpleNamespace(DOWNLOADS=(remote(),)), None) == (remote(),)
    assert downloads.remotes(SimpleNamespace(), None) == ()


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"checksum": ""}, "checksum"),
        ({"checksum": "sha256:12"}, "checksum"),
        ({"checksum": "crc32:" + "0" * 32}, "checksum"),
        ({"checksum": "md5:" + "0" * 31 + "\n"}, "checksum"),
        ({"size": 0}, "size"),
        ({"unpacked": -1}, "size"),
        ({"folder": "../up"}, "folder"),
        ({"folder": "/abs"}, "folder"),
        ({"folder": ".downloads"}, "folder"),
        ({"url": "ftp://corpus.example/a.zip"}, "http"),
        ({"url": "file:///etc/passwd"}, "http"),
        ({"url": "https://corpus.example/"}, "file name"),
        ({"url": "https://corpus.example/files/%2e%2e"}, "file name"),
        ({"url": "https://corpus.example/..%5Ca.zip"}, "file name"),
        ({"url": "https://corpus.example/.."}, "file name"),
    ],
)
def test_a_file_declared_wrongly_is_refused_before_anything_is_asked(
    root: Path, change: dict[str, Any], word: str
) -> None:
    right = {"url": "https://corpus.example/a.zip", "checksum": remote().checksum, "size": 1}
    check(Remote(**right))
    with pytest.raises(MirlitonError, match=f"Expected .*{word}.* Received"):
        get(Remote(**right | change), root)
    assert not root.exists()


def test_two_files_of_one_name_are_refused(root: Path) -> None:
    with pytest.raises(MirlitonError, match="different names"):
        download([remote(), remote(folder="b")], root, homepage=HOMEPAGE)


# The command.


@pytest.fixture
def mirliton(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """``mirliton download maps`` with one file to fetch; what is typed at the prompt comes first."""

    def run(typed: str, *arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr(maps, "DOWNLOADS", (remote(),), raising=False)
        monkeypatch.setattr(sys, "argv", ["mirliton", "download", *map(str, arguments)])
        monkeypatch.setattr(sys, "stdin", io.StringIO(typed))
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = capfd.readouterr()
        return int(ended.value.code or 0), " ".join(out.split()), err

    return run


@pytest.mark.parametrize("typed", ["", "n\n", "\n", "maybe\n"])
def test_without_the_licence_nothing_is_fetched(mirliton: Any, root: Path, typed: str) -> None:
    code, out, err = mirliton(typed, "maps", "--root", root)
    assert code == 1
    assert maps.LICENCE in out
    assert maps.HOMEPAGE in out
    assert "Multipitch estimation" in out
    assert "accepted" in err
    assert "--accept-licence" in err
    assert Site.asked == []
    assert not root.exists()


@pytest.mark.parametrize(("typed", "flags"), [("y\n", ()), ("", ("--accept-licence",))])
def test_with_the_licence_the_corpus_is_fetched_once(mirliton: Any, root: Path, typed: str, flags: tuple[str]) -> None:
    code, out, err = mirliton(typed, "maps", "--root", root, *flags)
    assert (code, err) == (0, "")
    assert out.index(maps.LICENCE) < out.index("is complete. Next: mirliton add NAME --loader maps")
    assert seen(root) == {"notes.bin": CONTENT}
    code, out, _ = mirliton("", "maps", "--root", root)
    assert code == 0
    assert "accept" not in out
    assert len(Site.asked) == 1


def test_a_corpus_of_the_users_own_has_nothing_to_fetch(mirliton: Any, root: Path) -> None:
    code, _, err = mirliton("", "folder", "--root", root)
    assert code == 1
    assert "publish for download" in err


def _interrupt(*_: object, **__: object) -> None:
    raise KeyboardInterrupt
