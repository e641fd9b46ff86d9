"""What the shell completes: names of datasets, loaders, tasks, networks, presets, and settings.

Everything is looked up where it is; only a store that does not answer is no error here: the shell completes nothing.
"""

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any, cast

import typer

from mir_models.errors import MirlitonError


def complete_dataset(incomplete: str) -> list[str]:
    """Registered datasets."""
    from storage import home
    from storage.corpora.registrations import Catalogue

    return _starting(incomplete, Catalogue(home.home()).names())


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
    from storage.corpora.registrations import Catalogue
    from storage.tracks.dataset_store import open_dataset

    name = ctx.params.get("dataset")
    if name not in Catalogue(home.home()).names():
        return []
    try:
        records = open_dataset(home.store_address(), name).raw_audio.records()
    except (MirlitonError, OSError):  # Shown by the command itself; here it would garble the line that is typed.
        return []
    return _starting(incomplete, (each.track for each in records))


def complete_training_setting(ctx: typer.Context, incomplete: str) -> list[str]:
    """Settings of the network that the command line names before, each with ``=``."""
    from mir_models.architectures import ARCHITECTURES, training_settings
    from storage.dotted import flatten

    model = ctx.params.get("model")
    if model not in ARCHITECTURES.names():
        return []
    settings = {part: asdict(cast(Any, each)) for part, each in training_settings(ARCHITECTURES.get(model)).items()}
    return _starting(incomplete, (f"{path}=" for path in flatten(settings)))


def _starting(incomplete: str, names: Iterable[str]) -> list[str]:
    return sorted(name for name in names if name.startswith(incomplete))
