"""Commands that compute: ``backfill``."""

from dataclasses import asdict
from enum import StrEnum
from typing import Annotated, Any

import typer
from rich.table import Table

from mir_models.errors import MirlitonError
from pipelines.cli.progress_bars import bars, console
from storage import home
from storage.corpora.registrations import Catalogue
from storage.tracks.dataset_store import open_dataset


class Through(StrEnum):
    """How far a backfill goes."""

    SHARDS = "shards"
    MODELS = "models"
    REPORTS = "reports"


def backfill(
    names: Annotated[list[str], typer.Argument(help="Registered datasets.")],
    through: Annotated[
        Through, typer.Option(help="How far: models and reports are one run over all named datasets.")
    ] = Through.SHARDS,
    feature: Annotated[
        list[str] | None,
        typer.Option(help="A preset, e.g. cqt; may be repeated; default: what the tasks of its labels hear."),
    ] = None,
    accept_gone: Annotated[
        bool, typer.Option(help="Forget tracks that are gone from the corpus, however many.")
    ] = False,
    model: Annotated[list[str] | None, typer.Option(help="A network; may be repeated; default: all that fit.")] = None,
    set: Annotated[
        list[str] | None,
        typer.Option(help="A setting, e.g. labels.method=drift or shards.regressed_onsets=2; may be repeated."),
    ] = None,
) -> None:
    """Materialise everything up to the shards, models or reports; what is there is kept."""
    for name in names:
        Catalogue(home.home()).get(name)
    networks = chosen_networks(feature or [], model or []) if through != Through.SHARDS else {}
    labelled = {task: _labelled(names, task) for task in networks}
    if networks and not any(labelled.values()):
        kinds, remedy = ", ".join(networks), "name datasets that have the labels of a task"
        raise MirlitonError(f"labels for {kinds}", received=f"none in {', '.join(names)}", remedy=remedy)
    presets = {name: feature or heard(name) for name in names}
    prepare(presets, accept_gone=accept_gone, pairs=set or [])
    for task, chosen in networks.items():
        if labelled[task]:
            learn(task, chosen, labelled[task], reports=through == Through.REPORTS)


def heard(name: str) -> list[str]:
    """The presets that the tasks hear which learn from the labels of a dataset."""
    from mir_models.architectures import heard_presets
    from mir_models.tasks import TASKS

    kinds = Catalogue(home.home()).get(name).listing().promises.kinds
    return sorted({each for task in TASKS.names() if TASKS.get(task).LABELS in kinds for each in heard_presets(task)})


def prepare(presets: dict[str, list[str]], *, accept_gone: bool = False, pairs: list[str]) -> None:
    """Prepare presets by dataset, a run for each: one that fails does not keep the others from being made."""
    from pipelines.runs import RunFailed, materialise

    configs = {name: preparation_config(chosen, pairs) for name, chosen in presets.items()}
    assets = {name: prepared_keys(chosen) for name, chosen in presets.items()}
    names, failed = list(presets), {}
    for name in names:
        config = {"raw_audio": {"accept_gone": accept_gone}, **configs[name]}
        try:
            with bars():
                finished = materialise("prepare_any", assets=assets[name], partition=name, config=config)
        except RunFailed as error:
            failed[name] = error
            continue
        tell(name, finished)
    if failed:
        shown = "; ".join(f"{name}: {error}" for name, error in failed.items())
        raise RunFailed(shown if len(names) > 1 else str(next(iter(failed.values()))))


def learn(task: str, networks: list[str], names: list[str], *, reports: bool) -> None:
    """Train networks of a task on some datasets, and report on them, in one run."""
    from pipelines.runs import materialise

    kinds = ("models", "reports") if reports else ("models",)
    keys = [f"{kind}/{task}/{network}" for network in networks for kind in kinds]
    with bars():
        finished = materialise(f"train_{task}", assets=keys, config={key: {"datasets": names} for key in keys})
    console.print(*(f"{key}: done, on {', '.join(names)}" for key in keys), sep="\n")
    for check in finished.failed_checks:
        console.print(f"check {check}", style="yellow", markup=False)


def _labelled(names: list[str], task: str) -> list[str]:
    """The datasets whose corpora promise labels of the kind that a task learns from."""
    from mir_models.tasks import TASKS

    kind, catalogue = TASKS.get(task).LABELS, Catalogue(home.home())
    labelled = [name for name in names if kind in catalogue.get(name).listing().promises.kinds]
    for name in sorted(set(names) - set(labelled)) if labelled else []:
        console.print(f"{name} has no {kind}: nothing of it is used for {task}", style="yellow")
    return labelled


def prepared_keys(presets: list[str]) -> list[str]:
    """The assets up to the shards of some presets; without presets, up to the labels."""
    from mir_models.features import presets as known

    unknown = sorted(set(presets) - known().keys())
    if unknown:
        raise MirlitonError(
            "a preset", received=", ".join(unknown), remedy=f"choose among {', '.join(sorted(known()))}"
        )
    each = [f"{stage}/{preset}" for preset in presets for stage in ("features", "shards")]
    return ["raw_audio", "variants", "labels", *each]


def preparation_config(presets: list[str], pairs: list[str]) -> dict[str, Any]:
    """The settings of the labels, and of the shards of some presets, by asset key."""
    from mir_models import labels
    from mir_models.examples import shards
    from pipelines.runs import settings

    allowed = {"labels": asdict(labels.Params()), "shards": asdict(shards.Params())}
    given = settings(pairs, allowed, of="a backfill")
    keys = {"labels": ["labels"], "shards": [f"shards/{preset}" for preset in presets]}
    return {key: values for stage, values in given.items() for key in keys[stage]}


def chosen_networks(presets: list[str], models: list[str]) -> dict[str, list[str]]:
    """Networks by task: those named, else all that hear one of the presets."""
    from mir_models.architectures import ARCHITECTURES

    named = {name: ARCHITECTURES.get(name) for name in models or ARCHITECTURES.names()}
    fitting = {name: each for name, each in named.items() if not presets or each.FEATURE in presets}
    if not fitting or (models and len(fitting) < len(named)):
        needed = ", ".join(f"{name} hears {each.FEATURE}" for name, each in named.items())
        raise MirlitonError("networks that hear the presets", received=needed, remedy="name their presets as well")
    tasks = sorted({each.TASK for each in fitting.values()})
    return {task: [name for name, each in fitting.items() if task == each.TASK] for task in tasks}


def tell(name: str, finished: object) -> None:
    """Print what a preparation did of a dataset, with its quarantine."""
    table = Table("asset", "tracks", "made", "up to date", "quarantined", title=name)
    for key, metadata in sorted(finished.metadata.items()):
        told = (metadata.get(each, 0) for each in ("tracks", "made", "up_to_date", "quarantined"))
        table.add_row(key, *map(str, told))
    console.print(table)
    if gone := finished.metadata.get("raw_audio", {}).get("gone"):
        console.print(f"{gone} tracks are gone from the corpus, and what was made of them from the stores")
    for row in open_dataset(home.store_address(), name).quarantine.rows():
        console.print(f"quarantined {row.track} ({row.stage}): {row.reason}", style="yellow", markup=False)
    for check in finished.failed_checks:
        console.print(f"check {check}", style="yellow", markup=False)


COMMANDS = (backfill,)
