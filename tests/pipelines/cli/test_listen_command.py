"""What ``mirliton listen`` refuses before it serves, what it offers, and how it ends."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from starlette.applications import Starlette

from pipelines.cli import listen as command
from pipelines.servers import recording_jobs
from tests.end_to_end.test_ui import free_port, until
from tests.pipelines.cli.energy_network import export
from tests.pipelines.cli.test_commands import CHECKOUT, Command, mirliton

__all__ = ["mirliton"]
TASK = "piano_transcription"


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What would be served, and where."""
    found: dict[str, Any] = {}

    def run(app: Starlette, **settings: Any) -> None:
        found.update(settings, app=app)

    monkeypatch.setattr(uvicorn, "run", run)
    monkeypatch.setattr(command.signal, "signal", lambda *_: None)
    return found


def test_the_included_network_is_offered_on_loopback(mirliton: Command, served: dict[str, Any]) -> None:
    port = free_port()
    printed = mirliton("listen", "--port", port).out
    assert f"Page: http://127.0.0.1:{port}" in printed
    assert re.search(rf"{TASK}: \w+ \(included\)", printed)
    assert (served["host"], served["port"]) == ("127.0.0.1", port)
    assert not [thread for thread in recording_jobs.threading.enumerate() if thread.name == "recordings"]


def test_a_folder_of_an_export_is_offered(mirliton: Command, served: dict[str, Any], tmp_path: Path) -> None:
    folder = export(tmp_path / "model").folder
    assert f"({folder})" in mirliton("listen", TASK, "--model", folder, "--port", free_port()).out


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (("piano_transcribtion",), "did you mean piano_transcription?"),
        (("genre_recognition",), "Expected a model for genre_recognition. Received: none. Remedy: mirliton train"),
        (("--model", "lstm"), "Expected a task beside the model. Received: none. Remedy: mirliton listen"),
        ((TASK, "--model", "lstm", "--from-run", "x"), "Expected --model or --from-run. Received: both."),
        ((TASK, "--model", "lstn"), "did you mean lstm"),
        ((TASK, "--model", "lstm"), "lstm"),
        ((TASK, "--model", "./none"), "none"),
        (("--port", "70000"), "Expected a port from 1 to 65535. Received: 70000."),
        (("--allow-host", "https://a.example"), "Expected a name or an address, with a port or without."),
        (("--host", "203.0.113.1"), "Expected a free port on 203.0.113.1."),
    ],
)
def test_what_cannot_be_served_is_refused(
    mirliton: Command, served: dict[str, Any], arguments: tuple[str, ...], error: str
) -> None:
    port = () if "--port" in arguments else ("--port", free_port())
    assert error in mirliton("listen", *arguments, *port).error
    assert not served


def test_a_taken_port_is_refused(mirliton: Command, served: dict[str, Any]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert f"Expected a free port on 127.0.0.1. Received: {port} (" in mirliton("listen", "--port", port).error


def test_at_every_address_it_warns(mirliton: Command, served: dict[str, Any]) -> None:
    printed = mirliton("listen", "--host", "0.0.0.0", "--port", free_port())
    assert "there is no login; see docs/security.md" in printed.out


@pytest.mark.parametrize("wish", [signal.SIGINT, pytest.param(signal.SIGTERM, marks=pytest.mark.slow)])
def test_a_signal_ends_it_without_an_error_or_a_file(tmp_path: Path, wish: signal.Signals) -> None:
    port, scratch = free_port(), tmp_path / "scratch"
    scratch.mkdir()
    settings = {"MIRLITON_HOME": str(tmp_path / "home"), "TMPDIR": str(scratch)}
    process = subprocess.Popen(
        [sys.executable, "-m", "pipelines.cli.main", "listen", "--port", str(port)],
        cwd=CHECKOUT,
        env={**os.environ, **settings},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    try:
        until(lambda: is_up(port), 60, pause=0.1)
        assert list(scratch.iterdir())
        process.send_signal(wish)
        printed, _ = process.communicate(timeout=20)
    finally:
        process.kill()
    assert (process.returncode, list(scratch.iterdir())) == (0, [])
    assert "Traceback" not in printed


def is_up(port: int) -> bool:
    """Whether the page is there."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/api/page", timeout=5) as response:
            return bool(json.load(response)["models"])
    except OSError:
        return False
