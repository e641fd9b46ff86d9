"""The data of a run: its datasets registered, and prepared up to the shards, by the product's own commands."""

from __future__ import annotations

from collections.abc import Sequence

from experiments.long_runs import processes
from experiments.long_runs.definition import DatasetDefinition, RunDefinition
from experiments.long_runs.home import RunHome
from experiments.long_runs.processes import Deadline


def prepare(home: RunHome, deadline: Deadline) -> None:
    """Register every dataset of a run and make what is missing of it; what is there is kept.

    Raises
    ------
    MirlitonError
        See `processes.run`.
    """
    run = home.definition()
    for dataset in run.datasets:
        processes.run(home, add_command(run, dataset), deadline)
        processes.run(home, backfill_command(run, dataset.name), deadline)
    home.mark_prepared()


def add_command(run: RunDefinition, dataset: DatasetDefinition) -> list[str]:
    """The command that registers a dataset."""
    options = {**run.options.get(dataset.loader, {}), **dataset.options}
    return [
        *("add", dataset.name, "--loader", dataset.loader, "--root", dataset.root),
        *("--split", dataset.split, "--split-seed", str(dataset.split_seed)),
        *_each("--option", [f"{key}={value}" for key, value in options.items()]),
        *_each("--exclude", dataset.exclude),
        *("--variants", str(dataset.variants)),
        *_each("--augment", dataset.augment),
    ]


def backfill_command(run: RunDefinition, name: str) -> list[str]:
    """The command that prepares a dataset up to the shards of the run's feature."""
    return ["backfill", name, "--feature", run.feature, *_each("--set", run.preparation)]


def _each(option: str, values: Sequence[str]) -> list[str]:
    return [word for value in values for word in (option, value)]
