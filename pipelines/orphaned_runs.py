"""Orphaned runs: their process was killed, the instance takes them for running, and its queue would wait for ever.

Where several machines have one instance, a home looks after its own runs: those that its commands started, and, where
``mirliton ui`` is open, those that were launched there.
"""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

from pipelines.instance import open_instance
from storage import home
from storage.objects.locks import is_held, lock, lock_file

if TYPE_CHECKING:
    import dagster as dg


HOME_TAG = "mirliton/home"
"""The tag of runs that a command started, with its machine and home; those that a UI launched have none."""


def home_tags() -> dict[str, str]:
    """The tags of a run that a command of this home starts."""
    return {HOME_TAG: f"{socket.gethostname()}:{home.home()}"}


def fail_orphaned_runs(*, launched: bool) -> None:
    """Mark runs as failed whose process was killed: while they count as running, the queue starts no other.

    Parameters
    ----------
    launched : bool
        Whether the runs launched by the UI count as well, which is right when no UI is open.
    """
    import dagster as dg

    under_way = [dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.CANCELING]
    with open_instance() as instance:
        for run in instance.get_runs(dg.RunsFilter(statuses=under_way)):
            is_gone = _is_of_home(run) and _is_gone(run.run_id, launched=launched and HOME_TAG not in run.tags)
            latest = instance.get_run_by_id(run.run_id) if is_gone else None
            if latest is not None and not latest.is_finished:
                instance.report_run_failed(run, "The process was killed. What it finished is kept: run it again.")
                _lock_of(run.run_id).unlink(missing_ok=True)


@contextmanager
def locked_run_id() -> Iterator[str]:
    """A new run's id, which has a lock in the home until the run or its process ends, however it ends."""
    run_id = str(uuid4())
    path = _lock_of(run_id)
    with lock(path, wait=True):
        try:
            yield run_id
        finally:
            path.unlink(missing_ok=True)


def _is_of_home(run: "dg.DagsterRun") -> bool:
    """Whether a run is not one of another home; a copy of a home has the locks of the original as well."""
    started_by = run.tags.get(HOME_TAG)
    return started_by is None or started_by.partition(":")[2] == str(home.home())


def _is_gone(run_id: str, *, launched: bool) -> bool:
    """Whether the process of a run has ended; `launched` is returned for a run without a lock."""
    try:
        return not is_held(_lock_of(run_id))
    except FileNotFoundError:
        return launched


def _lock_of(run_id: str) -> Path:
    return lock_file(home.home(), f"run-{run_id}")
