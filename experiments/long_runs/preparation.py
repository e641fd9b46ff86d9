"""The data of a run: its datasets registered, and prepared up to the shards, by the product's own commands."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from experiments.long_runs import processes
from experiments.long_runs.definition import DatasetDefinition, RunDefinition
from experiments.long_runs.home import RunHome
from experiments.long_runs.processes import Deadline
from mir_models.errors import MirlitonError
from storage.datasets import renderings


def prepare(home: RunHome, deadline: Deadline) -> None:
    """Register every dataset of a run and make what is missing of it; what is there is kept.

    All are registered before the first is made, those that are rendered last: what another lacks shows in minutes.

    Raises
    ------
    MirlitonError
        Where a folder of the corpora is missing; see also `processes.run`.
    """
    run = home.definition()
    check_roots(run)
    for dataset in sorted(run.datasets, key=lambda each: each.loader == renderings.NAME):
        processes.run(home, add_command(run, dataset), deadline)
    for dataset in run.datasets:
        processes.run(home, backfill_command(run, dataset.name), deadline)
    home.mark_prepared()


def check_roots(run: RunDefinition) -> None:
    """Refuse corpora without a folder that the run names: all that are missing, at once."""
    folders = [each for dataset in run.datasets for each in (dataset.root, *_pianos(run, dataset))]
    if missing := [each for each in dict.fromkeys(folders) if not Path(each).is_dir()]:
        remedy = "put them there; docs/scaling.md has what a folder of corpora holds"
        raise MirlitonError("the corpora of this run", received=f"no folder {', '.join(missing)}", remedy=remedy)


def _pianos(run: RunDefinition, dataset: DatasetDefinition) -> list[str]:
    """Folders of the sampled pianos that play a dataset."""
    return list(filter(None, _options(run, dataset).get("pianos", "").split(",")))


def _options(run: RunDefinition, dataset: DatasetDefinition) -> dict[str, str]:
    return {**run.options.get(dataset.loader, {}), **dataset.options}


def add_command(run: RunDefinition, dataset: DatasetDefinition) -> list[str]:
    """The command that registers a dataset."""
    return [
        *("add", dataset.name, "--loader", dataset.loader, "--root", dataset.root),
        *("--split", dataset.split, "--split-seed", str(dataset.split_seed)),
        *_each("--option", [f"{key}={value}" for key, value in _options(run, dataset).items()]),
        *_each("--exclude", dataset.exclude),
        *("--variants", str(dataset.variants)),
        *_each("--augment", dataset.augment),
    ]


def backfill_command(run: RunDefinition, name: str) -> list[str]:
    """The command that prepares a dataset up to the shards of the run's feature."""
    return ["backfill", name, "--feature", run.feature, *_each("--set", run.preparation)]


def _each(option: str, values: Sequence[str]) -> list[str]:
    return [word for value in values for word in (option, value)]
