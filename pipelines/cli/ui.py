"""The command ``ui``: the web servers of Dagster and MLflow, started and ended together."""

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Annotated

import typer

from mir_models.errors import MirlitonError
from pipelines.cli.console import console, print_warning
from pipelines.instance import add_partitions, prepare_instance
from pipelines.servers.ports import check_free, check_numbers, url_of
from storage import home
from storage.models.addresses import DAGSTER_ADDRESS, MLFLOW_ADDRESS, keep_addresses
from storage.models.mlflow_runs import tracking_uri
from storage.objects import leases, locks
from storage.objects.bucket import limited_patience
from storage.objects.objects import open_objects
from storage.servers.team_settings import DAGSTER_DATABASE
from storage.servers.tracking_server import is_remote

PATIENCE_S = 5.0
"""Seconds for which a store that does not answer is asked again."""
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


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
    from pipelines.servers.guard_names import ANY_ADDRESS, check_hosts

    hosts = allow_host or []
    check_hosts(hosts)
    uri = tracking_uri(home.home())
    ports = {"--port": port} if is_remote(uri) else {"--port": port, "--mlflow-port": mlflow_port}
    check_numbers(ports)
    with _single_ui():
        _end_earlier()
        check_free(host, ports)
        prepare_instance()
        _list_datasets()
        names = hosts if host in ANY_ADDRESS else [*hosts, host]
        mlflow = uri if is_remote(uri) else url_of(host, mlflow_port)
        console.print(f"Dagster: {url_of(host, port)}   MLflow: {mlflow}   (Ctrl-C ends it)", soft_wrap=True)
        if host in ANY_ADDRESS:
            print_warning("Whoever reaches this machine can use both, there is no login; see docs/security.md.")
        addresses = {DAGSTER_ADDRESS: url_of(host, port), MLFLOW_ADDRESS: mlflow}
        set_already = {name: os.environ[name] for name in addresses if os.environ.get(name)}  # A proxy has others.
        addresses = {name: url for name, url in addresses.items() if url.startswith("http")} | set_already
        _serve(host, names, ports, addresses)


@contextmanager
def _single_ui() -> Iterator[None]:
    """Lock the home for one UI: the daemons of two would start every scheduled run twice."""
    shared = bool(os.environ.get(DAGSTER_DATABASE))
    with _hold_of_team() if shared else locks.hold(home.home(), "ui", wait=False) as ours:
        if not ours:
            remedy = "use it, or end it; " + (
                "a team has one" if shared else "another MIRLITON_HOME has a UI of its own"
            )
            received = f"another one that is open{' on this or another machine' * shared}"
            expected = f"to be the only UI of {'the team' if shared else home.home()}"
            raise MirlitonError(expected, received=received, remedy=remedy)
        yield


def _hold_of_team() -> AbstractContextManager[bool]:
    """Hold the lock of the UI in the store that a team shares."""
    return leases.hold(open_objects(home.store_address()), home.home(), "ui", wait=False)


def _list_datasets() -> None:
    """Let Dagster list what other homes have registered; it can do without where the store does not answer."""
    try:
        with limited_patience(PATIENCE_S):
            add_partitions()
    except MirlitonError as error:
        print_warning(f"Datasets that another home has registered are not listed. {error}")


def _end_earlier() -> None:
    """End what is left of a UI that was killed, and mark its runs: nobody waits for them."""
    from pipelines.orphaned_runs import fail_orphaned_runs
    from pipelines.servers.left_behind import end_left_behind

    if n := end_left_behind(home.home()):
        print_warning(f"Ended {n} process{'es' * (n != 1)} of an earlier UI that was killed.")
    fail_orphaned_runs(launched=True)


def _serve(host: str, names: list[str], ports: Mapping[str, int], addresses: dict[str, str]) -> None:
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
    keep_addresses(home.home(), addresses)
    keeper = start_keeper(servers, folder, _environment(addresses))
    try:
        _wait(keeper)
    finally:
        for signum in SIGNALS:
            signal.signal(signum, signal.SIG_IGN)  # A second Ctrl-C must not leave children.
        _end(keeper)


def _environment(addresses: Mapping[str, str]) -> dict[str, str]:
    """The environment of the servers: our packages are found, and MLflow evaluates no language models."""
    from pipelines.servers.commands import ROOT
    from pipelines.servers.left_behind import MARK

    return {
        "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",  # Eight processes of 230 MB each.
        **os.environ,
        **addresses,
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
