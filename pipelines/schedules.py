"""Dagster schedules: a weekly training of every task, off until it is turned on."""

import dagster as dg

from pipelines.jobs import training_jobs

schedules = [
    dg.ScheduleDefinition(
        name=f"weekly_{job.name}",
        job=job,
        cron_schedule="0 3 * * 1",
        execution_timezone="UTC",
        default_status=dg.DefaultScheduleStatus.STOPPED,
        description="Mondays at 03:00 UTC. A training whose shards and parameters have not changed is up to date.",
    )
    for job in training_jobs.values()
]
