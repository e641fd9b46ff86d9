"""The Dagster instance that the command line and the UI share, under ``MIRLITON_HOME``, and its partitions."""

import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from pipelines.dagster_settings import EARLIER, instance_settings
from pipelines.sqlite_flushes import close_all, flush_rarely
from storage import home
from storage.models.artifact_locations import relocate
from storage.objects.atomic import write_atomic
from storage.servers import postgres
from storage.servers.team_settings import DAGSTER_DATABASE

if TYPE_CHECKING:
    import dagster as dg


def prepare_instance() -> Path:
    """Make the instance's folder, and set the environment by which this process and its children use it.

    A home that was copied or moved says so, and its MLflow runs keep their files in it from then on.
    """
    folder = home.dagster_home()
    folder.mkdir(parents=True, exist_ok=True)
    shared = bool(os.environ.get(DAGSTER_DATABASE))
    path = folder / "dagster.yaml"
    if not path.exists() or path.read_text(encoding="utf-8") in EARLIER:
        write_instance_settings(shared=shared)
    os.environ["DAGSTER_HOME"] = str(folder)
    os.environ["MIRLITON_HOME"] = str(home.home())
    _relocate_artifacts()
    return folder


def write_instance_settings(*, shared: bool, runs: int = 1) -> None:
    """Write ``dagster.yaml``; parameters of `instance_settings`."""
    content = instance_settings(shared=shared, runs=runs)
    write_atomic(home.dagster_home() / "dagster.yaml", content.encode())


def _relocate_artifacts() -> None:
    moved = relocate(home.home())
    if moved is None:
        return
    from pipelines.cli.console import print_warning

    how = f"is a copy of {moved.former}" if moved.is_copy else f"was moved here from {moved.former}"
    print_warning(f"{home.home()} {how}: from now on its MLflow runs keep their files in it.")


NO_CAPTURE = {
    "compute_logs": {
        "module": "dagster._core.storage.noop_compute_log_manager",
        "class": "NoOpComputeLogManager",
        "config": {},
    }
}
"""For runs of a command, whose output is on its screen: to capture it, Dagster starts two processes for each stream,
which get Ctrl-C as well and print a traceback."""


@contextmanager
def open_instance(*, captures_output: bool = True) -> Iterator["dg.DagsterInstance"]:
    """The shared instance for the time of a block; `captures_output`: whether the UI shows what its runs print."""
    import dagster as dg
    from dagster._core.instance.ref import InstanceRef

    prepare_instance()
    flush_rarely()
    if database := os.environ.get(DAGSTER_DATABASE):  # Dagster tries for a while, and ends with a traceback.
        postgres.reach(database)
    try:
        folder, overrides = str(home.dagster_home()), None if captures_output else NO_CAPTURE
        with dg.DagsterInstance.from_ref(InstanceRef.from_dir(folder, overrides=overrides)) as instance:
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


def add_partitions() -> None:
    """Make all registered datasets partitions of the shared instance: another home may have registered some."""
    from storage.corpora.catalogue import open_catalogue

    with open_instance() as instance:
        instance.add_dynamic_partitions("dataset", open_catalogue().names())


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
