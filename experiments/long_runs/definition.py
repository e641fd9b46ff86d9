"""What defines a run: a TOML file that names its datasets, its network and its settings.

Paths and options may have ``{corpora}``, the folder of the corpora, and ``{home}``, that of the run.
"""

from __future__ import annotations

import json
import tomllib
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, ClassVar, cast

from mir_models.architectures import ARCHITECTURES, training_settings
from mir_models.errors import MirlitonError
from pipelines.settings import parse_settings
from storage.records import JsonValue, Record

RUNS = Path(__file__).with_name("runs")
"""Folder of the definitions, ``RUN.toml``."""


@dataclass(frozen=True, kw_only=True)
class DatasetDefinition(Record):
    """A dataset of a run: the arguments of ``mirliton add``, and how often an epoch visits its examples.

    Attributes
    ----------
    name, loader, root, split : str
    split_seed : int
    options : dict of str to str
        Of the loader.
    exclude : list of str
        Tracks that are left out.
    variants : int
        Augmented variants of every recording in train.
    augment : list of str
        Settings of the variants, e.g. ``"noise.lowest_snr=20"``.
    weight : float
        1: an epoch visits every example once.
    """

    STRICT: ClassVar = True

    name: str
    loader: str
    root: str
    split: str = "auto"
    split_seed: int = 0
    options: dict[str, str] = field(default_factory=dict)
    exclude: list[str] = field(default_factory=list)
    variants: int = 0
    augment: list[str] = field(default_factory=list)
    weight: float = 1.0


@dataclass(frozen=True, kw_only=True)
class RunDefinition(Record):
    """A run.

    Attributes
    ----------
    description : str
        What it is for.
    network : str
        One of ``mirliton train TASK --model``.
    feature : str
        The preset that the network takes.
    epochs : int
    datasets : list of DatasetDefinition
    task : str
    backend : str
        ``KERAS_BACKEND`` of the training.
    commit : str
        Whose code makes data and trains; empty: the commit that is checked out when the home is made.
    preparation : list of str
        Settings of the backfill, e.g. ``"shards.regressed_onsets=2"``.
    options : dict of str to dict of str to str
        Options of all datasets of a loader, by its name.
    settings : dict
        Other settings of the training by their dotted names, e.g. ``"training.batch_size" = 16``.
    """

    STRICT: ClassVar = True

    description: str
    network: str
    feature: str
    epochs: int
    datasets: list[DatasetDefinition]
    task: str = "piano_transcription"
    backend: str = "tensorflow"
    commit: str = ""
    preparation: list[str] = field(default_factory=list)
    options: dict[str, dict[str, str]] = field(default_factory=dict)
    settings: dict[str, bool | int | float | str] = field(default_factory=dict)


def runs() -> list[str]:
    """The runs that are defined."""
    return sorted(path.stem for path in RUNS.glob("*.toml"))


def definition_file(run: str) -> bytes:
    """The file that defines a run; refuses an unknown one."""
    path = RUNS / f"{run}.toml"
    if run not in runs():
        remedy = f"choose among {', '.join(runs())}, or write {path}"
        raise MirlitonError("a run that is defined", received=run, remedy=remedy)
    return path.read_bytes()


def parse(content: bytes, *, where: str) -> RunDefinition:
    """The definition in a file.

    Parameters
    ----------
    content : bytes
    where : str
        The file, for messages.

    Raises
    ------
    MirlitonError
        For what is no TOML, for a key that is missing or unknown, and for a value of another kind.
    """
    remedy = "correct it by experiments/long_runs/definition.py"
    try:
        values = tomllib.loads(content.decode())
    except ValueError as error:
        raise MirlitonError(f"TOML in {where}", received=error, remedy=remedy) from error
    datasets = values.get("datasets")
    for each in datasets if isinstance(datasets, list) else []:  # A nested record is not strict by itself.
        DatasetDefinition.from_json(each, where=f"datasets of {where}", remedy=remedy)
    return RunDefinition.from_json(values, where=where, remedy=remedy)


def check(run: RunDefinition, *, where: str) -> None:
    """Refuse what the training would refuse, before its data is made.

    Parameters
    ----------
    run : RunDefinition
    where : str
        The file, for messages.

    Raises
    ------
    MirlitonError
        For an unknown network, a task or a feature that is not the network's, and an unknown setting.
    """
    architecture = ARCHITECTURES.get(run.network)
    task, feature = architecture.TASK, architecture.FEATURE
    if (run.task, run.feature) != (task, feature):
        expected = f"the task {task} and the feature {feature}, which {run.network} takes, in {where}"
        raise MirlitonError(expected, received=f"{run.task} and {run.feature}", remedy="correct them")
    settings = training_settings(architecture)
    defaults = {part: asdict(cast(Any, params)) for part, params in settings.items()}
    parse_settings([f"{key}={as_text(value)}" for key, value in run.settings.items()], defaults, of=where)


def as_text(value: JsonValue) -> str:
    """A value as ``--set`` reads it: a text as it is, anything else as JSON."""
    return value if isinstance(value, str) else json.dumps(value)
