"""The command ``backfill``: make what is missing of datasets, up to the shards, models or reports.

What is up to date, and what is made, is decided stage by stage in :mod:`storage.tracks.stage_update`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from mir_models.errors import MirlitonError
from pipelines.cli.console import console, print_failed_checks, print_warning
from pipelines.cli.library_logs import without_notices
from pipelines.cli.progress_bars import bars
from pipelines.cli.quarantine_lines import quarantine_lines
from pipelines.settings import parse_settings
from storage import home
from storage.corpora.registrations import Catalogue
from storage.tracks.dataset_store import open_dataset

if TYPE_CHECKING:
    from pipelines.runs import RunResult


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
        typer.Option(help="A preset, e.g. cqt; may be repeated; default: those of all tasks of its labels."),
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
    networks = choose_networks(feature or [], model or []) if through != Through.SHARDS else {}
    labelled = {task: _labelled(names, task) for task in networks}
    if networks and not any(labelled.values()):
        kinds, remedy = ", ".join(networks), "name datasets that have the labels of a task"
        raise MirlitonError(f"labels for {kinds}", received=f"none in {', '.join(names)}", remedy=remedy)
    presets = {name: feature or default_presets(name) for name in names}
    prepare(presets, accept_gone=accept_gone, pairs=set or [])
    for task, chosen in networks.items():
        if labelled[task]:
            train_networks(task, chosen, labelled[task], reports=through == Through.REPORTS)


def default_presets(name: str) -> list[str]:
    """The presets of all networks and baselines whose tasks have labels in a dataset, sorted."""
    from mir_models.architectures import input_presets
    from mir_models.tasks import TASKS

    kinds = Catalogue(home.home()).get(name).listing().promises.kinds
    return sorted({each for task in TASKS.names() if TASKS.get(task).LABELS in kinds for each in input_presets(task)})


def prepare(presets: Mapping[str, Sequence[str]], *, accept_gone: bool = False, pairs: Sequence[str]) -> None:
    """Prepare presets by dataset, a run for each: one that fails does not keep the others from being made.

    Parameters
    ----------
    presets : mapping of str to sequence of str
        By dataset, up to the shards of which presets.
    accept_gone : bool
        Whether tracks that are gone from the corpus may be forgotten, however many.
    pairs : sequence of str
        Settings of labels and shards, see `pipelines.settings.parse_settings`.

    Raises
    ------
    RunFailed
        At the end, with the reason of every dataset that failed.
    """
    from pipelines.runs import RunFailed, materialise

    configs = {name: preparation_config(chosen, pairs) for name, chosen in presets.items()}
    assets = {name: preparation_assets(chosen) for name, chosen in presets.items()}
    failed: dict[str, RunFailed] = {}
    for name in presets:
        config = {"raw_audio": {"accept_gone": accept_gone}, **configs[name]}
        try:
            with without_notices(), bars():
                finished = materialise("prepare_any", assets=assets[name], partition=name, config=config)
        except RunFailed as error:
            failed[name] = error
            continue
        print_preparation(name, finished)
    if failed:
        reasons = "; ".join(f"{name}: {error}" for name, error in failed.items())
        raise RunFailed(reasons if len(presets) > 1 else str(next(iter(failed.values()))))


def train_networks(task: str, networks: list[str], names: list[str], *, reports: bool) -> None:
    """Train networks of a task on some datasets, and report on them, in one run."""
    from pipelines.runs import materialise

    kinds = ("models", "reports") if reports else ("models",)
    keys = [f"{kind}/{task}/{network}" for network in networks for kind in kinds]
    with bars():
        finished = materialise(f"train_{task}", assets=keys, config={key: {"datasets": names} for key in keys})
    console.print(*(f"{key}: done, on {', '.join(names)}" for key in keys), sep="\n")
    print_failed_checks(finished.failed_checks)


def _labelled(names: list[str], task: str) -> list[str]:
    """The datasets whose corpora promise labels of the kind that a task is trained on."""
    from mir_models.tasks import TASKS

    kind, catalogue = TASKS.get(task).LABELS, Catalogue(home.home())
    labelled = [name for name in names if kind in catalogue.get(name).listing().promises.kinds]
    for name in sorted(set(names) - set(labelled)) if labelled else []:
        console.print(f"{name} has no {kind}: nothing of it is used for {task}", style="yellow")
    return labelled


def preparation_assets(presets: Sequence[str]) -> list[str]:
    """The assets up to the shards of some presets; without presets, up to the labels."""
    from mir_models.features import presets as known

    unknown = sorted(set(presets) - known().keys())
    if unknown:
        raise MirlitonError(
            "a preset", received=", ".join(unknown), remedy=f"choose among {', '.join(sorted(known()))}"
        )
    each = [f"{stage}/{preset}" for preset in presets for stage in ("features", "shards")]
    return ["raw_audio", "variants", "labels", *each]


def preparation_config(presets: Sequence[str], pairs: Sequence[str]) -> dict[str, Any]:
    """Settings of labels, and of the shards of some presets, by asset key; see `parse_settings`."""
    from mir_models import aligned_notes
    from mir_models.examples import shards

    allowed = {"labels": asdict(aligned_notes.Params()), "shards": asdict(shards.Params())}
    settings = parse_settings(pairs, allowed, of="a backfill")
    shards.Params(**settings.get("shards", {}))  # type: ignore[arg-type]  # Its values are checked before any work.
    keys = {"labels": ["labels"], "shards": [f"shards/{preset}" for preset in presets]}
    return {key: values for stage, values in settings.items() for key in keys[stage]}


def choose_networks(presets: list[str], models: list[str]) -> dict[str, list[str]]:
    """Networks by task: those named, else all whose input features are one of the presets."""
    from mir_models.architectures import ARCHITECTURES

    named = {name: ARCHITECTURES.get(name) for name in models or ARCHITECTURES.names()}
    fitting = {name: each for name, each in named.items() if not presets or each.FEATURE in presets}
    if not fitting or (models and len(fitting) < len(named)):
        needed = ", ".join(f"{name} takes {each.FEATURE}" for name, each in named.items())
        raise MirlitonError(
            "networks whose input features are the presets", received=needed, remedy="name their presets as well"
        )
    tasks = sorted({each.TASK for each in fitting.values()})
    return {task: [name for name, each in fitting.items() if task == each.TASK] for task in tasks}


def print_preparation(name: str, finished: "RunResult") -> None:
    """Print how many tracks of a dataset were made and kept by asset, what is not used, and its quarantine."""
    columns = ("tracks", "made", "up_to_date", "quarantined")
    table = Table("asset", *(column.replace("_", " ") for column in columns), title=name)
    for key, metadata in sorted(finished.metadata.items()):
        table.add_row(key, *(str(metadata.get(column, 0)) for column in columns))
    console.print(table)
    if gone := finished.metadata.get("raw_audio", {}).get("gone"):
        console.print(f"{gone} tracks are gone from the corpus, and what was made of them from the stores")
    for notice in finished.metadata.get("raw_audio", {}).get("notices", ()):
        print_warning(notice)
    n_tracks = {
        key: metadata.get("tracks", 0) + metadata.get("quarantined", 0) for key, metadata in finished.metadata.items()
    }
    for line in quarantine_lines(open_dataset(home.store_address(), name).quarantine.rows(), n_tracks):
        console.print(f"quarantined {line}", style="yellow", markup=False)
    print_failed_checks(finished.failed_checks)
