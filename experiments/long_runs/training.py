"""The training of a run: its command, within a limit of time, its starts, and its checkpoints."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, replace

from experiments.long_runs import processes
from experiments.long_runs.definition import as_text
from experiments.long_runs.home import RunHome
from experiments.long_runs.processes import Deadline, OutOfTime
from mir_models.architectures import ARCHITECTURES
from mir_models.errors import MirlitonError
from mir_models.tasks import TASKS
from mir_models.training.params import Params
from mir_models.training.run import Run
from storage.models import mlflow_runs
from storage.models.checkpoints import ModelStore, Training
from storage.models.record import ModelRecord
from storage.objects.objects import open_objects
from storage.records import JsonObject, Record, parse_json_object

START_UP = 120.0
"""Seconds of a limit that are left to the libraries and the data until the training counts its own time: it was 96 for
70 hours of recordings, on cores that others shared."""
SLOWER = 0.1
"""Share of a limit by which epochs may take longer than those before."""
STARTS = ("sessions.jsonl", "starts.jsonl")
"""Files with the starts of a training: that of homes that earlier versions made, and that which is written."""


@dataclass(frozen=True, kw_only=True)
class Start(Record):
    """A start of the training: when, in seconds since 1970."""

    began: float


def train(home: RunHome, deadline: Deadline) -> None:
    """Begin the training, or go on from its last epoch, until it ends or no other epoch fits into the time.

    A training whose epochs are done is left to choose its model and thresholds, however long that takes.

    Raises
    ------
    OutOfTime
        Where an epoch was under way when the limit was over, such as a first one that is longer than the time: it is
        lost.
    MirlitonError
        See `processes.run`.
    """
    command = train_command(home, deadline)
    _keep(home, Start(began=time.time()))
    processes.run(home, command, deadline, may_end=lambda: is_over(home))


def train_command(home: RunHome, deadline: Deadline) -> list[str]:
    """The command that trains."""
    run, seconds = home.definition(), deadline.seconds_left()
    values = {"training.epochs": run.epochs, **run.settings, **start_settings(home)}
    return [
        *("train", run.task, "--model", run.network),
        *(word for each in run.datasets for word in ("--dataset", each.name)),
        *(word for each in run.datasets if each.weight != 1 for word in ("--weight", f"{each.name}={each.weight:g}")),
        *(word for key, value in values.items() for word in ("--set", f"{key}={as_text(value)}")),
        *(("--minutes", f"{for_epochs(seconds) / 60:g}") if seconds else ()),
    ]


def for_epochs(seconds: float) -> float:
    """The limit that a training has for its epochs, of the seconds that are left for all of it.

    An epoch that fits into the one ends before the other is over, unless it takes longer than those before by more
    than `SLOWER` of all. A short limit is halved.
    """
    return max(seconds / 2, (1 - SLOWER) * seconds - START_UP)


def start_settings(home: RunHome) -> JsonObject:
    """Settings of a training that began with a file of weights, in the place of the definition's; else none."""
    path = home.start / "settings.json"
    return parse_json_object(path.read_bytes(), where=str(path), remedy="delete it") if path.is_file() else {}


def starts(home: RunHome) -> list[Start]:
    """All starts of the training, in order of time."""
    files = [path for path in (home.folder / name for name in STARTS) if path.is_file()]
    return [Start.from_bytes(line, where=str(path)) for path in files for line in path.read_bytes().splitlines()]


def checkpoints(home: RunHome) -> Training | None:
    """The training on disk that was changed last; None before the first epoch."""
    run = home.definition()
    store = ModelStore(open_objects(str(home.store)), run.task, run.network)
    states = sorted((home.store / store.prefix).glob("*/state.npz"), key=lambda path: path.stat().st_mtime)
    return store.training(states[-1].parent.name) if states else None


def begun(home: RunHome) -> Training:
    """The training on disk; refuses a run of which no epoch is done."""
    found = checkpoints(home)
    if found is None:
        remedy = "python -m experiments.long_runs train RUN"
        raise MirlitonError("an epoch that is done", received=f"none in {home.folder}", remedy=remedy)
    return found


def recipe(home: RunHome) -> ModelRecord:
    """The record of the training on disk before it is finished: all of its settings."""
    logged = mlflow_runs.logged_recipe(home.mirliton, begun(home).state()[2]["run_id"])
    return ModelRecord.from_json(logged, where=f"the recipe of {home.folder}")


def is_over(home: RunHome) -> bool:
    """Whether no epoch is to come."""
    found = checkpoints(home)
    if found is None:
        return False
    record = recipe(home)
    monitor = TASKS.get(record.task).monitor(ARCHITECTURES.get(record.architecture).HEADS)
    params, ignore = replace(Params(), **record.training), lambda *_: None
    return Run(params, monitor, save=ignore, log=ignore, history=found.state()[1]).is_over()


def check_over(home: RunHome) -> None:
    """Refuse a training with epochs to come: who waits for its end must not go on, whichever limit stopped it.

    Raises
    ------
    OutOfTime
    """
    if not is_over(home):
        expected, remedy = "a training that is over", "give the same command again: it goes on from there"
        raise OutOfTime(expected, received=f"{len(begun(home).state()[1])} epochs", remedy=remedy)


def devices(home: RunHome) -> str:
    """The devices of the training, and how busy they were on average, as its MLflow run has them."""
    run_id = begun(home).state()[2]["run_id"]
    tags = mlflow_runs.run_tags(home.mirliton, run_id)
    library = f"version.{tags.get('backend')}"
    shown = [name for name in ("backend", library, "device", "gpu", "machine") if name in tags]
    named = [f"{name.removeprefix('version.')} {tags[name]}" for name in shown]
    means = [f"{name} {value:.1f}" for name, value in mlflow_runs.utilisation(home.mirliton, run_id).items()]
    return f"{', '.join(named)}; on average {', '.join(means) or 'nothing was sampled yet'}"


def _keep(home: RunHome, start: Start) -> None:
    with (home.folder / STARTS[-1]).open("a", encoding="utf-8") as file:
        file.write(f"{json.dumps(start.to_json())}\n")
