"""Runs that failed are told to the log, to a command and to a web address."""

from __future__ import annotations

import json
import shlex
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any, ClassVar

import dagster as dg
import pytest

from mir_models.errors import MirlitonError
from pipelines.failure_notices import COMMAND, WEBHOOK, FailureNotice, failed_runs, send
from storage.models.addresses import DAGSTER_ADDRESS

NOTICE = FailureNotice("run-1", "train_x", "", "a finite training loss. Received: nan", "http://dagster/runs/run-1")


class Posts(BaseHTTPRequestHandler):
    """Keeps what is posted, and answers with a status."""

    bodies: ClassVar[list[Any]] = []
    status = 200

    def do_POST(self) -> None:
        self.bodies.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(self.status)
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def url() -> Iterator[str]:
    Posts.bodies.clear()
    server = HTTPServer(("127.0.0.1", 0), Posts)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/hook"
    server.shutdown()
    thread.join()
    server.server_close()


def keeping(path: Path, code: int = 0) -> str:
    """A command that writes its input to a file, and ends with a code."""
    program = (
        f"import sys; open({str(path)!r}, 'w').write(sys.stdin.read()); sys.stderr.write('no mail'); sys.exit({code})"
    )
    return shlex.join([sys.executable, "-c", program])


def test_command_and_address_get_the_notice_as_json(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(COMMAND, keeping(tmp_path / "notice"))
    monkeypatch.setenv(WEBHOOK, url)
    send(NOTICE)
    (posted,) = Posts.bodies
    assert posted == json.loads((tmp_path / "notice").read_text())
    assert (posted["run"], posted["job"], posted["reason"]) == ("run-1", "train_x", NOTICE.reason)
    assert posted["text"] == f"train_x failed: {NOTICE.reason} (http://dagster/runs/run-1)"


def test_without_a_setting_nothing_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(COMMAND, raising=False)
    monkeypatch.delenv(WEBHOOK, raising=False)
    send(NOTICE)


@pytest.mark.parametrize(
    ("command", "received"),
    [("no-such-program --x", "No such file"), ("'unclosed", "No closing quotation"), (None, "exit code 3: no mail")],
)
def test_a_command_that_fails_is_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str | None, received: str
) -> None:
    monkeypatch.setenv(COMMAND, command or keeping(tmp_path / "notice", 3))
    with pytest.raises(MirlitonError, match=rf"{COMMAND} to take a notice\. Received: .*{received}"):
        send(NOTICE)


def test_a_server_that_refuses_or_is_gone_is_reported(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(WEBHOOK, url)
    monkeypatch.setattr(Posts, "status", 403)
    with pytest.raises(MirlitonError, match=f"{WEBHOOK} to take a notice. Received: HTTP 403"):
        send(NOTICE)
    monkeypatch.setenv(WEBHOOK, "http://127.0.0.1:9/hook")
    with pytest.raises(MirlitonError, match=f"{WEBHOOK} to take a notice"):
        send(NOTICE)


def test_a_run_that_failed_is_reported_with_its_first_error_and_its_page(
    home: Path, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(WEBHOOK, url)
    monkeypatch.setenv(DAGSTER_ADDRESS, "http://dagster:3000/")

    @dg.op
    def failing() -> None:
        raise MirlitonError("a corpus", received="nothing", remedy="plug it in")

    @dg.job(partitions_def=dg.DynamicPartitionsDefinition(name="dataset"))
    def prepare() -> None:
        failing()

    with dg.DagsterInstance.ephemeral() as instance:
        instance.add_dynamic_partitions("dataset", ["demo"])
        done = prepare.execute_in_process(
            instance=instance,
            partition_key="demo",
            raise_on_error=False,
            run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
        )
        context = dg.build_run_status_sensor_context(
            sensor_name="failed_runs",
            dagster_event=done.get_run_failure_event(),
            dagster_instance=instance,
            dagster_run=done.dagster_run,
        ).for_run_failure()
        failed_runs(context)
    (posted,) = Posts.bodies
    assert (posted["job"], posted["dataset"]) == ("prepare", "demo")
    assert posted["reason"] == "Expected a corpus. Received: nothing. Remedy: plug it in."
    assert posted["address"] == f"http://dagster:3000/runs/{done.run_id}"
