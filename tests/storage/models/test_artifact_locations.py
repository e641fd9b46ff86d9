"""Where MLflow keeps the files of runs: by default, for a team, and in a home that was copied or moved."""

from __future__ import annotations

import shutil
from pathlib import Path

import mlflow
import pytest

from storage.models.artifact_locations import Relocation, artifact_root, former_home, relocate
from storage.models.mlflow_runs import TrackedRun, tracking_uri


@pytest.mark.parametrize(
    ("uri", "store", "expected"),
    [
        ("", "", "file://{home}/mlflow/artifacts"),
        ("", "s3://team/store", "file://{home}/mlflow/artifacts"),
        ("postgresql+psycopg2://me@host/team", "s3://team/store/", "s3://team/store/mlflow"),
        ("postgresql+psycopg2://me@host/team", "/shared/store", "file://{home}/mlflow/artifacts"),
        ("https://mlflow.example.org", "s3://team/store", None),
    ],
)
def test_files_of_runs_are_where_all_who_share_the_runs_reach_them(
    home: Path, monkeypatch: pytest.MonkeyPatch, uri: str, store: str, expected: str | None
) -> None:
    monkeypatch.setenv("MIRLITON_STORE", store)
    assert artifact_root(home, uri or tracking_uri(home)) == (expected and expected.format(home=home))


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with a run that has a file, which tests leave as it is."""
    folder = tmp_path_factory.mktemp("original") / "my home"
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("MLFLOW_TRACKING_URI", raising=False)
        log(folder, "first")
    return folder


def log(home: Path, text: str) -> str:
    """A run with a file; its id."""
    run = TrackedRun(home, experiment="piano_transcription", name=text)
    run.client.log_text(run.run_id, text, "note.txt")
    run.end()
    return run.run_id


def files_of(home: Path) -> set[Path]:
    return {path for path in (home / "mlflow" / "artifacts").rglob("*") if path.is_file()}


def note(home: Path, run_id: str) -> str:
    """The file of a run, as MLflow's client finds it."""
    uri = tracking_uri(home)
    return mlflow.artifacts.load_text(mlflow.MlflowClient(uri).get_run(run_id).info.artifact_uri + "/note.txt")


def test_a_home_in_its_place_is_left_alone(original: Path) -> None:
    before = (original / "mlflow" / "mlflow.db").stat().st_mtime_ns
    assert (former_home(original), relocate(original)) == (None, None)
    assert (original / "mlflow" / "mlflow.db").stat().st_mtime_ns == before
    assert relocate(original / "none") is None


def test_a_copied_home_writes_nothing_into_its_original(original: Path, home: Path) -> None:
    shutil.copytree(original, home)
    before = files_of(original)
    assert former_home(home) == original
    assert relocate(home) == Relocation(original, is_copy=True)
    assert relocate(home) is None, "once is enough"
    run_id = log(home, "second")
    assert files_of(original) == before
    assert len(files_of(home)) == len(before) + 1
    assert note(home, run_id) == "second"
    (first,) = mlflow.MlflowClient(tracking_uri(original)).search_runs(["1"])
    assert note(original, first.info.run_id) == "first"
    (home / "mlflow" / "artifacts" / first.info.run_id / "artifacts" / "note.txt").write_text("of the copy")
    assert note(home, first.info.run_id) == "of the copy"


def test_a_home_that_was_moved_finds_the_files_of_its_runs(original: Path, tmp_path: Path, home: Path) -> None:
    shutil.copytree(original, tmp_path / "before" / "x%20y")
    relocate(tmp_path / "before" / "x%20y")
    shutil.move(tmp_path / "before" / "x%20y", home)
    assert relocate(home) == Relocation(tmp_path / "before" / "x%20y", is_copy=False)
    (run,) = mlflow.MlflowClient(tracking_uri(home)).search_runs(["1"])
    assert note(home, run.info.run_id) == "first"
