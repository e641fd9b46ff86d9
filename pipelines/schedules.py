"""Dagster schedules: the retrainings that were asked for by ``mirliton schedule``, each at the times of a cron.

The code location reads them when it is loaded. A tick requests the job retrain_<task>, which reads what to train, on
which datasets, when it runs.
"""

import dagster as dg

from mir_models.tasks import TASKS
from pipelines.retraining_jobs import retraining_jobs
from storage import home
from storage.models.retrainings import RetrainingRecord, RetrainingStore
from storage.objects.objects import open_objects


def retraining_schedule(record: RetrainingRecord) -> dg.ScheduleDefinition:
    """The schedule of one task; it is on from the beginning, since it was asked for."""
    networks = ", ".join(record.networks) or "the network in use"
    return dg.ScheduleDefinition(
        name=f"retrain_{record.task}",
        job=retraining_jobs[record.task],
        cron_schedule=record.cron,
        execution_timezone=record.timezone,
        default_status=dg.DefaultScheduleStatus.RUNNING,
        description=(
            f"{networks} on {', '.join(record.datasets)}: what is stale is prepared, a challenger is trained with the "
            f"settings of the champion, and it is promoted or kept. mirliton schedule {record.task} changes it."
        ),
    )


def load_schedules() -> list[dg.ScheduleDefinition]:
    """The schedules in the store."""
    found = RetrainingStore(open_objects(home.store_address())).all()
    return [retraining_schedule(record) for record in found if record.task in TASKS.names()]
