"""The command ``ui``: the web servers of Dagster and MLflow, started and ended together."""

import errno
import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from mir_models.errors import MirlitonError, ParameterError
from pipelines.cli.console import console, print_warning
from pipelines.instance import prepare_instance
from storage import home
from storage.models.mlflow_runs import MLFLOW_ADDRESS, tracking_uri
from storage.objects.locks import hold

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
LAST_PORT = 65535


def ui(
    port: Annotated[int, typer.Option(help="Port of Dagster's UI.")] = 3000,
    mlflow_port: Annotated[int, typer.Option(help="Port of MLflow's UI.")] = 5000,
    host: Annotated[str, typer.Option(help="Address of both servers.")] = "127.0.0.1",
    allow_host: Annotated[
        list[str] | None,
        typer.Option(help="A name by which the servers are reached, e.g. that of a proxy; may be repeated."),
    ] = None,
) -> None:
    """Serve Dagster's UI and MLflow's, until Ctrl-C."""
    from pipelines.servers.commands import is_remote
    from pipelines.servers.guard_names import ANY_ADDRESS, check_hosts

    hosts = allow_host or []
    check_hosts(hosts)
    uri = tracking_uri(home.home())
    ports = {"--port": port} if is_remote(uri) else {"--port": port, "--mlflow-port": mlflow_port}
    _check_numbers(ports)
    with _single_ui():
        _end_earlier()
        _check_free(host, ports)
        prepare_instance()
        names = hosts if host in ANY_ADDRESS else [*hosts, host]
        mlflow = uri if is_remote(uri) else _address(host, mlflow_port)
        console.print(f"Dagster: {_address(host, port)}   MLflow: {mlflow}   (Ctrl-C ends it)", soft_wrap=True)
        if host in ANY_ADDRESS:
            print_warning("Whoever reaches this machine can use both, there is no login; see docs/security.md.")
        _serve(host, names, ports, mlflow)


def _address(host: str, port: int) -> str:
    """URL of a server; one at any address is reached at this machine's own."""
    from pipelines.servers.guard_names import ANY_ADDRESS

    name = "127.0.0.1" if host in ANY_ADDRESS else host
    return f"http://{f'[{name}]' if ':' in name else name}:{port}"


@contextmanager
def _single_ui() -> Iterator[None]:
    """Lock the home for one UI: the daemons of two would start every scheduled run twice."""
    with hold(home.home(), "ui", wait=False) as ours:
        if not ours:
            remedy = "use it, or end it; another MIRLITON_HOME has a UI of its own"
            received = "another one that is open"
            raise MirlitonError(f"to be the only UI of {home.home()}", received=received, remedy=remedy)
        yield


def _end_earlier() -> None:
    """End what is left of a UI that was killed, and mark its runs: nobody waits for them."""
    from pipelines.orphaned_runs import fail_orphaned_runs
    from pipelines.servers.left_behind import end_left_behind

    if n := end_left_behind(home.home()):
        print_warning(f"Ended {n} process{'es' * (n != 1)} of an earlier UI that was killed.")
    fail_orphaned_runs(launched=True)


def _check_numbers(ports: Mapping[str, int]) -> None:
    """Raise for a port that cannot be one, and for one port for both servers."""
    for option, port in ports.items():
        if not 1 <= port <= LAST_PORT:
            raise ParameterError(f"a port from 1 to {LAST_PORT}", received=port, remedy=f"choose another with {option}")
    if len(set(ports.values())) < len(ports):
        received, options = next(iter(ports.values())), " or ".join(ports)
        raise ParameterError("two ports", received=f"{received} for both", remedy=f"choose another with {options}")


def _check_free(host: str, ports: Mapping[str, int]) -> None:
    """Raise for a port in use, and for an address that is not this machine's."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    for port in ports.values():
        try:
            socket.create_server((host, port), family=family).close()
        except OSError as error:
            is_port = error.errno in (errno.EADDRINUSE, errno.EACCES)
            remedy = f"choose another with {' or '.join(ports) if is_port else '--host'}"
            raise MirlitonError(f"a free port on {host}", received=f"{port} ({error})", remedy=remedy) from error


def _serve(host: str, names: list[str], ports: Mapping[str, int], mlflow: str) -> None:
    """Run the servers until a signal; their keeper ends them, also where this process is killed."""
    from pipelines.servers.commands import dagster_servers, mlflow_server
    from pipelines.servers.keeper import start_keeper

    (home.home() / "mlflow").mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="mirliton-"))
    servers = dagster_servers(home.home(), folder, host=host, port=ports["--port"], hosts=names)
    if "--mlflow-port" in ports:
        servers.append(mlflow_server(home.home(), host=host, port=ports["--mlflow-port"], hosts=names))
    for signum in SIGNALS:
        if signal.getsignal(signum) is not signal.SIG_IGN:  # As under nohup.
            signal.signal(signum, lambda *_: sys.exit(0))
    keeper = start_keeper(servers, folder, _environment(mlflow))
    try:
        _wait(keeper)
    finally:
        for signum in SIGNALS:
            signal.signal(signum, signal.SIG_IGN)  # A second Ctrl-C must not leave children.
        _end(keeper)


def _environment(mlflow: str) -> dict[str, str]:
    """The environment of the servers: our packages are found, and MLflow evaluates no language models."""
    from pipelines.servers.commands import ROOT
    from pipelines.servers.left_behind import MARK

    return {
        "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",  # Eight processes of 230 MB each.
        **({MLFLOW_ADDRESS: mlflow} if mlflow.startswith("http") else {}),
        **os.environ,
        MARK: str(home.home()),
        "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]),
    }


def _wait(keeper: "subprocess.Popen[bytes]") -> None:
    """Wait until one of the servers ends, which is an error: none is meant to end by itself."""
    assert keeper.stdout is not None
    name, _, log = keeper.stdout.read().decode().partition("\n")
    remedy = f"see the last lines of {log or home.home() / 'dagster.log'}"
    raise MirlitonError(
        "servers that keep running", received=f"the end of the server {name or 'keeper'}", remedy=remedy
    )


def _end(keeper: "subprocess.Popen[bytes]") -> None:
    """Let the keeper end the servers; what it leaves where it was killed is ended here."""
    from pipelines.servers.left_behind import end_left_behind

    assert keeper.stdin is not None
    keeper.stdin.close()
    keeper.wait()
    end_left_behind(home.home())
