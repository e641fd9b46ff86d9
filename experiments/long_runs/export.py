"""The trained model of a run as a folder, evaluated and exported by the product's own commands.

The code is that of the checkout, not that of the run: the folder is to be used with it. Nothing is trained; thresholds
are chosen anew on the validation split of the run where the checkout chooses otherwise.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from assets.inference.licences import stated_licences
from experiments.long_runs import training
from experiments.long_runs.home import RunHome
from mir_models.architectures import ARCHITECTURES
from mir_models.errors import MirlitonError
from mir_models.tasks import TASKS
from pipelines.settings import parse_licences
from storage.models.checkpoints import Training
from storage.models.exported import ModelFolder
from storage.models.record import ModelRecord


def export(
    home: RunHome, folder: Path, *, licence: str, data_licences: Sequence[str] = (), overwrite: bool = False
) -> None:
    """Write the report of a run's model into its store, then the model into a folder.

    Parameters
    ----------
    home : RunHome
    folder : Path
    licence : str
        Of the weights.
    data_licences : sequence of str
        ``NAME=WORDS`` of datasets; see `assets.inference.licences`.
    overwrite : bool
        Replace files that were changed since an earlier export.

    Raises
    ------
    MirlitonError
        Where the training is not finished, and before anything is computed where a licence of its data is nowhere
        stated; see also `assets.inference.export.export`.
    """
    found = finished(home)
    stated_licences(found.finished_record().licences, parse_licences(data_licences))
    ModelFolder(folder).check_outputs(overwrite=overwrite)
    os.environ.update(home.addresses())
    os.environ["KERAS_BACKEND"] = "tensorflow"  # Whatever trained it: others do not write ONNX.
    record = decoded(found)
    from pipelines.cli.evaluate import evaluate
    from pipelines.cli.export import export as export_model

    evaluate(record.task, record.architecture)
    words: dict[str, Any] = {"licence": licence, "data_licence": list(data_licences), "overwrite": overwrite}
    export_model(record.task, record.architecture, out=folder, **words)


def finished(home: RunHome) -> Training:
    """The finished training of a run; refuses one with epochs to come."""
    found = training.begun(home)
    if found.record() is None:
        received = f"{len(found.state()[1])} of {home.definition().epochs} epochs in {home.folder}"
        remedy = f"python -m experiments.long_runs train {home.record().run}"
        raise MirlitonError("a finished training", received=received, remedy=remedy)
    return found


def decoded(found: Training) -> ModelRecord:
    """The record of a finished training in the store of the environment, decoded as this code chooses to."""
    from assets.inference.loaded_model import feature_params, window
    from assets.resources import StoreResource
    from assets.training import decodings
    from assets.training.dataset_shards import open_dataset_shards
    from assets.training.task_data import TASK_DATA

    record = found.finished_record()
    architecture, task = ARCHITECTURES.get(record.architecture), TASKS.get(record.task)
    data = open_dataset_shards(StoreResource(), record.datasets, task.LABELS, record.preset)
    task_data = TASK_DATA[task.KIND](data, architecture, task, feature_params(record), window(record))
    return decodings.up_to_date(task_data, found, record)
