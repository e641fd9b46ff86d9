"""A local file server with planned responses (dropped connections, status codes, ranges) and its requests."""

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
class Response:
    """A planned response to one request."""

    status: int = 200
    content: bytes = CONTENT
    cut: int | None = None
    """Bytes of the body after which the connection drops."""
    ranges: bool = True
    shift: int = 0
    """Bytes by which a range begins after the requested position."""
    length: bool = True
    span: bool = True
    """Whether a partial response has ``Content-Range``."""
    heeds_version: bool = True
    stalls: bool = False
    headers: dict[str, str] = field(default_factory=lambda: {"ETag": '"1"'})


class Site(BaseHTTPRequestHandler):
    """A server of one file under any name: its next responses, the headers of its requests, the bytes it sent."""

    responses: list[Response] = []  # noqa: RUF012
    requests: list[dict[str, str]] = []  # noqa: RUF012
    sent = 0
    stalled = threading.Event()
    root = ""

    def do_GET(self) -> None:
        response = Site.responses.pop(0) if Site.responses else Response()
        Site.requests.append({name.lower(): value for name, value in self.headers.items()})
        start, status = self._start(response), response.status
        if start and start >= len(response.content):
            status, body = 416, b""
            span = f"bytes */{len(response.content)}"
        else:
            first = start + response.shift if start else 0
            status = 206 if start and status == 200 else status
            body, span = response.content[first:], f"bytes {first}-{len(response.content) - 1}/{len(response.content)}"
        Site.sent += len(body[: response.cut])
        self.send_response(status)
        for name, value in response.headers.items():
            self.send_header(name, value)
        if start and response.span:
            self.send_header("Content-Range", span)
        if response.length:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[: response.cut])
        if response.stalls:
            Site.stalled.wait(5)

    def _start(self, response: Response) -> int:
        version = self.headers.get("If-Range")
        stale = response.heeds_version and version and version not in response.headers.values()
        if not response.ranges or stale or "Range" not in self.headers:
            return 0
        return int(self.headers["Range"].removeprefix("bytes=").rstrip("-"))

    def log_message(self, *arguments: Any) -> None:
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
    """A server without requests, no proxy, and no flush of all disks."""
    plan()
    monkeypatch.setenv("NO_PROXY", "*")
    monkeypatch.setattr(os, "sync", lambda: None)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "outside" / "root"


def plan(*responses: Response) -> None:
    Site.responses, Site.requests, Site.sent = list(responses), [], 0
    Site.stalled.clear()


def remote(content: bytes = CONTENT, name: str = "notes.bin", **changes: Any) -> Remote:
    """A file of the server; its checksum is that of `content`."""
    values = {"checksum": f"sha256:{hashlib.sha256(content).hexdigest()}", "size": len(content), **changes}
    return Remote(f"{Site.root}/files/{name}?download=1", **values)


def get(each: Remote, root: Path, *, overwrite: bool = False) -> list[float]:
    """Download one file; returns the seconds that were waited between attempts."""
    pauses: list[float] = []
    download([each], root, homepage=HOMEPAGE, overwrite=overwrite, sleep=pauses.append)
    return pauses


def seen(root: Path) -> dict[str, bytes]:
    """Files below the root that are not the downloads' own."""
    paths = (path for path in sorted(root.rglob("*")) if path.is_file())
    found = {path.relative_to(root).as_posix(): path.read_bytes() for path in paths}
    return {name: content for name, content in found.items() if not name.startswith(".downloads")}


def packed(files: dict[str, bytes], name: str) -> bytes:
    """The bytes of an archive of files, in the format of its extension."""
    archive = io.BytesIO()
    if name.endswith(".zip"):
        with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as zip_file:
            for path, content in files.items():
                zip_file.writestr(path, content)
        return archive.getvalue()
    mode = {"gz": "w:gz", "tgz": "w:gz", "bz2": "w:bz2", "xz": "w:xz", "tar": "w"}[name.rsplit(".", 1)[-1]]
    with tarfile.open(fileobj=archive, mode=mode) as tar_file:
        for path, content in files.items():
            entry = tarfile.TarInfo(path)
            entry.size = len(content)
            tar_file.addfile(entry, io.BytesIO(content))
    return archive.getvalue()


def serve(archive: bytes, name: str, **changes: Any) -> Remote:
    plan(Response(content=archive))
    return remote(archive, name, **changes)


def interrupt(*_: object, **__: object) -> None:
    raise KeyboardInterrupt
