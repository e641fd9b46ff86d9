"""Dagster jobs retrain_<task>: one retraining of a task as its schedule has it, at once or when it is due."""

from collections.abc import Callable

import dagster as dg

from assets.models import POOL
from mir_models.tasks import TASKS
from pipelines.job_runs import RunResult, run_job
from pipelines.retraining import retrain
from storage import home
from storage.models.retrainings import RetrainingStore
from storage.objects.objects import open_objects

FindJob = Callable[[str], dg.JobDefinition]
"""The job of a name: the code location has all, this one among them."""


def retraining_job(task: str) -> dg.JobDefinition:
    """The job of one task."""

    @dg.op(
        name=f"retrain_{task}_op",
        out=dg.Out(dg.Nothing),
        pool=POOL,
        description="Prepare what is stale, train a challenger, promote or keep it. Each is a run of its own.",
    )
    def retraining(context: dg.OpExecutionContext, find_job: dg.ResourceParam[FindJob]) -> dg.Output[None]:
        record = RetrainingStore(open_objects(home.store_address())).get(task)

        def run(job: str, **options: object) -> RunResult:
            return run_job(find_job(job), **options)  # type: ignore[arg-type]  # those of `run_job`

        found = retrain(record, run=run, parent=context.run_id, report=context.log.info)
        return dg.Output(
            None,
            metadata={
                "decision": found.kind,
                "reason": found.reason,
                "in use": found.champion,
                "networks": list(found.networks),
                "prepared": list(found.prepared),
                "not prepared": dict(found.failed),
            },
        )

    @dg.job(
        name=f"retrain_{task}",
        description=f"Retrain for {task} as it is scheduled (mirliton schedule {task}), and promote the result or not.",
    )
    def job() -> None:
        retraining()

    return job


retraining_jobs = {task: retraining_job(task) for task in TASKS.names()}
"""By task."""
