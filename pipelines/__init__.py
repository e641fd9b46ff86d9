"""The names by which people reach the graph: Dagster's definitions, and the command line.

asset_tags: owners and tags of all assets
cli: the commands of ``mirliton``, a file each
dagster_settings: how Dagster's instance queues, retries and keeps runs
definitions: the code location: all assets, jobs, schedules, sensors and resources
estimate: the disk, time and memory of a backfill
instance: the Dagster instance that the command line and the UI share, and its partitions
jobs: preparation by task, training by task, and the transfer probe
orphaned_runs: runs whose process was killed are marked as failed
runs: starts a materialisation and waits for it
schedules: a weekly training of every task
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
    "instance",
    "jobs",
    "orphaned_runs",
    "runs",
    "schedules",
    "sensors",
    "servers",
    "settings",
    "sqlite_flushes",
]

check_import_names()  # Whatever is imported first, the command line or the definitions.
