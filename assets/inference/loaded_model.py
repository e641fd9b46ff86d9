"""Loading of trained models: from the store, an MLflow run or an exported folder, with their input features."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from mir_models.architectures import ARCHITECTURES
from mir_models.errors import MirlitonError
from mir_models.examples.windows import Window
from mir_models.features import Feature, FeatureParams, feature_of, params_of_preset
from mir_models.inference.classification import Voting
from mir_models.tasks import TASKS
from storage import home
from storage.models.checkpoints import ModelStore, Training
from storage.models.exported import KERAS, ONNX, ModelFolder
from storage.models.mlflow_models import find_training
from storage.models.onnx_network import OnnxNetwork
from storage.models.record import ModelRecord
from storage.objects.objects import open_objects

COMMANDS = {"notes": "transcribe", "classes": "classify"}
"""The command that applies a model to recordings, by the kind of its task."""
NAMES = "TASK/NETWORK, the id of an MLflow run, or the folder of a training"
"""What names a trained model."""
D = TypeVar("D")


@dataclass(frozen=True)
class LoadedModel:
    """A network with its record and its input features.

    Attributes
    ----------
    network : network
        A `keras.Model` or an `OnnxNetwork`.
    record : ModelRecord
        Of its training, or of its export.
    feature : module
        Of `mir_models.features`.
    params : FeatureParams
        Settings of the feature.
    metadata : mapping of str to str
        Name, task, licence and SHA-256 of the weights, written into files that the model makes.
    """

    network: Any
    record: ModelRecord
    feature: Feature
    params: FeatureParams
    metadata: Mapping[str, str]

    def check_kind(self, kind: str) -> "LoadedModel":
        """This model; refuses one whose task predicts another kind, ``"notes"`` or ``"classes"``."""
        task, found = self.record.task, TASKS.get(self.record.task).KIND
        if found != kind:
            remedy = f"mirliton {COMMANDS[found]} uses it"
            raise MirlitonError(f"a model that predicts {kind}", received=f"one for {task}", remedy=remedy)
        return self

    def decoding(self, kind: type[D]) -> D:
        """Settings by which the output is decoded, a dataclass of type `kind`; refuses settings it does not have."""
        try:
            return kind(**self.record.decoding)
        except (TypeError, ValueError) as error:
            raise _outdated(error) from error


def feature_params(record: ModelRecord) -> FeatureParams:
    """Settings of a model's input features."""
    return params_of_preset(record.preset, record.feature.params)


def window(record: ModelRecord) -> Window | None:
    """The window of a model's input; None where it takes tracks of any length."""
    found = record.decoding.get("window")
    return Window(**found) if found else None


def voting(record: ModelRecord) -> Voting:
    """How the windows of a track vote for its class."""
    return Voting(tuple(record.decoding["classes"]), Window(**record.decoding["window"]))


def load_from_folder(exported: ModelFolder, *, threads: int = 0) -> LoadedModel:
    """A model that was exported; for `threads` see `ModelFolder.network`."""
    record, network = exported.record(), exported.network(threads=threads)
    file = ONNX if isinstance(network, OnnxNetwork) else KERAS
    return _loaded(network, record, licence=record.licence, sha256=record.files[file])


def load_current(task: str, architecture: str) -> LoadedModel:
    """The current model of an architecture in the store."""
    check_network(task, architecture)
    return load_from_training(ModelStore(open_objects(home.store_address()), task, architecture).current())


def check_network(task: str, architecture: str) -> None:
    """Refuse an unknown architecture, and one for another task."""
    found = ARCHITECTURES.get(architecture).TASK
    if task != found:
        remedy = f"name it {found}/{architecture}, or another network"
        raise MirlitonError(f"a network for {task}", received=f"{architecture}, which is for {found}", remedy=remedy)


def load_from_run(run_id: str) -> LoadedModel:
    """The model that an MLflow run trained."""
    return load_from_training(find_training(run_id, home.home(), open_objects(home.store_address())))


def load_model(name: str) -> LoadedModel:
    """The current model of TASK/NETWORK, that of an MLflow run, or that of a training's folder, copied from a store."""
    if Path(name).is_dir():
        return load_from_training_folder(Path(name))
    task, _, architecture = name.partition("/")
    if architecture and (task in TASKS.names() or architecture in ARCHITECTURES.names()):
        return load_current(task, architecture)
    if architecture:
        raise MirlitonError(NAMES, received=f"{name}, which is none of these", remedy="correct the name or the path")
    if name in ARCHITECTURES.names():
        raise MirlitonError(NAMES, received=name, remedy=f"name it {ARCHITECTURES.get(name).TASK}/{name}")
    return load_from_run(name)


def load_from_training_folder(folder: Path) -> LoadedModel:
    """The model in a training's folder; refuses one whose record lacks the recordings that it was trained on."""
    absolute = folder.absolute()
    training = Training(open_objects(str(absolute.parent)), absolute.name, "")
    if training.record() is None:
        remedy = "copy the whole folder of a training that is finished"
        raise MirlitonError("the folder of a training", received=f"{folder}, without model.json", remedy=remedy)
    if not training.finished_record().training_audio:
        expected, remedy = "TASK/NETWORK or the id of an MLflow run", "name the model where it was trained"
        raise MirlitonError(expected, received=f"{folder}, the folder of an export", remedy=remedy)
    return load_from_training(training)


def load_from_training(training: Training) -> LoadedModel:
    """The model of a finished training."""
    record, network = training.finished_record(), training.model()
    weights = training.objects.read(f"{training.prefix}/{KERAS}") or b""
    licence = "; ".join(f"{name}: {text}" for name, text in sorted(record.licences.items()))
    return _loaded(network, record, licence=licence, sha256=hashlib.sha256(weights).hexdigest())


def _loaded(network: Any, record: ModelRecord, *, licence: str, sha256: str) -> LoadedModel:
    feature = feature_of(record.preset)
    _check_version(record, feature)
    try:
        params = feature_params(record)
    except (TypeError, ValueError) as error:
        raise _outdated(error) from error
    metadata = {"name": record.architecture, "task": record.task, "licence": licence, "sha256": sha256}
    return LoadedModel(network, record, feature, params, metadata)


def _outdated(error: Exception) -> MirlitonError:
    remedy = "export or train the model again with this mirliton"
    return MirlitonError("settings of a feature and of decoding", received=error, remedy=remedy)


def _check_version(record: ModelRecord, feature: Feature) -> None:
    """Refuse a model that was trained on another version of its input features than the code extracts."""
    version = record.feature.version
    if version != feature.VERSION:
        remedy = "train it again, or use the mirliton that it was made with"
        expected = f"a model trained on version {feature.VERSION} of {record.preset}"
        raise MirlitonError(expected, received=version, remedy=remedy)
