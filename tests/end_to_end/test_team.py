"""Two homes of a team, on PostgreSQL and a bucket: what one registers, prepares, trains and reports, the other has."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.postgres_fixtures import PASSWORD

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]
TRAINING = ["--model", "lstm", "--dataset", "tiny", "--set", "training.epochs=1", "--set", "network.units=6"]


class Member:
    """A member of the team: a home of its own, and a working directory in which nothing may appear."""

    def __init__(self, home: Path) -> None:
        self.home, self.folder = home, home.with_suffix(".work")
        self.folder.mkdir()
        named = ("MIRLITON", "MLFLOW", "DAGSTER", "PG")
        kept = {name: value for name, value in os.environ.items() if not name.startswith(named)}
        checkout = str(Path(__file__).parents[2])
        self.environment = {**kept, "MIRLITON_HOME": str(home), "PYTHONPATH": checkout}

    def __call__(self, *words: str) -> Any:
        """The document that a command prints."""
        command = [sys.executable, "-m", "pipelines.cli.main", *words, "--json"]
        options: dict[str, Any] = {"cwd": self.folder, "env": self.environment, "timeout": 400}
        ended = subprocess.run(command, capture_output=True, text=True, check=False, **options)
        assert ended.returncode == 0, ended.stderr
        return json.loads(ended.stdout)


def test_what_one_home_has_made_another_has(
    database: str, bucket_address: str, tiny_corpus: Path, tmp_path: Path
) -> None:
    first, second = Member(tmp_path / "first"), Member(tmp_path / "second")
    for member in (first, second):
        member.environment["PGPASSWORD"] = PASSWORD
        member("init", "--team", "--database", database, "--store", bucket_address)
        assert member("doctor")["ok"]
    first("add", "tiny", "--loader", "folder", "--root", str(tiny_corpus))
    assert [each["name"] for each in second("datasets")["datasets"]] == ["tiny"]
    second("backfill", "tiny", "--feature", "cqt_84")
    trained = first("train", "piano_transcription", *TRAINING)
    assert trained["trained_now"]
    again = second("train", "piano_transcription", *TRAINING)
    assert (again["trained_now"], again["mlflow_run"]) == (False, trained["mlflow_run"])
    written = second("evaluate", "piano_transcription", "--model", "lstm")
    report = first("report", "piano_transcription")
    assert report["systems"] == written["systems"]
    assert Path(report["page"]).is_relative_to(first.home)
    assert Path(report["page"]).stat().st_size > 10_000
    assert [list(member.folder.iterdir()) for member in (first, second)] == [[], []]
    assert not list(tmp_path.rglob("*.db")), "nothing is in SQLite"
    assert not (first.home / "mlflow" / "artifacts").exists()
