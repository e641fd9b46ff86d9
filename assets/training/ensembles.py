"""Joining: a model that learns nothing and is made of trained ones that answer together."""

from types import ModuleType
from typing import Any

from assets.inference import loaded_model
from assets.inference.loaded_model import Opened
from mir_models import architectures
from mir_models.errors import MirlitonError
from mir_models.examples.windows import Window


def members(architecture: ModuleType, data: str, datasets: list[str]) -> dict[str, Opened]:
    """The current models of an architecture's members.

    Raises
    ------
    MirlitonError
        Where a member is not trained, or learnt from something else than `data`, the fingerprint of the datasets.
    """
    found = {name: loaded_model.of_store(architecture.TASK, name) for name in architectures.members(architecture)}
    for name, each in found.items():
        if each.record["data"] != data:
            named = " ".join(f"--dataset {dataset}" for dataset in datasets)
            remedy = f"mirliton train {architecture.TASK} --model {name} {named}"
            received = f"one of {', '.join(each.record['datasets'])} as they were then, or other datasets"
            raise MirlitonError(f"a {name} that learnt from these very tracks", received=received, remedy=remedy)
    return found


def common_window(found: dict[str, Opened]) -> Window:
    """What all members hear at once; refuses members that hear differently."""
    windows = {name: Window(**each.record["decoding"]["window"]) for name, each in found.items()}
    if len(set(windows.values())) > 1:
        told = ", ".join(f"{name} {each.frames} frames every {each.hop}" for name, each in windows.items())
        remedy = "train one of them again with the other's --set window.frames, window.hop and window.rest"
        raise MirlitonError("members that hear the same window", received=told, remedy=remedy)
    return next(iter(windows.values()))


def refuse_weights(weights: dict[str, float]) -> None:
    """Refuse weights of datasets: they would change nothing."""
    if weights:
        remedy = "give them where the members are trained"
        raise MirlitonError("no --weight where nothing is learnt", received=weights, remedy=remedy)


def join(architecture: ModuleType, found: dict[str, Opened]) -> Any:
    """The members as one network."""
    return architecture.join({name: each.network for name, each in found.items()})


def told(found: dict[str, Opened]) -> dict[str, Any]:
    """What a record says of the members: enough to find each again."""
    return {
        name: {**identity(each), **{key: each.record[key] for key in ("training", "start")}}
        for name, each in found.items()
    }


def identity(model: Opened) -> dict[str, str]:
    """Which training a model is of: its name means another one when it is trained again."""
    return {**{key: model.record[key] for key in ("fingerprint", "run_id")}, "sha256": model.about["sha256"]}
