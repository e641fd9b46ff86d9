"""Trainings of a task: all that are finished, of every architecture, and the one that a name stands for."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from mir_models.errors import MirlitonError
from mir_models.similar_names import suggestion
from storage.models.checkpoints import ModelStore, Training
from storage.models.record import ModelRecord
from storage.objects.objects import Objects

SHORTEST_ID = 6
"""Characters of the id of a run that stand for all of it, at least."""


@dataclass(frozen=True)
class FinishedTraining:
    """A finished training.

    Attributes
    ----------
    training : Training
    record : ModelRecord
    is_latest : bool
        Of its architecture: what reports and ``--model`` take.
    """

    training: Training
    record: ModelRecord
    is_latest: bool


def finished_trainings(objects: Objects, task: str) -> list[FinishedTraining]:
    """The finished trainings of a task in a store, by architecture and fingerprint."""
    stores = [ModelStore(objects, task, name) for name in objects.names(f"models/{task}")]
    return [each for store in stores for each in _of_architecture(store)]


def find_training(objects: Objects, task: str, name: str, networks: Iterable[str]) -> FinishedTraining:
    """The training that a name stands for.

    Parameters
    ----------
    objects : Objects
    task : str
    name : str
        An architecture (its latest training), the same behind the task and ``/``, or the id of an MLflow run, of which
        `SHORTEST_ID` characters are enough.
    networks : iterable of str
        Architectures for the task.

    Raises
    ------
    MirlitonError
        Names what there is, and of names those that are spelt like it.
    """
    found, architecture, known = finished_trainings(objects, task), name.removeprefix(f"{task}/"), sorted(networks)
    if architecture in known:
        latest = [each for each in found if each.is_latest and each.record.architecture == architecture]
        if latest:
            return latest[0]
        remedy = f"mirliton train {task} --model {architecture} first"
        raise MirlitonError(f"a trained {architecture}", received="none in the store", remedy=remedy)
    of_run = [each for each in found if len(name) >= SHORTEST_ID and each.record.run_id.startswith(name)]
    if len(of_run) == 1:
        return of_run[0]
    if of_run:
        ids = ", ".join(each.record.run_id for each in of_run)
        raise MirlitonError("the id of one run", received=f"{name}, as which {ids} begin", remedy="give more of it")
    remedy = f"{suggestion(architecture, known)}mirliton models {task} lists what there is"
    expected = f"a network for {task} ({', '.join(known)}), or the id of a run that trained one"
    raise MirlitonError(expected, received=repr(name), remedy=remedy)


def _of_architecture(store: ModelStore) -> list[FinishedTraining]:
    latest = store.current_fingerprint()
    names = [each for each in store.objects.names(store.prefix) if not each.endswith(".json")]
    pairs = [(each, each.record()) for each in map(store.training, names)]
    return [FinishedTraining(each, record, each.fingerprint == latest) for each, record in pairs if record is not None]
