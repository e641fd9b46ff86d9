"""Checkpoints of trainings on disk: the model of every epoch, the state to resume from, the best and the current model.

``models/<task>/<architecture>/<fingerprint>/`` holds ``epochs/epoch-003.keras`` (model and weights of each epoch),
``state.npz`` (variables, optimizer and history after the last epoch: replaced atomically, it is what resuming reads),
``model.keras`` (the best epoch) and ``model.json`` (written last: the training is complete).
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypedDict

import numpy as np
from numpy.typing import NDArray

from mir_models.errors import MirlitonError
from storage.models.exported import from_keras_file, to_keras_file
from storage.models.record import ModelRecord
from storage.objects import leases
from storage.objects.objects import Objects
from storage.records import Record

METADATA = "told"
"""Array of ``state.npz`` with a `StateMetadata` as JSON."""
Variables = Mapping[str, NDArray[Any]]
"""Arrays by name: weights, seeds of dropout, optimizer, learning rate."""


class ResumeNotes(TypedDict, total=False):
    """What is saved with the state of a training: the MLflow run in which it goes on."""

    run_id: str


@dataclass(frozen=True)
class CurrentRecord(Record):
    """``current.json``: the fingerprint of the training that reports and transcriptions use."""

    fingerprint: str


@dataclass(frozen=True)
class StateMetadata(Record):
    """What ``state.npz`` has beside the variables: the metrics of each epoch by name, and notes."""

    history: list[dict[str, float]]
    notes: ResumeNotes = field(default_factory=ResumeNotes)


@dataclass(frozen=True)
class ModelStore:
    """The trainings of one architecture for one task."""

    objects: Objects
    task: str
    architecture: str

    @property
    def prefix(self) -> str:
        """Key of the folder in the store."""
        return f"models/{self.task}/{self.architecture}"

    def training(self, fingerprint: str) -> Training:
        """The training made from the ingredients behind `fingerprint`."""
        return Training(self.objects, f"{self.prefix}/{fingerprint}", fingerprint)

    def trial(self, fingerprint: str) -> Training:
        """The training of a trial of a sweep, which lies apart: it is no model of the task unless it is the best."""
        return Training(self.objects, f"sweeps/{self.task}/{self.architecture}/{fingerprint}", fingerprint)

    def make_current(self, fingerprint: str) -> None:
        """Let reports and transcriptions use this training."""
        content = json.dumps(CurrentRecord(fingerprint).to_json()).encode()
        self.objects.write(f"{self.prefix}/current.json", content)

    def current_record(self) -> ModelRecord | None:
        """The record of the current training, or None before there is a finished one."""
        fingerprint = self.current_fingerprint()
        return self.training(fingerprint).record() if fingerprint else None

    def current_fingerprint(self) -> str | None:
        """The fingerprint of the current training, or None before there is one."""
        key = f"{self.prefix}/current.json"
        content = self.objects.read(key)
        if content is None:
            return None
        where = f"{self.objects.address}/{key}"
        remedy = f"delete the file and mirliton train {self.task} --model {self.architecture}: a finished one is found"
        return CurrentRecord.from_bytes(content, where=where, remedy=remedy).fingerprint

    def current(self) -> Training:
        """The training that reports and transcriptions use."""
        fingerprint = self.current_fingerprint()
        if fingerprint is None:
            remedy = f"mirliton train {self.task} --model {self.architecture} first"
            raise MirlitonError(f"a trained {self.architecture}", received="none in the store", remedy=remedy)
        return self.training(fingerprint)


@dataclass(frozen=True)
class Training:
    """One training on disk."""

    objects: Objects
    prefix: str
    fingerprint: str

    def record(self) -> ModelRecord | None:
        """The record of the finished training, or None while it is unfinished."""
        key = f"{self.prefix}/model.json"
        content = self.objects.read(key)
        if content is None:
            return None
        where = f"{self.objects.address}/{key}"
        return ModelRecord.from_bytes(content, where=where, remedy="delete the file and train again")

    def finished_record(self) -> ModelRecord:
        """The record of the finished training; refuses an unfinished one."""
        record = self.record()
        if record is None:
            raise MirlitonError("a finished training", received=f"no record in {self.prefix}", remedy="train it again")
        return record

    def state(self) -> tuple[dict[str, NDArray[Any]] | None, list[dict[str, float]], ResumeNotes]:
        """Variables after the last epoch (None before the first), the history, and notes saved with them."""
        key = f"{self.prefix}/state.npz"
        content = self.objects.read(key)
        if content is None:
            return None, [], {}
        with np.load(io.BytesIO(content)) as arrays:
            variables = {name: arrays[name] for name in arrays.files if name != METADATA}
            content = str(arrays[METADATA]).encode()
        where, remedy = f"{METADATA} in {self.objects.address}/{key}", "delete the file: the training begins again"
        metadata = StateMetadata.from_bytes(content, where=where, remedy=remedy)
        return variables, metadata.history, metadata.notes

    def save_epoch(self, model: Any, state: Variables, history: list[dict[str, float]], notes: ResumeNotes) -> None:
        """Save an epoch: its model first, then, in one atomic step, the state to resume from."""
        self.objects.write(self._epoch(len(history) - 1), to_keras_file(model))
        buffer = io.BytesIO()
        metadata = json.dumps(StateMetadata(history, notes).to_json())
        arrays: dict[str, Any] = {METADATA: np.array(metadata), **state}
        np.savez(buffer, **arrays)
        self.objects.write(f"{self.prefix}/state.npz", buffer.getvalue())

    def epoch(self, epoch: int) -> Any:
        """The model as it was after an epoch, counted from 0."""
        return _keras_model(self.objects.read(self._epoch(epoch)), f"epoch {epoch} in {self.prefix}")

    def epoch_file(self, epoch: int) -> bytes:
        """The ``.keras`` file of the model as it was after an epoch, counted from 0."""
        return self._file(self._epoch(epoch))

    def model_file(self) -> bytes:
        """The ``.keras`` file of the model of a finished training."""
        return self._file(f"{self.prefix}/model.keras")

    def _file(self, key: str) -> bytes:
        content = self.objects.read(key)
        assert content is not None
        return content

    def finish(self, best_epoch: int, record: ModelRecord) -> None:
        """Save the best epoch as the model, then its record, which marks the training as complete."""
        self.objects.write(f"{self.prefix}/model.keras", self.epoch_file(best_epoch))
        self.write_record(record)

    def copy_model(self, finished: Training) -> None:
        """Let this be a finished training with the model and the record of another one, without its epochs."""
        record = finished.finished_record()
        self.objects.write(f"{self.prefix}/model.keras", finished.model_file())
        self.write_record(record)

    def keep_record_only(self) -> None:
        """Delete the models and the state of a finished training: nobody uses it, and its record says how it went."""
        for name in ("epochs", "state.npz", "model.keras"):
            self.objects.delete(f"{self.prefix}/{name}")

    def delete(self) -> None:
        """Delete everything of the training."""
        self.objects.delete(self.prefix)

    def write_record(self, record: ModelRecord) -> None:
        """Write the record of the finished training, or replace it."""
        self.objects.write(f"{self.prefix}/model.json", self.encoded(record))

    @staticmethod
    def encoded(record: ModelRecord) -> bytes:
        """A record as the file that `write_record` writes."""
        return json.dumps(record.to_json(), indent=1, sort_keys=True).encode()

    def model(self) -> Any:
        """The model of the best epoch."""
        return _keras_model(self.objects.read(f"{self.prefix}/model.keras"), self.prefix)

    @contextmanager
    def locked(self, home: Path) -> Iterator[None]:
        """Lock this training for one run, see `leases.hold`; the lock ends with the run, however it ends."""
        with leases.hold(self.objects, home, self.fingerprint, wait=False) as ours:
            if not ours:
                remedy = "wait for it, or end it; a run started afterwards resumes from its last epoch"
                received = f"another run that is training {self.prefix}"
                raise MirlitonError("to be the only run of this training", received=received, remedy=remedy)
            yield

    def _epoch(self, epoch: int) -> str:
        return f"{self.prefix}/epochs/epoch-{epoch:03d}.keras"


def _keras_model(content: bytes | None, where: str) -> Any:
    if content is None:
        raise MirlitonError("a saved model", received=f"nothing at {where}", remedy="train it again")
    return from_keras_file(content)
