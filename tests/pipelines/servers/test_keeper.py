"""Servers end with their keeper's standard input, with all they started, and what both leave is found by its mark."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import psutil

from pipelines.servers.keeper import Server, start_keeper
from pipelines.servers.left_behind import MARK, end_left_behind

SERVER = "import subprocess, sys, time; subprocess.Popen(['sleep', '600']); print('up', flush=True); time.sleep(600)"
CHECKOUT = Path(__file__).parents[3]


def environment(home: Path) -> dict[str, str]:
    """That of the servers of a home."""
    return {**os.environ, "PYTHONPATH": str(CHECKOUT), MARK: str(home)}


def marked(home: Path) -> list[psutil.Process]:
    """The processes of a home's servers."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get(MARK) == str(home) and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        except psutil.Error:
            continue
    return found


def until_lines(path: Path, n: int) -> None:
    """Wait until a log has lines."""
    end = time.monotonic() + 60
    while not path.exists() or len(path.read_text().splitlines()) < n:
        assert time.monotonic() < end
        time.sleep(0.02)


def started(tmp_path: Path, *, socket: str = "") -> subprocess.Popen[bytes]:
    """A keeper of two servers with a child each."""
    folder, command = tmp_path / "folder", [sys.executable, "-S", "-c", SERVER]
    folder.mkdir()
    servers = [
        Server("first", str(tmp_path / "log"), command),
        Server("second", str(tmp_path / "log"), command, socket),
    ]
    return start_keeper(servers, folder, environment(tmp_path))


def test_servers_end_with_all_they_started_when_the_pipe_is_closed(tmp_path: Path) -> None:
    keeper = started(tmp_path)
    until_lines(tmp_path / "log", 2)
    assert len(marked(tmp_path)) == 5
    assert keeper.communicate(timeout=30)[0] == b""
    assert keeper.returncode == 0
    assert marked(tmp_path) == []
    assert not (tmp_path / "folder").exists()


def test_a_server_that_ends_is_named_and_takes_the_others_with_it(tmp_path: Path) -> None:
    keeper = started(tmp_path)
    until_lines(tmp_path / "log", 2)
    first = min((each for each in marked(tmp_path) if each.ppid() == keeper.pid), key=lambda each: each.pid)
    first.kill()
    assert keeper.stdout is not None
    assert keeper.stdout.read().decode() == f"first\n{tmp_path / 'log'}"
    keeper.wait(timeout=30)
    assert marked(tmp_path) == []


def test_a_server_starts_once_the_socket_that_it_needs_is_served(tmp_path: Path) -> None:
    path = os.path.relpath(tmp_path / "code")  # Whose length is limited.
    keeper = started(tmp_path, socket=path)
    until_lines(tmp_path / "log", 1)
    assert len(marked(tmp_path)) == 3
    with socket.socket(socket.AF_UNIX) as served:
        served.bind(path)
        served.listen()
        until_lines(tmp_path / "log", 2)
    keeper.communicate(timeout=30)


def test_what_is_left_of_a_killed_keeper_is_ended_and_nothing_of_other_homes(tmp_path: Path) -> None:
    other = subprocess.Popen(["sleep", "600"], env=environment(tmp_path / "other"))
    keeper = started(tmp_path)
    until_lines(tmp_path / "log", 2)
    keeper.send_signal(signal.SIGKILL)
    keeper.wait()
    assert end_left_behind(tmp_path) == 4
    assert marked(tmp_path) == []
    assert end_left_behind(tmp_path) == 0
    assert other.poll() is None
    other.kill()
    other.wait()
