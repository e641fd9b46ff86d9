"""The command ``doctor`` on servers that the environment names: those that answer, and others."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from distributed import LocalCluster
from typer.testing import CliRunner

from pipelines.cli.main import app
from storage.models.artifact_locations import artifact_root
from storage.servers import dask_scheduler, postgres, tracking_server
from storage.servers.team_settings import DAGSTER_DATABASE, SWEEP_DATABASE
from tests.postgres_fixtures import PASSWORD, free_port


class Answers(BaseHTTPRequestHandler):
    """Says yes to MLflow's client, asks for a login at /login, and has an error at /error."""

    def do_GET(self) -> None:
        self.send_response({"/login": 302, "/error": 503}.get(self.path, 200))
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    do_POST = do_GET

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def page() -> Iterator[str]:
    """The address of a web server."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def nobody() -> str:
    """Host and port at which nobody listens."""
    return f"127.0.0.1:{free_port()}"


def doctor() -> tuple[int, list[str]]:
    """Exit code, and the lines on servers."""
    result = CliRunner().invoke(app, ["doctor"])
    words = ("Dagster's", "MLflow", "sweeps", "Dask")
    return result.exit_code, [line for line in result.output.splitlines() if any(word in line for word in words)]


def test_a_home_of_one_s_own_has_no_servers(home: Path) -> None:
    assert doctor() == (0, [])


def test_servers_that_answer_are_fine(
    home: Path, database: str, page: str, bucket_address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    postgres.create_schemas(postgres.parse(database), ("dagster", "mlflow", "sweeps"))
    for name, schema in ((DAGSTER_DATABASE, "dagster"), ("MLFLOW_TRACKING_URI", "mlflow"), (SWEEP_DATABASE, "sweeps")):
        monkeypatch.setenv(name, postgres.with_schema(postgres.parse(database), schema))
    monkeypatch.setenv("MIRLITON_STORE", bucket_address)
    monkeypatch.setenv("MIRLITON_DAGSTER_URL", f"{page}/login")
    code, lines = doctor()
    shown = database.replace("postgresql:", "postgresql+psycopg2:")
    answers = [line.rpartition(": ")[0] for line in lines]
    assert code == 0, lines
    assert answers == [
        f"ok   Dagster's database at {shown}",
        f"ok   MLflow at {shown}",
        f"ok   the database of sweeps at {shown}",
        f"ok   Dagster's page at {page}/login",
        f"ok   files of MLflow's runs at {bucket_address}/mlflow",
    ]
    assert all("PostgreSQL" in line for line in lines[:3])
    assert (lines[3][-9:], lines[4][-14:]) == ("302 Found", "can be written")
    assert PASSWORD not in "".join(lines)


def test_servers_that_are_down_are_amiss(
    home: Path, nobody: str, s3_endpoint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dask_scheduler, "WITHIN_S", 0.5)
    monkeypatch.setenv(DAGSTER_DATABASE, f"postgresql+psycopg2://me:secret@{nobody}/team")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"http://{nobody}")
    monkeypatch.setenv("MIRLITON_DASK_ADDRESS", f"tcp://{nobody}")
    monkeypatch.setenv("MIRLITON_MLFLOW_URL", f"http://{nobody}/mlflow")
    code, lines = doctor()
    assert code == 1
    assert [line.partition(" Received")[0] for line in lines] == [
        f"bad  Dagster's database: Expected an answer of postgresql://me@{nobody}/team.",
        f"bad  MLflow: Expected an answer of MLflow at http://{nobody}.",
        f"bad  Dask: Expected a Dask scheduler at tcp://{nobody}.",
        f"bad  MLflow's page: Expected a page at http://{nobody}/mlflow.",
    ]
    assert all("onnection refused" in line or "no answer within" in line for line in lines)
    assert all("Remedy: " in line for line in lines)
    assert "secret" not in "".join(lines)


def test_an_mlflow_server_that_answers_is_fine_and_keeps_its_files_itself(
    home: Path, page: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", page)
    assert doctor() == (0, [f"ok   MLflow at {page}: a server"])
    assert artifact_root(home, page) is None
    assert tracking_server.is_remote(page)


def test_a_page_with_an_error_is_amiss(home: Path, page: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MIRLITON_DAGSTER_URL", f"{page}/error")
    code, (line,) = doctor()
    assert code == 1
    assert f"Expected a page at {page}/error. Received: 503 Service Unavailable. Remedy: start it" in line


def test_files_that_mlflow_cannot_write_are_amiss(
    home: Path, database: str, bucket_address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MIRLITON_STORE", bucket_address)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", database)
    monkeypatch.setenv("MLFLOW_S3_ENDPOINT_URL", bucket_address)
    code, (_, line) = doctor()
    assert code == 1
    assert line.startswith(
        f"bad  files of MLflow's runs: Expected a place that MLflow can write, {bucket_address}/mlflow."
    )


def test_the_workers_of_a_scheduler_are_counted() -> None:
    with LocalCluster(n_workers=0, processes=False, dashboard_address=None) as cluster:
        assert dask_scheduler.reach(cluster.scheduler_address) == "0 workers"
