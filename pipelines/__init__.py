"""The names by which people reach the graph: Dagster's definitions, and the command line.

asset_tags: owners and tags of all assets
cli: the commands of ``mirliton``, a file each
dagster_settings: how Dagster's instance queues, retries and keeps runs
definitions: the code location: all assets, jobs, schedules, sensors and resources
estimate: the disk, time and memory of a backfill
failure_notices: a run that failed is told to a command or a web address
instance: the Dagster instance that the command line and the UI share, and its partitions
job_runs: runs of a job in this process
jobs: preparation, training and retraining by task, and the transfer probe
orphaned_runs: runs whose process was killed are marked as failed
retraining: one retraining: what is stale, a challenger, its promotion
retraining_jobs: the jobs of retrainings
runs: starts a materialisation and waits for it
schedules: the retrainings that were asked for
sensors: new, changed and gone files of registered datasets
servers: the servers of ``mirliton ui`` and ``mirliton listen``, with their guard
settings: ``key=value`` texts as settings, loader options and weights
sqlite_flushes: the databases of Dagster are flushed to the disk as often as they need
"""

from mirliton import check_import_names

__all__ = [
    "asset_tags",
    "cli",
    "dagster_settings",
    "definitions",
    "estimate",
    "failure_notices",
    "instance",
    "job_runs",
    "jobs",
    "orphaned_runs",
    "retraining",
    "retraining_jobs",
    "runs",
    "schedules",
    "sensors",
    "servers",
    "settings",
    "sqlite_flushes",
]

check_import_names()  # Whatever is imported first, the command line or the definitions.
