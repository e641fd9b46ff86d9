"""Runs started from the command line: ``materialise`` starts a materialisation and waits for it."""

from collections.abc import Mapping, Sequence
from typing import Any

from pipelines.instance import prepare_instance
from pipelines.job_runs import RunFailed, RunResult, run_job
from pipelines.orphaned_runs import fail_orphaned_runs

__all__ = ["RunFailed", "RunResult", "materialise"]


def materialise(
    job: str,
    *,
    assets: Sequence[str] = (),
    partition: str | None = None,
    config: Mapping[str, Mapping[str, Any]] | None = None,
    tags: Mapping[str, str] | None = None,
) -> RunResult:
    """Run a job by its name in `pipelines.jobs`, see `run_job`."""
    prepare_instance()  # Before the definitions are imported: they look at the instance in use.
    from pipelines.definitions import definitions

    fail_orphaned_runs(launched=False)
    return run_job(definitions.resolve_job_def(job), assets=assets, partition=partition, config=config, tags=tags)
