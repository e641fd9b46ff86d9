"""``mirliton init --team``: settings of a team, checked against its servers; what is wrong is named before any file."""

# ruff: noqa: F811

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from pipelines.cli.documents.machine import InitDocument
from pipelines.instance import open_instance
from storage.servers import postgres
from storage.servers.team_settings import DAGSTER_DATABASE, PURPOSES, SWEEP_DATABASE
from storage.settings_file import NAME, read_settings
from tests.pipelines.cli.test_commands import Command, corpus, mirliton  # noqa: F401
from tests.pipelines.cli.test_json_output import read
from tests.postgres_fixtures import PASSWORD, free_port

DATABASE = "postgresql://me@127.0.0.1/team"


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the command sets in its process is gone after a test."""
    for name in PURPOSES:
        monkeypatch.setenv(name, "to be forgotten")
        monkeypatch.delenv(name)


def initialised(mirliton: Command, database: str, store: str, *options: str) -> Any:
    return mirliton("init", "--team", "--database", database, "--store", store, *options)


def test_a_team_has_a_file_of_settings_that_only_its_owner_can_read(
    mirliton: Command, home: Path, database: str, bucket_address: str
) -> None:
    given = database.replace("team@", f"team:{quote(PASSWORD)}@")
    result = initialised(mirliton, given, bucket_address, "--runs", "3", "--json")
    found = read(result.out, InitDocument)
    assert (found.home, found.settings, found.store) == (str(home), str(home / NAME), bucket_address)
    assert stat.S_IMODE((home / NAME).stat().st_mode) == 0o600
    settings = read_settings(home)
    schemas = [postgres.schema_of(settings[name]) for name in (DAGSTER_DATABASE, "MLFLOW_TRACKING_URI", SWEEP_DATABASE)]
    assert schemas == ["dagster", "mlflow", "sweeps"]
    assert (settings["PGPASSWORD"], settings["MIRLITON_STORE"]) == (PASSWORD, bucket_address)
    assert settings["AWS_ENDPOINT_URL"] == os.environ["AWS_ENDPOINT_URL"]
    assert PASSWORD not in settings[DAGSTER_DATABASE]
    written = (home / NAME).read_text()
    assert all(f"{name}=" in written for name in PURPOSES), "what is not set stands there as a comment"
    assert "max_concurrent_runs: 3" in (home / "dagster" / "dagster.yaml").read_text()


def test_the_same_again_changes_nothing_and_others_ask_for_replace(
    mirliton: Command, home: Path, database: str, bucket_address: str
) -> None:
    for _ in range(2):
        assert initialised(mirliton, database, bucket_address).code == 0
    before = (home / NAME).read_bytes()
    error = initialised(mirliton, database, f"{bucket_address}/other").error
    assert error.startswith(f"Expected a home without settings, or the same, in {home / NAME}. Received: others.")
    assert error.endswith("Remedy: give --replace, or change the file by hand.")
    assert (home / NAME).read_bytes() == before
    assert initialised(mirliton, database, f"{bucket_address}/other", "--replace").code == 0
    assert read_settings(home)["MIRLITON_STORE"] == f"{bucket_address}/other"


def test_what_a_home_had_registered_is_the_teams_and_a_partition(
    mirliton: Command, home: Path, corpus: Path, database: str, tmp_path: Path
) -> None:
    (home / "datasets").mkdir(parents=True)
    (home / "datasets" / "mine.json").write_text('{"name": "mine", "loader": "folder", "root": "/r"}')
    result = initialised(mirliton, database, str(tmp_path / "shared"), "--json")
    assert read(result.out, InitDocument).shared == ["mine"]
    assert (tmp_path / "shared" / "registrations" / "mine.json").exists()
    with open_instance() as instance:
        assert instance.get_dynamic_partitions("dataset") == ["mine"]
    assert not list((home / "dagster").rglob("*.db")), "nothing is in SQLite"


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ([], "Expected --team. Received: none. Remedy: give --team, or begin with mirliton add"),
        (["--team"], "Expected --database of the team. Received: none. Remedy: give --database postgresql://USER@HOST"),
        (
            ["--team", "--database", DATABASE],
            "Expected --store of the team. Received: none. Remedy: give --store s3://",
        ),
        (
            ["--team", "--database", "sqlite:///x", "--store", "s3://a"],
            "Expected the URL of a PostgreSQL database. Received: sqlite:///x. Remedy: write it as postgresql://",
        ),
        (
            ["--team", "--database", DATABASE, "--store", "ftp://a"],
            "Expected a store that machines can share. Received: ftp://a. Remedy: give a folder, or one of",
        ),
    ],
)
def test_wrong_arguments_are_one_sentence(mirliton: Command, home: Path, words: list[str], expected: str) -> None:
    assert mirliton("init", *words).error.startswith(expected)
    assert not home.exists()


def test_servers_that_are_down_are_named_and_nothing_is_written(
    mirliton: Command,
    home: Path,
    database: str,
    s3_endpoint: str,
    bucket_address: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    away = f"127.0.0.1:{free_port()}"
    monkeypatch.setattr("storage.objects.probe.PATIENCE_S", 0.1)
    store = ["--store", bucket_address]
    for words, expected in (
        (["--database", f"postgresql://me@{away}/team", *store], f"Expected an answer of postgresql://me@{away}/team."),
        (["--database", database, *store, "--endpoint", f"http://{away}"], "an answer of the object store s3://"),
        (["--database", database, *store, "--mlflow", f"http://{away}"], f"an answer of MLflow at http://{away}."),
        (["--database", database, *store, "--dask", f"tcp://{away}"], f"a Dask scheduler at tcp://{away}."),
    ):
        monkeypatch.setenv("AWS_ENDPOINT_URL", s3_endpoint)
        assert expected in mirliton("init", "--team", *words).error
    assert not (home / NAME).exists()
