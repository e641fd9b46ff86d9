"""The command ``ui``: Dagster and MLflow together, ended together."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer

from pipelines.cli.bars import console
from pipelines.instance import prepare_instance
from storage import home
from storage.tracking import tracking_uri


def ui(
    port: Annotated[int, typer.Option(help="Port of Dagster's UI.")] = 3000,
    mlflow_port: Annotated[int, typer.Option(help="Port of MLflow's UI.")] = 5000,
    host: Annotated[str, typer.Option(help="Address both listen on.")] = "127.0.0.1",
) -> None:
    """Serve Dagster's UI and MLflow's, until Ctrl-C."""
    prepare_instance()
    (home.home() / "mlflow").mkdir(parents=True, exist_ok=True)
    dagster = [sys.executable, "-m", "dagster", "dev", "-m", "pipelines.definitions", "-h", host, "-p", str(port)]
    mlflow = [sys.executable, "-m", "mlflow", "server", "--host", host, "--port", str(mlflow_port), "--workers", "1"]
    mlflow += ["--backend-store-uri", tracking_uri(home.home())]
    console.print(f"Dagster: http://{host}:{port}   MLflow: http://{host}:{mlflow_port}   (Ctrl-C ends both)")
    children = [_start(dagster, "dagster.log"), _start(mlflow, "mlflow.log")]
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        _wait(children)
    finally:
        for child in children:
            _end(child)


def _start(command: list[str], log: str) -> subprocess.Popen[bytes]:
    """Start a server in a session of its own, so that it ends with all its children."""
    path = home.home() / log
    with open(path, "ab") as file:
        return subprocess.Popen(command, stdout=file, stderr=file, start_new_session=True, env=_environment())


def _environment() -> dict[str, str]:
    return {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(Path(__file__).parents[2]), os.environ.get("PYTHONPATH", "")]),
    }


def _wait(children: list[subprocess.Popen[bytes]]) -> None:
    """Wait until one of the servers ends or the user has had enough."""
    try:
        while all(child.poll() is None for child in children):
            try:
                children[0].wait(timeout=1)
            except subprocess.TimeoutExpired:
                continue
    except KeyboardInterrupt:
        return
    console.print(f"A server ended by itself; see {home.home()}/dagster.log and mlflow.log.", style="red")


def _end(child: subprocess.Popen[bytes]) -> None:
    """End a server's whole session: politely, then not."""
    for wish, patience in ((signal.SIGINT, 10), (signal.SIGTERM, 5), (signal.SIGKILL, 5)):
        try:
            os.killpg(child.pid, wish)
            child.wait(timeout=patience)
        except ProcessLookupError:
            return
        except subprocess.TimeoutExpired:
            continue


COMMANDS = (ui,)
