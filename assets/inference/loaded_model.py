"""Opened models: a trained network from the store, a run or a folder, with the feature that it hears."""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from mir_models.architectures import ARCHITECTURES
from mir_models.errors import MirlitonError
from mir_models.features import preset as feature_of
from mir_models.features import settings
from mir_models.tasks import TASKS
from storage import home
from storage.models.exported import KERAS, ONNX, ModelFolder
from storage.models.mlflow_models import training_of
from storage.models.onnx_network import OnnxNetwork
from storage.models.trainings import ModelStore, Training
from storage.objects.objects import open_objects

COMMANDS = {"notes": "transcribe", "classes": "classify"}
"""What puts a model to recordings, by the kind of its task."""


@dataclass(frozen=True)
class Opened:
    """A network and what is known of it.

    Attributes
    ----------
    network : network
        A `keras.Model` or an `OnnxNetwork`.
    record : dict
        Of its training, or of its export.
    feature : module
    params : dataclass
        Settings of the feature.
    about : dict
        Its name, task, licence and the SHA-256 of its weights: what files made by it say of it.
    """

    network: Any
    record: dict[str, Any]
    feature: ModuleType
    params: Any
    about: dict[str, str]

    def of_kind(self, kind: str) -> "Opened":
        """This model; refuses one for a task of another kind."""
        task, found = self.record["task"], TASKS.get(self.record["task"]).KIND
        if found != kind:
            remedy = f"mirliton {COMMANDS[found]} uses it"
            raise MirlitonError(f"a model that tells {kind}", received=f"one for {task}", remedy=remedy)
        return self

    def decoding(self, kind: Any) -> Any:
        """How its output is read, a dataclass of type `kind`; refuses settings that it does not have."""
        try:
            return kind(**self.record["decoding"])
        except (TypeError, ValueError) as error:
            raise _outdated(error) from error


def of_folder(exported: ModelFolder) -> Opened:
    """A model that was exported."""
    record, network = exported.record(), exported.network()
    file = ONNX if isinstance(network, OnnxNetwork) else KERAS
    return _opened(network, record, licence=record["licence"], sha256=record["files"][file])


def of_store(task: str, architecture: str) -> Opened:
    """The current model of an architecture in the store."""
    found = ARCHITECTURES.get(architecture).TASK
    if task != found:
        remedy = f"name it {found}/{architecture}, or another network"
        raise MirlitonError(f"a network for {task}", received=f"{architecture}, which is for {found}", remedy=remedy)
    return _of_training(ModelStore(open_objects(home.store_address()), task, architecture).current())


def of_run(run_id: str) -> Opened:
    """The model that an MLflow run trained."""
    return _of_training(training_of(run_id, home.home(), open_objects(home.store_address())))


def named(name: str) -> Opened:
    """The current model of TASK/NETWORK, or that of an MLflow run.

    Refuses the folder of an export: it says no longer what the model has heard.
    """
    if Path(name).is_dir():
        expected, remedy = "TASK/NETWORK or the id of an MLflow run", "name the model where it was trained"
        raise MirlitonError(expected, received=f"{name}, a folder", remedy=remedy)
    task, _, architecture = name.partition("/")
    return of_store(task, architecture) if architecture else of_run(name)


def _of_training(trained: Training) -> Opened:
    record, network = trained.record(), trained.model()
    weights = trained.objects.read(f"{trained.prefix}/{KERAS}") or b""
    licence = "; ".join(f"{name}: {words}" for name, words in sorted(record["licences"].items()))
    return _opened(network, record, licence=licence, sha256=hashlib.sha256(weights).hexdigest())


def _opened(network: Any, record: dict[str, Any], *, licence: str, sha256: str) -> Opened:
    feature = feature_of(record["preset"])
    _refuse_another_version(record, feature)
    try:
        params = settings(record["preset"], record["feature"]["params"])
    except (TypeError, ValueError) as error:
        raise _outdated(error) from error
    about = {"name": record["architecture"], "task": record["task"], "licence": licence, "sha256": sha256}
    return Opened(network, record, feature, params, about)


def _outdated(error: Exception) -> MirlitonError:
    remedy = "export or train the model again with this mirliton"
    return MirlitonError("settings of a feature and of decoding", received=error, remedy=remedy)


def _refuse_another_version(record: dict[str, Any], feature: ModuleType) -> None:
    """Refuse a model that learnt from what a feature was before, or will be after, the code at hand."""
    learnt = record["feature"]["version"]
    if learnt != feature.VERSION:
        remedy = "train it again, or use the mirliton that it was made with"
        raise MirlitonError(
            f"a model that hears version {feature.VERSION} of {record['preset']}", received=learnt, remedy=remedy
        )
