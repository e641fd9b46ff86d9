"""The keeper of servers: it starts them, and ends them with all their processes when its standard input closes.

``mirliton ui`` holds the other end of that pipe. The kernel closes it however the command ends, by ``kill -9`` as well,
on every POSIX system. (``PR_SET_PDEATHSIG`` is Linux's alone, and reaches no process that a server has started.)
"""

import json
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

PAUSE = 0.1
"""Seconds between two looks at the servers."""
STEPS = ((signal.SIGINT, 10), (signal.SIGTERM, 5), (signal.SIGKILL, 5))
"""Signals that end a server, with the seconds after which the next follows."""


@dataclass(frozen=True)
class Server:
    """A server to be started.

    Attributes
    ----------
    name : str
        What it is called in messages.
    log : str
        The file of its standard output and error.
    command : sequence of str
        Its command line.
    socket : str
        The Unix socket that has to be served before it is started; empty: it is started at once.
    """

    name: str
    log: str
    command: Sequence[str]
    socket: str = ""


def start_keeper(servers: Sequence[Server], folder: Path, environment: dict[str, str]) -> "subprocess.Popen[bytes]":
    """Start a keeper, which ends when its standard input is closed.

    Where a server ends before, it names that server and its log on its standard output, and ends as well.

    Parameters
    ----------
    servers : sequence of Server
        What it starts.
    folder : Path
        Deleted at its end.
    environment : dict
        That of the servers.
    """
    keeper = subprocess.Popen(
        [sys.executable, "-P", "-m", "pipelines.servers.keeper", str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=environment,
        start_new_session=True,  # The terminal's Ctrl-C is for the command.
    )
    assert keeper.stdin is not None
    keeper.stdin.write(json.dumps([asdict(server) for server in servers]).encode() + b"\n")
    keeper.stdin.flush()
    return keeper


def keep(servers: Sequence[Server], stop: int) -> Server | None:
    """Run servers until a file descriptor is closed at its other end, or until one of them ends.

    Returns
    -------
    Server or None
        The server that ended; None where none did.
    """
    waiting, children = list(servers), dict[str, subprocess.Popen[bytes]]()
    try:
        while not _is_closed(stop):
            for server in [each for each in waiting if is_served(each.socket)]:
                waiting.remove(server)
                children[server.name] = _start(server)
            for server in servers:
                if server.name in children and children[server.name].poll() is not None:
                    return server
        return None
    finally:
        end(list(children.values()))


def end(children: Sequence["subprocess.Popen[bytes]"]) -> None:
    """End the servers' sessions, with all their processes: by SIGINT, SIGTERM, then SIGKILL."""
    for signum, patience in STEPS:
        for child in children:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(child.pid, signum)
        until = time.monotonic() + patience
        while time.monotonic() < until:
            if all(_is_gone(child) for child in children):
                return
            time.sleep(PAUSE)


def is_served(path: str) -> bool:
    """Whether somebody listens at a Unix socket; true without a path."""
    if not path:
        return True
    with socket.socket(socket.AF_UNIX) as client:
        try:
            client.connect(path)
        except OSError:
            return False
    return True


def _start(server: Server) -> "subprocess.Popen[bytes]":
    """Start a server in a session of its own, so that it ends with all its processes."""
    with open(server.log, "ab") as log:
        return subprocess.Popen(
            server.command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
        )


def _is_closed(stop: int) -> bool:
    """Whether the other end of a pipe was closed; waits a moment for it."""
    readable, _, _ = select.select([stop], [], [], PAUSE)
    return bool(readable) and os.read(stop, 1) == b""


def _is_gone(child: "subprocess.Popen[bytes]") -> bool:
    """Whether a server and everything that it started have ended; the server may end before what it started."""
    child.poll()
    try:
        os.killpg(child.pid, 0)
    except (ProcessLookupError, PermissionError):
        return True
    return False


def main() -> None:
    """Keep the servers that the first line of standard input lists, as JSON; the argument is the folder to delete."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    signal.signal(signal.SIGINT, signal.default_int_handler)  # A shell's background jobs, and so servers, ignore it.
    servers = [Server(**each) for each in json.loads(sys.stdin.buffer.readline())]
    try:
        if ended := keep(servers, sys.stdin.fileno()):
            print(ended.name, ended.log, sep="\n", end="", flush=True)
    finally:
        shutil.rmtree(sys.argv[1], ignore_errors=True)


if __name__ == "__main__":
    main()
