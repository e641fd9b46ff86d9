"""The folder of a run: its definition, its code, and what is made.

::

    RUN/run.toml          the definition, as it was when the home was made
    RUN/run.json          `HomeRecord`
    RUN/code/             the code that makes the data and trains
    RUN/mirliton/         ``MIRLITON_HOME``: registrations, stores, MLflow's database
    RUN/prepared          empty: the data is complete
    RUN/starts.jsonl      when the training was started
    RUN/start/            the weights that it began with, where it began with a file of them
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path

from experiments.long_runs import code, definition
from experiments.long_runs.definition import RunDefinition
from mir_models.errors import MirlitonError
from pipelines.cli.doctor import BACKENDS
from storage.objects.atomic import write_atomic
from storage.records import Record

SAMPLING = {"MLFLOW_SYSTEM_METRICS_SAMPLING_INTERVAL": "5", "MLFLOW_SYSTEM_METRICS_SAMPLES_BEFORE_LOGGING": "6"}
"""What MLflow samples of processor and GPU every five seconds is logged as a mean of half a minute: days are long."""

SERVERS = ("MLFLOW_TRACKING_URI", "MIRLITON_DASK_ADDRESS")
"""Variables that would log a run, or make its data, elsewhere: whatever the shell of a start names, a run stays one."""


def forget_servers() -> None:
    """Let this process, and what it starts, keep to the home of a run."""
    for name in SERVERS:
        os.environ.pop(name, None)


@dataclass(frozen=True, kw_only=True)
class HomeRecord(Record):
    """What a home was made of: the run, the commit of its code, the folder of the corpora, the date (ISO 8601)."""

    run: str
    commit: str
    corpora: str
    made: str


@dataclass(frozen=True)
class RunHome:
    """The folder of a run."""

    folder: Path

    @property
    def code(self) -> Path:
        """The code that the run uses."""
        return self.folder / "code"

    @property
    def mirliton(self) -> Path:
        """``MIRLITON_HOME`` of its commands."""
        return self.folder / "mirliton"

    @property
    def store(self) -> Path:
        """``MIRLITON_STORE`` of its commands."""
        return self.mirliton / "store"

    @property
    def start(self) -> Path:
        """What the training began with, where that was a file of weights."""
        return self.folder / "start"

    def exists(self) -> bool:
        """Whether the home was made, which its record shows."""
        return self._record.is_file()

    def is_prepared(self) -> bool:
        """Whether all of the data is there."""
        return (self.folder / "prepared").is_file()

    def mark_prepared(self) -> None:
        """All of the data is there."""
        write_atomic(self.folder / "prepared", b"")

    def record(self) -> HomeRecord:
        """What it was made of; refuses a folder that is no home."""
        if not self.exists():
            remedy = "make it: python -m experiments.long_runs data RUN --corpora FOLDER"
            raise MirlitonError(f"the home of a run in {self.folder}", received="none", remedy=remedy)
        return HomeRecord.from_bytes(self._record.read_bytes(), where=str(self._record))

    def definition(self) -> RunDefinition:
        """The definition with which the home was made, with the folders in the place of their names."""
        record, path = self.record(), self.folder / "run.toml"
        text = path.read_text(encoding="utf-8")
        filled = text.replace("{corpora}", record.corpora).replace("{home}", str(self.folder))
        return definition.parse(filled.encode(), where=str(path))

    def is_as_defined(self) -> bool:
        """Whether the checkout defines the run as it was when the home was made, whatever its commit and its words."""
        run = self.record().run
        if run not in definition.runs():
            return True
        contents = (self.folder / "run.toml").read_bytes(), definition.definition_file(run)
        kept, now = (definition.parse(content, where=f"{run}.toml") for content in contents)
        return kept == replace(now, commit=kept.commit, description=kept.description)

    def make(self, run: str, corpora: Path, *, uncommitted: bool = False) -> None:
        """Make the home: the definition, the code, and the record last.

        Parameters
        ----------
        run : str
        corpora : Path
            Folder of the corpora.
        uncommitted : bool
            Take the files of the checkout as they are, not those of a commit; so it is done outside a checkout.

        Raises
        ------
        MirlitonError
            When the corpora are no folder, or the run is not defined or could not be trained.
        """
        content = definition.definition_file(run)
        defined = definition.parse(content, where=f"{run}.toml")
        if not defined.commit:  # The code of another commit may have other settings.
            definition.check(defined, where=f"{run}.toml")
        commit = defined.commit or code.head()
        if not corpora.is_dir():
            remedy = "correct the path: a home keeps it"
            raise MirlitonError("the folder of the corpora", received=f"{corpora}, which is none", remedy=remedy)
        self.folder.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(self.code, ignore_errors=True)  # Of a home that was interrupted before it had a record.
        name = code.copy_code(self.code, "" if uncommitted else commit)
        write_atomic(self.folder / "run.toml", content)
        made = time.strftime("%Y-%m-%dT%H:%M:%S%z")
        record = HomeRecord(run=run, commit=name, corpora=str(corpora.resolve()), made=made)
        write_atomic(self._record, json.dumps(record.to_json(), indent=1).encode())

    def check_corpora(self, corpora: Path) -> None:
        """Refuse the folder of other corpora than those that the home was made for: its data would not be theirs."""
        made_for = self.record().corpora
        if str(corpora.resolve()) != made_for:
            remedy = "leave --corpora out, or give the run of these a home in another place: --homes FOLDER"
            raise MirlitonError(f"the corpora of this run, {made_for}", received=corpora, remedy=remedy)

    def environment(self) -> dict[str, str]:
        """The environment of its commands."""
        return {
            **SAMPLING,
            **os.environ,
            **self.addresses(),
            "MIRLITON_COMMIT": self.record().commit,
            "MIRLITON_NEXT": "none",  # Another command of the product would find another home.
            "KERAS_BACKEND": self.definition().backend,
            "PYTHONPATH": os.pathsep.join(filter(None, (str(self.code), os.environ.get("PYTHONPATH")))),
        }

    def addresses(self) -> dict[str, str]:
        """The environment by which any code finds what was made here."""
        return {"MIRLITON_HOME": str(self.mirliton), "MIRLITON_STORE": str(self.store)}

    def words(self, command: Sequence[str]) -> list[str]:
        """A command of its code, such as ``("datasets",)``, as the words of a process."""
        return [sys.executable, str(self.code / "mirliton.py"), *command]

    def check_backend(self) -> None:
        """Refuse a machine without the library that trains, before anything is made for it."""
        backend = self.definition().backend
        if find_spec(backend) is None:
            remedy = BACKENDS.get(backend, "let the definition name tensorflow, jax or torch as its backend")
            raise MirlitonError(f"{backend}, which trains this run", received="it is not installed", remedy=remedy)

    @property
    def _record(self) -> Path:
        return self.folder / "run.json"
