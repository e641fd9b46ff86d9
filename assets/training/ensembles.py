"""Ensembles: trained models joined to one network that predicts the mean of their probabilities."""

from collections.abc import Mapping
from typing import Any

from assets.inference import loaded_model
from assets.inference.loaded_model import LoadedModel
from mir_models import architectures
from mir_models.architectures import Ensemble
from mir_models.errors import MirlitonError, ParameterError
from mir_models.examples.windows import Window
from storage.models.record import Identity, MemberRecord


def load_members(architecture: Ensemble, data: str, datasets: list[str]) -> dict[str, LoadedModel]:
    """The current models of an architecture's members.

    Raises
    ------
    MirlitonError
        Where a member is not trained, or was trained on other shards than `data`, the fingerprint of the datasets.
    """
    found = {name: loaded_model.load_current(architecture.TASK, name) for name in architectures.members(architecture)}
    for name, each in found.items():
        if each.record.data != data:
            named = " ".join(f"--dataset {dataset}" for dataset in datasets)
            remedy = f"mirliton train {architecture.TASK} --model {name} {named}"
            received = f"one of {', '.join(each.record.datasets)} as they were then, or other datasets"
            raise MirlitonError(f"a {name} that was trained on these very tracks", received=received, remedy=remedy)
    return found


def common_window(found: Mapping[str, LoadedModel]) -> Window:
    """The input window of all members; refuses members with several."""
    windows = {name: Window(**each.record.decoding["window"]) for name, each in found.items()}
    if len(set(windows.values())) > 1:
        received = ", ".join(f"{name} {each.frames} frames every {each.hop}" for name, each in windows.items())
        remedy = "train one of them again with the other's --set window.frames, window.hop and window.rest"
        raise ParameterError("members with the same window", received=received, remedy=remedy)
    return next(iter(windows.values()))


def check_weights(weights: Mapping[str, float]) -> None:
    """Refuse weights of datasets, which would change nothing."""
    if weights:
        remedy = "give them where the members are trained"
        raise ParameterError("no --weight where nothing is trained", received=weights, remedy=remedy)


def join(architecture: Ensemble, found: Mapping[str, LoadedModel]) -> Any:
    """The members as one network."""
    return architecture.join({name: each.network for name, each in found.items()})


def member_records(found: Mapping[str, LoadedModel]) -> dict[str, MemberRecord]:
    """What identifies each member, with the settings of its training."""
    return {name: _member_record(each) for name, each in found.items()}


def _member_record(model: LoadedModel) -> MemberRecord:
    return {**identity(model), "training": model.record.training, "start": model.record.start}


def identity(model: LoadedModel) -> Identity:
    """Which training a model is of: its name means another one when it is trained again."""
    record = model.record
    return {"fingerprint": record.fingerprint, "run_id": record.run_id, "sha256": model.metadata["sha256"]}
