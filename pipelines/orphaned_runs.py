"""Runs whose process was killed: the instance takes them for running, and its queue would wait for them for ever."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from pipelines.instance import open_instance
from storage import home


def end_orphans(*, launched: bool) -> None:
    """Mark runs as failed whose process was killed: while they pass for running, the queue starts no other.

    Parameters
    ----------
    launched : bool
        Whether the runs launched by the UI count as well, which is right when no UI is open.
    """
    import dagster as dg

    under_way = [dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.CANCELING]
    with open_instance() as instance:
        for run in instance.get_runs(dg.RunsFilter(statuses=under_way)):
            gone = _is_gone(run.run_id, launched=launched)
            if gone and not instance.get_run_by_id(run.run_id).is_finished:
                instance.report_run_failed(run, "The process was killed. What it finished is kept: run it again.")
                _file_of(run.run_id).unlink(missing_ok=True)


@contextmanager
def sign_of_life() -> Iterator[str]:
    """A new run's id, whose file in the home is locked until the run or its process ends, however it ends."""
    run_id = str(uuid4())
    path = _file_of(run_id)
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        try:
            yield run_id
        finally:
            path.unlink(missing_ok=True)


def _is_gone(run_id: str, *, launched: bool) -> bool:
    """Whether the process of a run has ended; `launched` is the answer for a run without a file."""
    try:
        with open(_file_of(run_id)) as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return launched
    except BlockingIOError:
        return False
    return True


def _file_of(run_id: str) -> Path:
    return home.home() / "locks" / f"run-{run_id}.lock"
