"""Seconds until a command, the UI and a backfill without work have started: ``python -m benchmarks.start_up``.

Commands: the median wall seconds of several calls, in turn, beside those of a Python that imports what every command
needs (typer and rich) and no more. The UI: seconds until both servers respond and Dagster has the assets. A backfill of
a few recordings that are all prepared; `benchmarks.growth` has it for ten thousand.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path
from statistics import median

from benchmarks.growth import write_track
from benchmarks.history import Figure, append
from experiments import command_line
from mir_models.errors import MirlitonError

MIRLITON = [sys.executable, "-m", "mirliton"]
BARE = "typer and rich alone"
COMMANDS = {
    BARE: [sys.executable, "-c", "import typer, typer.rich_utils"],
    "--help": [*MIRLITON, "--help"],
    "transcribe --help": [*MIRLITON, "transcribe", "--help"],
    "datasets": [*MIRLITON, "datasets"],
    "doctor": [*MIRLITON, "doctor"],
}
PATIENCE = 120.0
LOADED = {"query": "{workspaceOrError{... on Workspace{locationEntries{locationOrLoadError{__typename}}}}}"}


def main() -> None:
    """Print a row for each, and append the figures."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.start_up", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="calls of each command; default: 5")
    parser.add_argument("--tracks", type=int, default=5, help="recordings of the backfill; default: 5")
    arguments = parser.parse_args()
    print("| what | s | goal |\n|---|---|---|", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "MIRLITON_HOME": str(Path(folder) / "home")}
        for name, seconds in commands(environment, arguments.rounds).items():
            goal = "" if name == BARE else "≤ 0.5"
            report(f"mirliton {name}" if goal else name, seconds, goal)
        report("the UI", ui(environment), "≤ 10")
        report("a backfill with nothing to do", backfill(environment, Path(folder), arguments.tracks), "≤ 3")


def report(what: str, seconds: float, goal: str) -> None:
    """Print a row, and append its figure."""
    print(f"| {what} | {seconds:.2f} | {goal} |", flush=True)
    append(Figure(f"start_up/{what}", seconds, "s", goal=goal))


def commands(environment: dict[str, str], rounds: int) -> dict[str, float]:
    """Median wall seconds of each command."""
    taken: dict[str, list[float]] = {name: [] for name in COMMANDS}
    for _ in range(rounds):
        for name, command in COMMANDS.items():
            began = time.monotonic()
            ended = subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
            taken[name].append(time.monotonic() - began)
            if ended.returncode and name != "doctor":  # Which may find something amiss.
                raise MirlitonError(f"mirliton {name} to work", received=ended.stderr.decode(), remedy="run it alone")
    return {name: median(each) for name, each in taken.items()}


def ui(environment: dict[str, str]) -> float:
    """Seconds until both servers of ``mirliton ui`` respond and Dagster has loaded the code."""
    port, mlflow_port = free_port(), free_port()
    command = [*MIRLITON, "ui", "--port", str(port), "--mlflow-port", str(mlflow_port)]
    began = time.monotonic()
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
    try:
        waiting = {
            f"http://127.0.0.1:{mlflow_port}/health": (None, ""),
            f"http://127.0.0.1:{port}/graphql": (LOADED, "RepositoryLocation"),
        }
        while waiting:
            if process.poll() is not None or time.monotonic() - began > PATIENCE:
                received = f"no response after {time.monotonic() - began:.0f} s"
                raise MirlitonError("a UI that starts", received=received, remedy="run mirliton ui alone")
            waiting = {url: expected for url, expected in waiting.items() if not responds(url, *expected)}
            time.sleep(0.05)
        return time.monotonic() - began
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(PATIENCE)


def responds(url: str, query: dict[str, str] | None, expected: str) -> bool:
    """Whether a server responds to a request with a text in it."""
    data = None if query is None else json.dumps(query).encode()
    request = urllib.request.Request(url, data, {"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=5) as response:
            return expected in response.read().decode()
    except (urllib.error.URLError, OSError):
        return False


def free_port() -> int:
    """A port that nobody listens to."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def backfill(environment: dict[str, str], folder: Path, n: int) -> float:
    """Seconds of a backfill of `n` recordings that are prepared already."""
    for each in range(n):
        write_track(folder / "corpus" / str(each), each)
    add = [*MIRLITON, "add", "tiny", "--loader", "folder", "--root", str(folder / "corpus")]
    call = [*MIRLITON, "backfill", "tiny"]
    for command in ([*add, "--option", "labels_exact=true"], call):
        subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL)
    began = time.monotonic()
    subprocess.run(call, env=environment, check=True, stdout=subprocess.DEVNULL)
    return time.monotonic() - began


if __name__ == "__main__":
    command_line.call(main)
