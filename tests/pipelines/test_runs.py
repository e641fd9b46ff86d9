"""Runs of the command line: why a run failed, and runs whose process was killed."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from assets.training.time_limit import TimeLimitReached
from mir_models.errors import MirlitonError
from pipelines.instance import add_partition, add_partitions, open_instance
from pipelines.orphaned_runs import HOME_TAG, fail_orphaned_runs, home_tags
from pipelines.runs import RunFailed, materialise
from storage.corpora.catalogue import open_catalogue
from storage.corpora.registrations import Registration

TRAIN = {"job": "train_piano_transcription", "assets": ["models/piano_transcription/lstm"]}


def test_a_run_that_fails_raises_its_reason_and_under_which_id_the_ui_shows_it(home: Path) -> None:
    with pytest.raises(RunFailed) as failed:
        materialise(**TRAIN)
    message = "Expected shards of cqt_84 with notes. Received: none for any dataset. Remedy: "
    assert str(failed.value).startswith(message)
    with open_instance() as instance:
        (run,) = instance.get_runs()
        assert run.status is dg.DagsterRunStatus.FAILURE
        assert not list((home / "locks").glob("run-*"))
        assert f"(run {run.run_id}, mirliton ui shows it)" in str(failed.value)


def fail_with(error: BaseException, monkeypatch: pytest.MonkeyPatch, cause: BaseException | None = None) -> None:
    """Let every training raise an error."""

    def raising(*_: Any) -> None:
        raise error from cause

    monkeypatch.setattr("assets.training.recipe.open_dataset_shards", raising)


def test_the_reason_is_what_the_asset_raised_not_what_lies_behind_it(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    message = MirlitonError("to be the only run", received="another", remedy="wait for it")
    fail_with(message, monkeypatch, cause=BlockingIOError(11, "Resource temporarily unavailable"))
    with pytest.raises(RunFailed, match=r"^Expected to be the only run\. Received: another\. Remedy: wait for it\. "):
        materialise(**TRAIN)


def test_the_reason_of_an_unforeseen_error_is_its_message(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fail_with(ValueError("a layer of no width"), monkeypatch)
    with pytest.raises(RunFailed, match=r"^a layer of no width \(run "):
        materialise(**TRAIN)


@pytest.mark.parametrize("wish", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_is_an_interruption(
    home: Path, monkeypatch: pytest.MonkeyPatch, wish: signal.Signals
) -> None:
    handlers = {each: signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)}
    monkeypatch.setattr("assets.training.recipe.open_dataset_shards", lambda *_: os.kill(os.getpid(), wish))
    try:
        with pytest.raises(KeyboardInterrupt):
            materialise(**TRAIN)
    finally:
        for each, handler in handlers.items():
            signal.signal(each, handler)
    with open_instance() as instance:
        assert [run.status for run in instance.get_runs()] == [dg.DagsterRunStatus.FAILURE]


def test_a_training_that_stops_for_its_limit_says_how_far_it_is(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fail_with(TimeLimitReached("7 of 40 epochs are done"), monkeypatch)
    with pytest.raises(TimeLimitReached, match=r"^7 of 40 epochs are done$"):
        materialise(**TRAIN)


def test_a_registered_dataset_is_a_partition_once(home: Path) -> None:
    add_partition("mine")
    add_partition("mine")
    with open_instance() as instance:
        assert instance.get_dynamic_partitions("dataset") == ["mine"]


def under_way(instance: dg.DagsterInstance, started_by: str = "") -> str:
    """A run that the instance believes to be running, perhaps started by a command of some home; its id."""
    from pipelines.definitions import definitions

    tags = {HOME_TAG: started_by} if started_by else {}
    run = instance.create_run_for_job(definitions.resolve_job_def(TRAIN["job"]), tags=tags)
    instance.report_dagster_event(
        dg.DagsterEvent(event_type_value=dg.DagsterEventType.RUN_START.value, job_name=run.job_name), run.run_id
    )
    return run.run_id


def test_runs_of_killed_processes_are_marked_and_living_ones_left_alone(home: Path) -> None:
    (home / "locks").mkdir(parents=True)
    with open_instance() as instance:
        dead, alive, of_ui = (under_way(instance) for _ in range(3))
        (home / "locks" / f"run-{dead}.lock").touch()
        with open(home / "locks" / f"run-{alive}.lock", "w") as held:
            fcntl.flock(held, fcntl.LOCK_EX)
            fail_orphaned_runs(launched=False)
            statuses = {run.run_id: run.status for run in instance.get_runs()}
            failed, started = dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.STARTED
            assert statuses == {dead: failed, alive: started, of_ui: started}
            fail_orphaned_runs(launched=True)
            assert {run.run_id for run in instance.get_runs() if run.status is started} == {alive}
        assert [path.name for path in (home / "locks").iterdir()] == [f"run-{alive}.lock"]


def test_runs_of_other_homes_at_the_same_instance_are_left_alone(home: Path) -> None:
    (home / "locks").mkdir(parents=True)
    with open_instance() as instance:
        others, ours = under_way(instance, "elsewhere:/home"), under_way(instance, home_tags()[HOME_TAG])
        of_original = under_way(instance, "here:/original")
        for run_id in (ours, of_original):  # A copy of a home has the locks of the original.
            (home / "locks" / f"run-{run_id}.lock").touch()
        fail_orphaned_runs(launched=True)
        assert {run.run_id for run in instance.get_runs() if not run.is_finished} == {others, of_original}


def test_a_dataset_that_another_home_registered_becomes_a_partition(home: Path) -> None:
    open_catalogue().add(Registration("theirs", "folder", "/r"))
    add_partitions()
    with open_instance() as instance:
        assert instance.get_dynamic_partitions("dataset") == ["theirs"]


def test_a_run_in_a_process_of_its_own_that_is_killed_does_not_hold_the_queue(home: Path) -> None:
    """The whole way: kill -9 in the middle of a run, then another command."""
    program = (
        "import os, signal, assets.training.recipe; from pipelines.runs import materialise\n"
        "assets.training.recipe.open_dataset_shards = lambda *_: os.kill(os.getpid(), signal.SIGKILL)\n"
        f"materialise({TRAIN['job']!r}, assets={TRAIN['assets']!r})"
    )
    killed = subprocess.run([sys.executable, "-c", program], cwd=Path(__file__).parents[2], timeout=120, check=False)
    assert killed.returncode == -signal.SIGKILL
    with open_instance() as instance:
        assert [run.status for run in instance.get_runs()] == [dg.DagsterRunStatus.STARTED]
        with pytest.raises(RunFailed):
            materialise(**TRAIN)
        assert [run.status for run in instance.get_runs()] == [dg.DagsterRunStatus.FAILURE] * 2
    assert not list((home / "locks").glob("run-*"))
