"""Files of weights: the model of an epoch in 16 bits, and trainings that begin with one.

A file is what Keras writes (``.keras``, a zip), with arrays of 16 bits and one more member, `MEMBER`: Keras opens it as
any other. An array of few numbers stays as it is: a normalisation of 32 bits would not be the same.
"""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from experiments.long_runs import training
from experiments.long_runs.home import RunHome
from mir_models.errors import MirlitonError
from mir_models.training.params import Params
from storage.models.record import ModelRecord
from storage.objects.atomic import write_atomic
from storage.records import JsonObject, Record

MEMBER = "run.json"
"""Member of the zip with a `WeightsRecord`."""
HDF5 = "model.weights.h5"
"""Member of the zip with Keras' weights."""
SETTINGS = "settings.json"
"""File of a start with settings of the training, written last."""
SMALL = 1024
"""Numbers of an array below which it stays in 32 bits."""


@dataclass(frozen=True, kw_only=True)
class WeightsRecord(Record):
    """Where the weights of a file come from.

    Attributes
    ----------
    run, commit : str
    n_epochs : int
        Epochs that were done, and of which these are the weights.
    epochs : int
        That there would have been.
    scores : dict of str to float
        Of that epoch.
    model : ModelRecord
        Of the training.
    """

    NESTED: ClassVar = {"model": ModelRecord}

    run: str
    commit: str
    n_epochs: int
    epochs: int
    scores: dict[str, float]
    model: ModelRecord


def write(home: RunHome, path: Path) -> WeightsRecord:
    """Write the averaged weights of the last epoch of a run; returns their record.

    Raises
    ------
    MirlitonError
        Where no epoch is done, and where the path is none of a file ``.keras``: Keras opens no other.
    """
    if path.suffix != ".keras" or path.is_dir():
        raise MirlitonError("the path of a file .keras", received=path, remedy="give, e.g., weights.keras")
    found, start = training.begun(home), start_record(home)
    _, history, _ = found.state()
    record = WeightsRecord(
        run=home.record().run,
        commit=home.record().commit,
        n_epochs=len(history) + (start.n_epochs if start else 0),
        epochs=home.definition().epochs,
        scores=history[-1],
        model=training.recipe(home),
    )
    content = (home.store / found.prefix / "epochs" / f"epoch-{len(history) - 1:03d}.keras").read_bytes()
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomic(path, packed(content, record))
    return record


def begin(home: RunHome, path: Path) -> None:
    """Let the training of a run, which has none yet, begin with a file of weights; one that began with it goes on.

    It has the epochs that were left. A cosine falls from the learning rate of the last epoch, after its rise.

    Raises
    ------
    MirlitonError
        Where the run has epochs already that did not begin with this file, and where the file is of another network.
    """
    if _began_with(home, path):
        return
    if training.checkpoints(home):
        remedy = "leave --from out: it goes on from its last epoch"
        raise MirlitonError("a run without epochs", received=f"some in {home.folder}", remedy=remedy)
    record, run = read_record(path), home.definition()
    if record.model.architecture != run.network:
        received = f"those of {record.model.architecture} in {path}"
        raise MirlitonError(f"weights of {run.network}", received=received, remedy="give the file of this run")
    home.start.mkdir(parents=True, exist_ok=True)
    write_atomic(home.start / "model.keras", path.read_bytes())
    write_atomic(home.start / "model.json", _json(record.model.to_json()))
    write_atomic(home.start / SETTINGS, _json(_settings(home, record)))


def _began_with(home: RunHome, path: Path) -> bool:
    kept = home.start / "model.keras"
    return (home.start / SETTINGS).is_file() and path.is_file() and kept.read_bytes() == path.read_bytes()


def read_record(path: Path) -> WeightsRecord:
    """Where the weights of a file come from."""
    try:
        with zipfile.ZipFile(path) as archive:
            content = archive.read(MEMBER)
    except (KeyError, OSError, zipfile.BadZipFile) as error:
        remedy = "give a file of python -m experiments.long_runs weights RUN FILE"
        raise MirlitonError(f"a file of weights in {path}", received=error, remedy=remedy) from error
    return WeightsRecord.from_bytes(content, where=f"{MEMBER} in {path}")


def packed(content: bytes, record: WeightsRecord) -> bytes:
    """The bytes of a ``.keras`` file with its large arrays in 16 bits and with a record."""
    buffer = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as source,
        zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as target,
    ):
        for name in source.namelist():
            member = source.read(name)
            target.writestr(name, _in_16_bits(member) if name == HDF5 else member)
        target.writestr(MEMBER, _json(record.to_json()))
    return buffer.getvalue()


def _in_16_bits(content: bytes) -> bytes:
    """An HDF5 file with its large arrays of floating-point numbers in 16 bits."""
    import h5py

    buffer = io.BytesIO()
    with h5py.File(io.BytesIO(content)) as source, h5py.File(buffer, "w") as target:

        def copy(name: str, item: Any) -> None:
            if isinstance(item, h5py.Dataset):
                array = item[()]
                small = array.size < SMALL or array.dtype.kind != "f"
                made = target.create_dataset(name, data=array if small else array.astype(np.float16))
            else:
                made = target.require_group(name)
            made.attrs.update(item.attrs)

        target.attrs.update(source.attrs)
        source.visititems(copy)
    return buffer.getvalue()


def _settings(home: RunHome, record: WeightsRecord) -> JsonObject:
    """Settings of a training that goes on from weights, in the place of the definition's."""
    params = replace(Params(), **record.model.training)
    rate = record.scores.get("learning_rate", params.learning_rate)
    return {
        "start.model": str(home.start),
        "training.epochs": max(1, record.epochs - record.n_epochs),
        "training.learning_rate": rate or params.learning_rate,
        "training.seed": params.seed + record.n_epochs,  # Other segments and augmentations than in the first epochs.
    }


def start_record(home: RunHome) -> WeightsRecord | None:
    """Where the weights come from that a run began with; None where it began with random ones."""
    path = home.start / "model.keras"
    return read_record(path) if path.is_file() else None


def _json(values: JsonObject) -> bytes:
    return json.dumps(values, indent=1, sort_keys=True).encode()
