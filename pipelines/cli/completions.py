"""What the shell completes: names of datasets, loaders, tasks, networks, presets, and settings.

Everything is looked up where it is; only a store that does not answer is no error here: the shell completes nothing.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict
from typing import Any, cast

import typer

from mir_models.errors import MirlitonError

PATIENCE_S = 1.0
"""Seconds for which a store that does not answer is asked again while somebody types."""


def complete_dataset(incomplete: str) -> list[str]:
    """Registered datasets."""
    from storage.corpora.catalogue import open_catalogue

    names = list[str]()
    with _limited_patience():
        names = open_catalogue().names()
    return _starting(incomplete, names)


def complete_loader(incomplete: str) -> list[str]:
    """Loaders of datasets."""
    from storage.corpora.registrations import LOADERS

    return _starting(incomplete, LOADERS.names())


def complete_task(incomplete: str) -> list[str]:
    """Tasks."""
    from mir_models.tasks import TASKS

    return _starting(incomplete, TASKS.names())


def complete_class_task(incomplete: str) -> list[str]:
    """Tasks whose label is one class per track."""
    from mir_models.tasks import TASKS

    return _starting(incomplete, (name for name, each in TASKS.entries().items() if each.KIND == "classes"))


def complete_transcriber(incomplete: str) -> list[str]:
    """Networks for transcription."""
    from mir_models.architectures import ARCHITECTURES
    from mir_models.tasks import TASKS

    kinds = {name: TASKS.get(each.TASK).KIND for name, each in ARCHITECTURES.entries().items()}
    return _starting(incomplete, (name for name, kind in kinds.items() if kind == "notes"))


def complete_network(ctx: typer.Context, incomplete: str) -> list[str]:
    """Networks, of the task that the command line names before, if any."""
    from mir_models.architectures import ARCHITECTURES
    from mir_models.tasks import TASKS

    words = {ctx.params.get("task"), *ctx.args}  # Behind an option without its value, arguments are not read yet.
    named = words & set(TASKS.names())
    fitting = (name for name, each in ARCHITECTURES.entries().items() if not named or each.TASK in named)
    return _starting(incomplete, fitting)


def complete_preset(incomplete: str) -> list[str]:
    """Presets of features."""
    from mir_models.features import presets

    return _starting(incomplete, presets())


def complete_split(incomplete: str) -> list[str]:
    """Split rules."""
    from storage.corpora.registrations import AUTO
    from storage.corpora.splits import RULES

    return _starting(incomplete, (AUTO, *RULES))


def complete_label(incomplete: str) -> list[str]:
    """Kinds of labels of whole tracks."""
    from storage.corpora.label_kinds import CLASSES

    return _starting(incomplete, CLASSES)


def complete_track(ctx: typer.Context, incomplete: str) -> list[str]:
    """Prepared tracks of the dataset that the command line names before."""
    from storage import home
    from storage.corpora.catalogue import open_catalogue
    from storage.tracks.dataset_store import open_dataset

    name, tracks = ctx.params.get("dataset"), list[str]()
    with _limited_patience():
        if name in open_catalogue().names():
            tracks = [each.track for each in open_dataset(home.store_address(), name).raw_audio.records()]
    return _starting(incomplete, tracks)


def complete_training_setting(ctx: typer.Context, incomplete: str) -> list[str]:
    """Settings of the network that the command line names before, each with ``=``."""
    from mir_models.architectures import ARCHITECTURES, training_settings
    from storage.dotted import flatten

    model = ctx.params.get("model")
    if model not in ARCHITECTURES.names():
        return []
    settings = {part: asdict(cast(Any, each)) for part, each in training_settings(ARCHITECTURES.get(model)).items()}
    return _starting(incomplete, (f"{path}=" for path in flatten(settings)))


@contextmanager
def _limited_patience() -> Iterator[None]:
    """Ask the store, for a moment only; its errors are shown by the command: here they would garble what is typed."""
    from storage.objects.bucket import limited_patience

    with limited_patience(PATIENCE_S), suppress(MirlitonError, OSError):
        yield


def complete_searched_setting(ctx: typer.Context, incomplete: str) -> list[str]:
    """Settings that a sweep of the network that the command line names before can search."""
    from mir_models.architectures import ARCHITECTURES

    model = ctx.params.get("model")
    if model not in ARCHITECTURES.names():
        return []
    return _starting(incomplete, ARCHITECTURES.get(model).SEARCH_SPACE.ranges)


def _starting(incomplete: str, names: Iterable[str]) -> list[str]:
    return sorted(name for name in names if name.startswith(incomplete))
