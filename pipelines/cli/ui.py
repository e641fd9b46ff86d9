"""The command ``ui``: the web servers of Dagster and MLflow, started and ended together."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Annotated

import typer

from mir_models.errors import MirlitonError
from pipelines.cli.console import console
from pipelines.instance import prepare_instance
from storage import home
from storage.models.mlflow_runs import tracking_uri
from storage.objects.locks import hold

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def ui(
    port: Annotated[int, typer.Option(help="Port of Dagster's UI.")] = 3000,
    mlflow_port: Annotated[int, typer.Option(help="Port of MLflow's UI.")] = 5000,
    host: Annotated[str, typer.Option(help="Address of both servers.")] = "127.0.0.1",
) -> None:
    """Serve Dagster's UI and MLflow's, until Ctrl-C."""
    from pipelines.orphaned_runs import fail_orphaned_runs

    prepare_instance()
    (home.home() / "mlflow").mkdir(parents=True, exist_ok=True)
    # Without its own folder as that of the code location, a package of the working folder could shadow ours.
    location = ["-m", "pipelines.definitions", "-d", str(Path(__file__).parents[2])]
    dagster = [sys.executable, "-m", "dagster", "dev", *location, "-h", host, "-p", str(port)]
    mlflow = [sys.executable, "-m", "mlflow", "server", "--host", host, "--port", str(mlflow_port), "--workers", "1"]
    mlflow += ["--backend-store-uri", tracking_uri(home.home())]
    with _single_ui():
        _check_ports(host, port, mlflow_port)
        fail_orphaned_runs(launched=True)
        addresses = f"Dagster: http://{host}:{port}   MLflow: http://{host}:{mlflow_port}   (Ctrl-C ends both)"
        console.print(addresses, soft_wrap=True)
        _serve({"dagster.log": dagster, "mlflow.log": mlflow})


@contextmanager
def _single_ui() -> Iterator[None]:
    """Lock the home for one UI: the daemons of two would start every scheduled run twice."""
    with hold(home.home(), "ui", wait=False) as ours:
        if not ours:
            remedy = "use it, or end it; another MIRLITON_HOME has a UI of its own"
            received = "another one that is open"
            raise MirlitonError(f"to be the only UI of {home.home()}", received=received, remedy=remedy)
        yield


def _check_ports(host: str, *ports: int) -> None:
    """Raise for a port in use: without its web server Dagster would go on unseen."""
    for port in ports:
        try:
            socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET).close()
        except OSError as error:
            remedy = "choose another with --port or --mlflow-port"
            raise MirlitonError(f"a free port on {host}", received=f"{port} ({error})", remedy=remedy) from error


def _serve(commands: dict[str, list[str]]) -> None:
    """Run servers, by the name of their log, until a signal ends them all."""
    for signum in SIGNALS:
        if signal.getsignal(signum) is not signal.SIG_IGN:  # As under nohup.
            signal.signal(signum, lambda *_: sys.exit(0))
    children: dict[str, subprocess.Popen[bytes]] = {}
    try:
        for log, command in commands.items():
            children[log] = _start(command, log)
        _wait(children)
    finally:
        for signum in SIGNALS:
            signal.signal(signum, signal.SIG_IGN)  # A second Ctrl-C must not leave children.
        _end(list(children.values()))


def _start(command: list[str], log: str) -> subprocess.Popen[bytes]:
    """Start a server in a session of its own, so that it ends with all its children."""
    path = home.home() / log
    with open(path, "ab") as file:
        return subprocess.Popen(command, stdout=file, stderr=file, start_new_session=True, env=_environment())


def _environment() -> dict[str, str]:
    """The environment of the servers: our packages are found, and MLflow evaluates no language models."""
    return {
        "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",  # Eight processes of 230 MB each.
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(Path(__file__).parents[2]), os.environ.get("PYTHONPATH", "")]),
    }


def _wait(children: dict[str, subprocess.Popen[bytes]]) -> None:
    """Wait until one of the servers ends, which is an error: none is meant to end by itself."""
    while all(child.poll() is None for child in children.values()):
        time.sleep(0.5)
    log = next(log for log, child in children.items() if child.poll() is not None)
    remedy = f"see the last lines of {home.home() / log}"
    raise MirlitonError("two servers that keep running", received="the end of one", remedy=remedy)


def _end(children: list[subprocess.Popen[bytes]]) -> None:
    """End the servers' sessions, with all their processes: by SIGINT, SIGTERM, then SIGKILL."""
    for signum, patience in ((signal.SIGINT, 10), (signal.SIGTERM, 5), (signal.SIGKILL, 5)):
        for child in children:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(child.pid, signum)
        until = time.monotonic() + patience
        while time.monotonic() < until:
            if all(_is_gone(child) for child in children):
                return
            time.sleep(0.1)


def _is_gone(child: subprocess.Popen[bytes]) -> bool:
    """Whether a server and everything that it started have ended; the server may end before what it started."""
    child.poll()
    try:
        os.killpg(child.pid, 0)
    except (ProcessLookupError, PermissionError):
        return True
    return False
