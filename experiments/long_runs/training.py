"""The training of a run: its command, its sessions, from one start to the next interruption, and its checkpoints."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass

from experiments.long_runs import processes
from experiments.long_runs.home import RunHome
from experiments.long_runs.processes import Deadline
from mir_models.errors import MirlitonError
from storage.models import mlflow_runs
from storage.models.checkpoints import ModelStore, Training
from storage.objects.objects import open_objects
from storage.records import JsonObject, JsonValue, Record, parse_json_object


@dataclass(frozen=True, kw_only=True)
class Session(Record):
    """A start of the training: when, in seconds since 1970."""

    began: float


def train(home: RunHome, deadline: Deadline) -> None:
    """Begin the training, or go on from its last epoch, until it ends or no other epoch fits into the time.

    Raises
    ------
    OutOfTime
        Where the first epoch was longer than the time: it is lost.
    MirlitonError
        See `processes.run`.
    """
    command = train_command(home, deadline)
    _keep(home, Session(began=time.time()))
    processes.run(home, command, deadline)


def train_command(home: RunHome, deadline: Deadline) -> list[str]:
    """The command that trains."""
    run, left = home.definition(), deadline.seconds_left()
    values = {"training.epochs": run.epochs, **run.settings, **start_settings(home)}
    return [
        *("train", run.task, "--model", run.network),
        *(word for each in run.datasets for word in ("--dataset", each.name)),
        *(word for each in run.datasets if each.weight != 1 for word in ("--weight", f"{each.name}={each.weight:g}")),
        *(word for key, value in values.items() for word in ("--set", f"{key}={_text(value)}")),
        *(("--minutes", f"{left / 60:g}") if left else ()),
    ]


def start_settings(home: RunHome) -> JsonObject:
    """Settings of a training that began with a file of weights, in the place of the definition's; else none."""
    path = home.start / "settings.json"
    return parse_json_object(path.read_bytes(), where=str(path), remedy="delete it") if path.is_file() else {}


def sessions(home: RunHome) -> list[Session]:
    """All starts of the training, in order of time."""
    path = home.folder / "sessions.jsonl"
    lines = path.read_bytes().splitlines() if path.is_file() else []
    return [Session.from_bytes(line, where=str(path)) for line in lines]


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


def devices(home: RunHome) -> str:
    """The devices of the training, and how busy they were on average, as its MLflow run has them."""
    run_id = begun(home).state()[2]["run_id"]
    tags = mlflow_runs.run_tags(home.mirliton, run_id)
    named = [f"{name} {tags[name]}" for name in ("backend", "device", "gpu", "machine") if name in tags]
    means = [f"{name} {value:.1f}" for name, value in mlflow_runs.utilisation(home.mirliton, run_id).items()]
    return f"{', '.join(named)}; on average {', '.join(means) or 'nothing was sampled yet'}"


def _keep(home: RunHome, session: Session) -> None:
    with (home.folder / "sessions.jsonl").open("a", encoding="utf-8") as file:
        file.write(f"{json.dumps(session.to_json())}\n")


def _text(value: JsonValue) -> str:
    """A value as ``--set`` reads it: a text as it is, anything else as JSON."""
    return value if isinstance(value, str) else json.dumps(value)
