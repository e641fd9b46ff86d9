"""Joining: a model that learns nothing and is made of trained ones that answer together."""

from types import ModuleType
from typing import Any

from assets import opened
from assets.opened import Opened
from mir_models import architectures
from mir_models.errors import MirlitonError
from mir_models.windows import Window


def members(architecture: ModuleType, data: str, datasets: list[str]) -> dict[str, Opened]:
    """The current models of an architecture's members, none where it has none.

    Raises
    ------
    MirlitonError
        Where a member is not trained, or learnt from something else than `data`, the fingerprint of the datasets.
    """
    found = {name: opened.of_store(architecture.TASK, name) for name in architectures.members(architecture)}
    for name, each in found.items():
        if each.record["data"] != data:
            named = " ".join(f"--dataset {dataset}" for dataset in datasets)
            remedy = f"mirliton train {architecture.TASK} --model {name} {named}"
            received = f"one of {', '.join(each.record['datasets'])} as they were then, or other datasets"
            raise MirlitonError(f"a {name} that learnt from these very tracks", received=received, remedy=remedy)
    return found


def common_window(architecture: ModuleType) -> Window:
    """What all members hear at once; refuses members that hear differently."""
    windows = {
        name: Window(**opened.of_store(architecture.TASK, name).record["decoding"]["window"])
        for name in architectures.members(architecture)
    }
    if len(set(windows.values())) > 1:
        told = ", ".join(f"{name} {each.frames} frames every {each.hop}" for name, each in windows.items())
        remedy = "train one of them again with the other's --set window.frames, window.hop and window.rest"
        raise MirlitonError("members that hear the same window", received=told, remedy=remedy)
    return next(iter(windows.values()))


def join(recipe: Any) -> Any:
    """The members as one network."""
    return recipe.architecture.join({name: each.network for name, each in recipe.members.items()})
