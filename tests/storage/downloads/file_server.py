"""A server of files over a bad line, on this machine: what it answers next, what it was asked, what it has sent."""

from __future__ import annotations

import hashlib
import io
import os
import tarfile
import tempfile
import threading
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from storage.downloads.download import Remote, download

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


def interrupt(*_: object, **__: object) -> None:
    raise KeyboardInterrupt
