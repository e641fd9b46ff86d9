"""Addresses of Dagster and MLflow: from the environment, else as they were served last; else there is no link."""

from __future__ import annotations

from pathlib import Path

import pytest

from storage.models.addresses import (
    DAGSTER_ADDRESS,
    FILE,
    MLFLOW_ADDRESS,
    address,
    dagster_run_address,
    keep_addresses,
)
from storage.models.mlflow_runs import TrackedRun, run_address


@pytest.fixture(autouse=True)
def unset(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (DAGSTER_ADDRESS, MLFLOW_ADDRESS, "MLFLOW_TRACKING_URI"):
        monkeypatch.delenv(name, raising=False)


def test_where_nothing_is_known_a_run_is_its_id(tmp_path: Path) -> None:
    assert dagster_run_address(tmp_path, "abc") == run_address(tmp_path, "abc") == "abc"


def test_the_environment_is_before_what_was_served_last(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keep_addresses(tmp_path / "home", {DAGSTER_ADDRESS: "http://127.0.0.1:3001"})
    assert dagster_run_address(tmp_path / "home", "abc") == "http://127.0.0.1:3001/runs/abc"
    monkeypatch.setenv(DAGSTER_ADDRESS, "https://hub.example.org/dagster/")
    assert dagster_run_address(tmp_path / "home", "abc") == "https://hub.example.org/dagster/runs/abc"
    assert address(tmp_path / "home", MLFLOW_ADDRESS) == ""


@pytest.mark.parametrize("content", [b"", b"[1]", b"\xff", b'{"MIRLITON_DAGSTER_URL": 7}'])
def test_a_file_that_was_changed_is_no_error(tmp_path: Path, content: bytes) -> None:
    (tmp_path / FILE).write_bytes(content)
    assert dagster_run_address(tmp_path, "abc") == "abc"


def test_the_page_of_a_run_is_in_its_experiment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tracked = TrackedRun(tmp_path, experiment="piano_transcription", name="lstm")
    tracked.end()
    monkeypatch.setenv(MLFLOW_ADDRESS, "https://hub.example.org/mlflow/")
    experiment = tracked.client.get_run(tracked.run_id).info.experiment_id
    assert (
        run_address(tmp_path, tracked.run_id)
        == f"https://hub.example.org/mlflow/#/experiments/{experiment}/runs/{tracked.run_id}"
    )
    assert run_address(tmp_path, "0" * 32) == "0" * 32, "one that the server does not know has no page"
