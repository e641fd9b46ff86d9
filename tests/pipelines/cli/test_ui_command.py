"""What ``mirliton ui`` refuses before a server starts, and which servers it starts."""

from __future__ import annotations

import fcntl
import os
import socket
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from pipelines.cli import ui as command
from pipelines.servers import keeper
from pipelines.servers.commands import mlflow_server
from pipelines.servers.keeper import Server
from storage.models.mlflow_runs import MLFLOW_ADDRESS
from storage.objects import leases
from storage.objects.objects import open_objects
from storage.servers.team_settings import DAGSTER_DATABASE
from tests.pipelines.cli.test_commands import Command, mirliton

__all__ = ["mirliton"]


@pytest.fixture
def servers(home: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What would be started, by the name of the server, and the environment."""
    started: dict[str, Any] = {}

    class Ended(SystemExit):
        """In place of servers."""

    def start(servers: Sequence[Server], folder: Path, environment: Mapping[str, str]) -> None:
        started.update({server.name: server.command for server in servers}, environment=environment)
        raise Ended(0)

    monkeypatch.setattr(keeper, "start_keeper", start)
    monkeypatch.setattr(command.signal, "signal", lambda *_: None)
    return started


def free_ports() -> dict[str, int]:
    """Two free ports by option."""
    with socket.create_server(("127.0.0.1", 0)) as first, socket.create_server(("127.0.0.1", 0)) as second:
        return {"--port": first.getsockname()[1], "--mlflow-port": second.getsockname()[1]}


def options(ports: Mapping[str, int]) -> list[object]:
    """Ports as arguments."""
    return [each for pair in ports.items() for each in pair]


@pytest.mark.parametrize("option", ["--port", "--mlflow-port"])
def test_a_taken_port_is_refused_before_a_server_starts(mirliton: Command, option: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        ports = free_ports()
        port = ports[option] = taken.getsockname()[1]
        error = mirliton("ui", *options(ports)).error
    assert f"Expected a free port on 127.0.0.1. Received: {port} (" in error
    assert "Remedy: choose another with --port or --mlflow-port." in error
    assert not list(Path(os.environ["MIRLITON_HOME"]).glob("*.log"))


@pytest.mark.parametrize("option", ["--port", "--mlflow-port"])
@pytest.mark.parametrize("port", [0, -1, 65536, 70000])
def test_a_number_that_is_no_port_is_refused(mirliton: Command, option: str, port: int) -> None:
    error = mirliton("ui", option, port).error
    assert error == f"Expected a port from 1 to 65535. Received: {port}. Remedy: choose another with {option}."


def test_one_port_for_both_servers_is_refused(mirliton: Command) -> None:
    error = mirliton("ui", "--port", 5000).error
    assert error == "Expected two ports. Received: 5000 for both. Remedy: choose another with --port or --mlflow-port."


def test_an_address_of_no_machine_is_refused_with_its_option(mirliton: Command) -> None:
    error = mirliton("ui", "--host", "192.0.2.1", *options(free_ports())).error
    assert error.endswith("Remedy: choose another with --host.")


def test_an_allowed_host_that_is_a_url_is_refused(mirliton: Command) -> None:
    error = mirliton("ui", "--allow-host", "https://dagster.example.org").error
    assert error.startswith("Expected a name or an address, with a port or without. Received: 'https://dagster.")


def test_a_second_ui_of_a_home_is_refused(mirliton: Command, home: Path) -> None:
    (home / "locks").mkdir(parents=True)
    with open(home / "locks" / "ui.lock", "w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        assert f"Expected to be the only UI of {home}." in mirliton("ui").error


def test_a_second_ui_of_a_team_is_refused_whatever_home_it_has(
    mirliton: Command, servers: dict[str, Any], bucket_address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MIRLITON_STORE", bucket_address)
    monkeypatch.setenv(DAGSTER_DATABASE, "postgresql+psycopg2://me@host/team")
    with leases.hold(open_objects(bucket_address), tmp_path / "other", "ui", wait=False) as ours:
        assert ours
        error = mirliton("ui", *options(free_ports())).error
    assert error.startswith("Expected to be the only UI of the team. Received: another one that is open on this or")
    assert servers == {}


def test_a_store_that_does_not_answer_is_a_warning(
    mirliton: Command, servers: dict[str, Any], bucket_address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MIRLITON_STORE", bucket_address)
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setattr(command, "PATIENCE_S", 0.1)
    result = mirliton("ui", *options(free_ports()))
    assert "Datasets that another home has registered are not listed. Expected an answer of the object" in result.out
    assert list(servers) == ["code", "web", "daemon", "MLflow", "environment"]


def test_files_that_come_by_mlflow_s_server_lie_in_the_home(tmp_path: Path) -> None:
    server = mlflow_server(tmp_path, host="127.0.0.1", port=5000, hosts=[])
    assert server.command[-2:] == ["--artifacts-destination", (tmp_path / "mlflow" / "artifacts").as_uri()]


def test_both_are_started_with_the_names_that_are_allowed(mirliton: Command, servers: dict[str, Any]) -> None:
    ports = free_ports()
    result = mirliton("ui", *options(ports), "--allow-host", "dagster.example.org")
    assert list(servers) == ["code", "web", "daemon", "MLflow", "environment"]
    assert servers["web"][-4:] == ["--allow-host", "dagster.example.org", "--allow-host", "127.0.0.1"]
    mlflow = f"http://127.0.0.1:{ports['--mlflow-port']}"
    assert servers["environment"][MLFLOW_ADDRESS] == mlflow
    assert result.out.startswith(f"Dagster: http://127.0.0.1:{ports['--port']}   MLflow: {mlflow}")


def test_with_a_tracking_server_elsewhere_dagster_alone_is_started_with_a_link(
    mirliton: Command, servers: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "https://mlflow.example.org")
    port = free_ports()["--port"]
    result = mirliton("ui", "--port", port, "--mlflow-port", port)  # Which is not used.
    assert list(servers) == ["code", "web", "daemon", "environment"]
    assert "MLflow: https://mlflow.example.org " in result.out
    assert servers["environment"][MLFLOW_ADDRESS] == "https://mlflow.example.org"


def test_at_every_address_only_names_that_are_given_are_allowed(mirliton: Command, servers: dict[str, Any]) -> None:
    result = mirliton("ui", "--host", "0.0.0.0", *options(free_ports()))
    assert "--allow-host" not in servers["web"]
    assert "Whoever reaches this machine can use both, there is no login" in result.out


def test_mlflow_is_told_names_as_patterns(tmp_path: Path) -> None:
    server = mlflow_server(tmp_path, host="127.0.0.1", port=5000, hosts=["hub.example.org:8443"])
    named = dict(zip(server.command[3:], server.command[4:], strict=False))
    hosts = named["--allowed-hosts"].split(",")
    assert {"localhost", "localhost:*", "[::1]", "[[]::1]:*", "hub.example.org", "hub.example.org:*"} < set(hosts)
    assert named["--cors-allowed-origins"] == "http://hub.example.org:8443,https://hub.example.org:8443"
