"""The command ``backfill``: make what is missing of datasets, up to the shards, models or reports.

What is up to date, and what is made, is decided stage by stage in :mod:`storage.tracks.stage_update`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, astuple, fields
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from mir_models.errors import MirlitonError
from pipelines.cli.arguments import check_presets, check_registered
from pipelines.cli.completions import complete_dataset, complete_network, complete_preset
from pipelines.cli.console import console, print_failed_checks, print_warning
from pipelines.cli.documents.preparation import AssetCounts, BackfillDocument, PreparedDataset
from pipelines.cli.json_output import emit
from pipelines.cli.library_logs import without_notices
from pipelines.cli.progress_bars import bars
from pipelines.cli.quarantine_lines import quarantine_lines, reasons
from pipelines.settings import check_values, parse_settings
from storage import home
from storage.corpora.catalogue import open_catalogue
from storage.tracks.dataset_store import open_dataset

if TYPE_CHECKING:
    from pipelines.runs import RunResult


class Through(StrEnum):
    """How far a backfill goes."""

    SHARDS = "shards"
    MODELS = "models"
    REPORTS = "reports"


def backfill(
    names: Annotated[list[str], typer.Argument(help="Registered datasets.", autocompletion=complete_dataset)],
    through: Annotated[
        Through, typer.Option(help="How far: models and reports are one run over all named datasets.")
    ] = Through.SHARDS,
    feature: Annotated[
        list[str] | None,
        typer.Option(
            help="A preset, e.g. cqt; may be repeated; default: those of all tasks of its labels.",
            autocompletion=complete_preset,
        ),
    ] = None,
    accept_gone: Annotated[
        bool, typer.Option(help="Forget tracks that are gone from the corpus, however many.")
    ] = False,
    model: Annotated[
        list[str] | None,
        typer.Option(help="A network; may be repeated; default: all that fit.", autocompletion=complete_network),
    ] = None,
    set: Annotated[
        list[str] | None,
        typer.Option(help="A setting, e.g. labels.method=drift or shards.regressed_onsets=2; may be repeated."),
    ] = None,
) -> None:
    """Materialise everything up to the shards, models or reports; what is there is kept."""
    check_registered(names)
    check_presets(feature or [])
    networks = choose_networks(feature or [], model or []) if through != Through.SHARDS else {}
    labelled = {task: _labelled(names, task) for task in networks}
    if networks and not any(labelled.values()):
        kinds, remedy = ", ".join(networks), "name datasets that have the labels of a task"
        raise MirlitonError(f"labels for {kinds}", received=f"none in {', '.join(names)}", remedy=remedy)
    presets = {name: feature or default_presets(name) for name in names}
    prepared = prepare(presets, accept_gone=accept_gone, pairs=set or [])
    emit(BackfillDocument(prepared))
    _check_succeeded(prepared)
    made: list[str] = []
    failed_checks: list[str] = []
    for task, chosen in networks.items():
        if labelled[task]:
            keys, failed = train_networks(task, chosen, labelled[task], reports=through == Through.REPORTS)
            made, failed_checks = [*made, *keys], [*failed_checks, *failed]
            emit(BackfillDocument(prepared, made, failed_checks))


def default_presets(name: str) -> list[str]:
    """The presets of all networks and baselines whose tasks have labels in a dataset, sorted."""
    from mir_models.architectures import input_presets
    from mir_models.tasks import TASKS

    kinds = open_catalogue().get(name).listing().promises.kinds
    return sorted({each for task in TASKS.names() if TASKS.get(task).LABELS in kinds for each in input_presets(task)})


def prepare(
    presets: Mapping[str, Sequence[str]], *, accept_gone: bool = False, pairs: Sequence[str]
) -> list[PreparedDataset]:
    """Prepare presets by dataset, a run for each: one that fails does not keep the others from being made.

    Parameters
    ----------
    presets : mapping of str to sequence of str
        By dataset, up to the shards of which presets.
    accept_gone : bool
        Whether tracks that are gone from the corpus may be forgotten, however many.
    pairs : sequence of str
        Settings of labels and shards, see `pipelines.settings.parse_settings`.

    Returns
    -------
    list of PreparedDataset
        Those that failed with their error.
    """
    from pipelines.runs import RunFailed, materialise

    configs = {name: preparation_config(chosen, pairs) for name, chosen in presets.items()}
    assets = {name: preparation_assets(chosen) for name, chosen in presets.items()}
    prepared = []
    for name in presets:
        config = {"raw_audio": {"accept_gone": accept_gone}, **configs[name]}
        try:
            with without_notices(), bars():
                finished = materialise("prepare_any", assets=assets[name], partition=name, config=config)
        except RunFailed as error:
            prepared.append(PreparedDataset(name, error=str(error)))  # The store may be what failed: not read again.
        else:
            prepared.append(print_preparation(name, finished))
    return prepared


def _check_succeeded(prepared: Sequence[PreparedDataset]) -> None:
    """Raise where datasets could not be prepared, with the reason of each."""
    from pipelines.runs import RunFailed

    failed = {each.name: each.error for each in prepared if each.error}
    if failed:
        named = "; ".join(f"{name}: {error}" for name, error in failed.items())
        raise RunFailed(named if len(prepared) > 1 else prepared[0].error)


def train_networks(
    task: str, networks: list[str], names: list[str], *, reports: bool
) -> tuple[list[str], Sequence[str]]:
    """Train networks of a task on some datasets, and report on them, in one run; its assets, and what did not pass."""
    from pipelines.runs import materialise

    kinds = ("models", "reports") if reports else ("models",)
    keys = [f"{kind}/{task}/{network}" for network in networks for kind in kinds]
    with bars():
        finished = materialise(f"train_{task}", assets=keys, config={key: {"datasets": names} for key in keys})
    console.print(*(f"{key}: done, on {', '.join(names)}" for key in keys), sep="\n")
    print_failed_checks(finished.failed_checks)
    return keys, finished.failed_checks


def _labelled(names: list[str], task: str) -> list[str]:
    """The datasets whose corpora promise labels of the kind that a task is trained on."""
    from mir_models.tasks import TASKS

    kind, catalogue = TASKS.get(task).LABELS, open_catalogue()
    labelled = [name for name in names if kind in catalogue.get(name).listing().promises.kinds]
    for name in sorted(set(names) - set(labelled)) if labelled else []:
        console.print(f"{name} has no {kind}: nothing of it is used for {task}", style="yellow")
    return labelled


def preparation_assets(presets: Sequence[str]) -> list[str]:
    """The assets up to the shards of some presets; without presets, up to the labels."""
    check_presets(presets)
    each = [f"{stage}/{preset}" for preset in presets for stage in ("features", "shards")]
    return ["raw_audio", "variants", "labels", *each]


def preparation_config(presets: Sequence[str], pairs: Sequence[str]) -> dict[str, Any]:
    """Settings of labels, and of the shards of some presets, by asset key; see `parse_settings`."""
    from mir_models import aligned_notes
    from mir_models.examples import shards

    params: dict[str, Any] = {"labels": aligned_notes.Params(), "shards": shards.Params()}
    settings = parse_settings(pairs, {stage: asdict(each) for stage, each in params.items()}, of="a backfill")
    check_values(settings, params)
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


def print_preparation(name: str, finished: "RunResult") -> PreparedDataset:
    """Print how many tracks of a dataset were made and kept by asset, what is not used, and its quarantine.

    Returns the same for a document.
    """
    rows = open_dataset(home.store_address(), name).quarantine.rows()
    of_audio = finished.metadata.get("raw_audio", {})
    prepared = PreparedDataset(
        name,
        run=finished.run_id,
        assets={key: _counts(metadata) for key, metadata in sorted(finished.metadata.items())},
        gone=of_audio.get("gone", 0),
        notices=of_audio.get("notices", ()),
        quarantine=reasons(rows),
        failed_checks=finished.failed_checks,
    )
    console.print(_table(prepared))
    if prepared.gone:
        console.print(f"{prepared.gone} tracks are gone from the corpus, and what was made of them from the stores")
    for notice in prepared.notices:
        print_warning(notice)
    n_tracks = {key: counts.tracks + counts.quarantined for key, counts in prepared.assets.items()}
    for line in quarantine_lines(rows, n_tracks):
        console.print(f"quarantined {line}", style="yellow", markup=False)
    print_failed_checks(prepared.failed_checks)
    return prepared


def _counts(metadata: Mapping[str, Any]) -> AssetCounts:
    return AssetCounts(**{each.name: metadata.get(each.name, 0) for each in fields(AssetCounts)})


def _table(prepared: PreparedDataset) -> Table:
    columns = (each.name.replace("_", " ") for each in fields(AssetCounts))
    table = Table("asset", *columns, title=prepared.name)
    for key, counts in prepared.assets.items():
        table.add_row(key, *map(str, astuple(counts)))
    return table
