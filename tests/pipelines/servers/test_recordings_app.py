"""The API of the page of recordings over real connections: uploads and their limits, progress, results, refusals."""

from __future__ import annotations

import errno
import io
import json
import re
import threading
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np
import pytest
import soundfile

from assets.inference.offered_models import OfferedModel
from pipelines.servers import recordings_app
from pipelines.servers.model_worker import ModelWorker
from pipelines.servers.recording_jobs import ENDED, JobQueue
from pipelines.servers.recordings_app import PAGE, STATIC, RecordingsApp
from pipelines.servers.uploads import Limits
from tests.assets.inference.test_transcriber import transcriber
from tests.pipelines.servers.test_guard import asked, served
from tests.pipelines.servers.test_recording_jobs import until

SR, TASK = 22050, "piano_transcription"
LIMITS = Limits(bytes=1_000_000, seconds=12.0)
MODELS = {TASK: OfferedModel(TASK, "notes", "a stub", lambda: transcriber(0.9, 0.74))}


class Server:
    """The page, served; its worker waits at `gate`."""

    def __init__(self) -> None:
        self.gate = threading.Event()
        self.gate.set()
        worker = ModelWorker(MODELS, most_seconds=LIMITS.seconds, n_threads=1)

        def process(job: Any) -> Any:
            assert self.gate.wait(20)
            return worker.process(job)

        self.jobs = JobQueue(process, most_waiting=2)
        self.app = RecordingsApp(MODELS, self.jobs, LIMITS, "1.2.3").guarded(["page.example.org"])
        self.port = 0

    def ask(self, path: str, method: str = "GET", body: bytes = b"", **headers: str) -> tuple[int, Any, dict[str, str]]:
        """Status, body (JSON decoded) and headers of a response."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=20)
        connection.request(method, path, body or None, headers)
        response = connection.getresponse()
        content = response.read()
        connection.close()
        found = dict(response.getheaders())
        return response.status, json.loads(content) if "json" in found.get("content-type", "") else content, found

    def upload(self, body: bytes, name: str = "a.wav", task: str = TASK) -> tuple[int, Any]:
        """Status and document of an upload."""
        return self.ask(f"/api/recordings?task={task}&name={quote(name)}", "POST", body)[:2]

    def ended(self, id: str) -> dict[str, Any]:
        """The document of a job that has ended."""
        until(lambda: self.ask(f"/api/recordings/{id}")[1]["state"] in ENDED, 20)
        return self.ask(f"/api/recordings/{id}")[1]


@pytest.fixture
def server() -> Iterator[Server]:
    found = Server()
    with served(found.app) as found.port:
        yield found
    found.gate.set()
    found.jobs.stop()


def recording(seconds: float, *, form: str = "WAV") -> bytes:
    """A file of noise."""
    content = io.BytesIO()
    soundfile.write(content, 0.1 * np.random.default_rng(0).normal(size=round(seconds * SR)), SR, format=form)
    return content.getvalue()


def test_the_page_and_its_files_are_there(server: Server) -> None:
    status, page, headers = server.ask("/")
    assert (status, headers["content-type"]) == (200, "text/html; charset=utf-8")
    linked = re.findall(r'(?:src|href)="/static/([^"]+)"', page.decode())
    assert set(linked) | {"samples.js"} == set(STATIC)  # The last is loaded by microphone.js.
    for name in linked:
        assert server.ask(f"/static/{name}")[0] == 200
    assert server.ask("/static/listen.html")[0] == 404
    assert server.ask("/static/..%2fguard.py")[0] == 404


def test_nothing_is_loaded_from_elsewhere_and_nothing_in_the_page_is_inline(server: Server) -> None:
    _, page, headers = server.ask("/")
    assert "default-src 'self'" in headers["content-security-policy"]
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    text = page.decode()
    assert not re.search(r"<script(?![^>]* src=)|<style|\son\w+=|style=|https?://", text)
    assert PAGE[1].endswith("listen.html")


def test_models_and_limits_are_stated(server: Server) -> None:
    assert server.ask("/api/page")[1] == {
        "version": "1.2.3",
        "models": [{"task": TASK, "kind": "notes", "name": "a stub"}],
        "most_bytes": 1_000_000,
        "most_seconds": 12.0,
    }


def test_a_recording_is_transcribed(server: Server) -> None:
    status, job = server.upload(recording(10.0), "Étude.wav")
    assert (status, job["name"], job["task"]) == (201, "Étude.wav", TASK)
    done = server.ended(job["id"])
    assert (done["state"], done["error"], done["seconds"]) == ("done", "", 10.0)
    shown = server.ask(f"/api/recordings/{job['id']}/shown")[1]
    assert done["summary"].startswith(f"{len(shown['notes']['rows'])} notes, certainty 0.9")
    assert [each["name"] for each in done["files"]] == ["Étude.mid", "Étude.csv", "Étude.json"]
    status, midi, headers = server.ask(done["files"][0]["url"])
    assert (status, midi[:4]) == (200, b"MThd")
    assert headers["content-disposition"] == "attachment; filename*=utf-8''%C3%89tude.mid"
    assert headers["cache-control"] == "no-store"
    for url in (done["recording"], done["rendition"]):
        status, part, headers = server.ask(url, range="bytes=0-3")
        assert (status, part, headers["content-type"]) == (206, b"fLaC", "audio/flac")


def test_what_a_job_does_not_have_is_not_found(server: Server) -> None:
    _, job = server.upload(recording(1.0))
    server.ended(job["id"])
    one = f"/api/recordings/{job['id']}"
    assert server.ask(f"{one}/files/..%2f..%2fa.wav")[0] == 404
    assert server.ask(f"{one}/files/a.wav")[1]["error"].startswith("Expected a file of this recording.")
    for path in ("/api/recordings/none", "/api/recordings/none/shown", "/api/recordings/none/files/a.mid"):
        status, document, _ = server.ask(path)
        assert (status, document["error"][:21]) == (404, "Expected a recording.")
    assert server.ask("/api/recordings")[0] == 405
    assert server.ask("/elsewhere")[0] == 404


def test_what_is_no_recording_is_refused_at_once(server: Server) -> None:
    status, document = server.upload(b"no sound" * 1000)
    assert status == 422
    assert "a.wav" in document["error"]
    assert server.upload(b"") == (
        422,
        {"error": "Expected a recording. Received: no bytes. Remedy: send the file as the body of the request."},
    )
    assert files_of(server) == []


def test_what_is_too_large_or_too_long_is_refused(server: Server) -> None:
    status, document = server.upload(bytes(1_000_001))
    assert status == 413
    assert document["error"].startswith("Expected a file of at most 1 MB. Received: 1.0 MB or more.")
    status, document = server.upload(recording(13.0))
    assert status == 422
    assert document["error"].startswith("Expected a recording of at most 12 s. Received: 13 s in a.wav.")
    assert files_of(server) == []


def test_a_body_without_its_length_is_counted(server: Server) -> None:
    connection = HTTPConnection("127.0.0.1", server.port, timeout=20)
    connection.request("POST", "/api/recordings?name=a.wav", iter([bytes(600_000)] * 2))
    assert connection.getresponse().status == 413
    connection.close()
    assert files_of(server) == []


def test_an_upload_that_is_broken_off_leaves_nothing(server: Server) -> None:
    for _ in range(3):  # Where only two may wait.
        connection = HTTPConnection("127.0.0.1", server.port, timeout=20)
        connection.putrequest("POST", "/api/recordings?name=a.wav")
        connection.putheader("content-length", "1000")
        connection.endheaders(bytes(500))
        until(lambda: files_of(server))
        connection.close()
        until(lambda: not files_of(server))
    assert server.upload(recording(1.0))[0] == 201


def test_a_full_disk_is_named(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    async def receive(*_: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(recordings_app, "receive", receive)
    status, document = server.upload(recording(1.0))
    assert (status, document["error"][-24:]) == (507, "No space left on device.")


def files_of(server: Server) -> list[Path]:
    """All files that the server keeps."""
    return [path for path in server.jobs._root.rglob("*") if path.is_file()]


def test_a_task_that_is_not_offered_is_refused_with_the_nearest(server: Server) -> None:
    status, document = server.upload(recording(1.0), task="piano_transcribtion")
    assert status == 404
    assert "Remedy: did you mean piano_transcription? Else choose one of piano_transcription." in document["error"]


def test_when_too_many_wait_the_next_is_refused(server: Server) -> None:
    server.gate.clear()
    waiting = [server.upload(recording(1.0))[1]["id"] for _ in range(2)]
    status, document, headers = server.ask("/api/recordings", "POST", recording(1.0))
    assert (status, headers["retry-after"]) == (503, "10")
    assert document["error"].startswith("Expected fewer than 2 recordings that wait.")
    server.gate.set()
    for id in waiting:
        assert server.ended(id)["state"] == "done"
    assert server.upload(recording(1.0))[0] == 201


def test_a_recording_that_is_deleted_is_gone(server: Server) -> None:
    _, job = server.upload(recording(1.0))
    server.ended(job["id"])
    one = f"/api/recordings/{job['id']}"
    assert server.ask(one, "DELETE")[0] == 204
    assert server.ask(one)[0] == 404
    assert files_of(server) == []


def test_pages_of_others_are_refused(server: Server) -> None:
    for headers in ({"origin": "http://evil.example"}, {"host": "evil.example"}):
        for method, path in (("GET", "/"), ("POST", "/api/recordings"), ("DELETE", "/api/recordings/x")):
            assert asked(server.port, method, path, **headers)[0] == 403
    assert asked(server.port, "GET", "/", host="page.example.org")[0] == 200


def test_a_recording_that_ends_earlier_than_its_header_promises_is_transcribed_with_a_warning(server: Server) -> None:
    _, job = server.upload(recording(5.0)[: 2 * 3 * SR])
    done = server.ended(job["id"])
    assert done["state"] == "done"
    assert any("a.wav" in each for each in done["warnings"])
