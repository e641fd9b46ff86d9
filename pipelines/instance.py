"""The Dagster instance that the command line and the UI share, under ``MIRLITON_HOME``, and its partitions."""

import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from pipelines.sqlite_flushes import close_all, flush_rarely
from storage import home

if TYPE_CHECKING:
    import dagster as dg

SETTINGS = """\
telemetry:
  enabled: false
run_coordinator:
  module: dagster.core.run_coordinator
  class: QueuedRunCoordinator
  config:
    max_concurrent_runs: 1
"""


def prepare_instance() -> Path:
    """Make the instance's folder, and set the environment by which this process and its children use it."""
    folder = home.dagster_home()
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / "dagster.yaml").exists():
        (folder / "dagster.yaml").write_text(SETTINGS, encoding="utf-8")
    os.environ["DAGSTER_HOME"] = str(folder)
    os.environ["MIRLITON_HOME"] = str(home.home())
    return folder


@contextmanager
def open_instance() -> Iterator["dg.DagsterInstance"]:
    """The shared instance for the time of a block."""
    import dagster as dg

    prepare_instance()
    flush_rarely()
    try:
        with dg.DagsterInstance.get() as instance:
            yield instance
    finally:
        close_all()


def add_partition(dataset: str) -> None:
    """Make a dataset a partition of the shared instance; one that is there stays."""
    with open_instance() as instance:
        instance.add_dynamic_partitions("dataset", [dataset])


def delete_partition(dataset: str) -> None:
    """Take a dataset out of the shared instance's partitions; the record of its runs stays."""
    with open_instance() as instance:
        instance.delete_dynamic_partition("dataset", dataset)


def warn_other_instance() -> None:
    """Warn when this process uses another Dagster instance than the command line would."""
    ours, used = home.dagster_home(), os.environ.get("DAGSTER_HOME")
    if used is None or Path(used).absolute() != ours:
        warnings.warn(
            f"This code location runs under the Dagster instance {used or 'that dagster made for itself'}; "
            f"the mirliton command uses {ours}. Runs of one are not seen in the other. "
            f"Remedy: mirliton ui, or mkdir -p {ours} && export DAGSTER_HOME={ours}",
            stacklevel=2,
        )
