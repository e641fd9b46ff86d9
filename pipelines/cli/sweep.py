"""The command ``sweep``: train a network with many settings and keep the best on validation as a challenger."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer
from rich.table import Table

from assets.training.time_limit import TimeLimit, TimeLimitReached
from pipelines.cli.arguments import (
    Datasets,
    Minutes,
    Model,
    Task,
    TrainingSettings,
    Weights,
    check_registered,
    find_architecture,
)
from pipelines.cli.completions import complete_searched_setting
from pipelines.cli.console import console
from pipelines.cli.documents.sweeps import SweepDocument, TrialEntry
from pipelines.cli.json_output import emit
from pipelines.cli.progress_bars import bars
from pipelines.settings import check_values, parse_settings, parse_weights

if TYPE_CHECKING:
    from assets.training.sweep import SweepPlan
    from mir_models.architectures import Architecture
    from storage.models.sweeps import TrialRow
    from storage.records import JsonObject


def sweep(
    task: Task,
    model: Model,
    trials: Annotated[int, typer.Option(min=1, help="How many there are in the end, earlier ones among them.")] = 20,
    dataset: Datasets = None,
    set: TrainingSettings = None,
    search: Annotated[
        list[str] | None,
        typer.Option(
            help="A parameter to search, e.g. network.units; may be repeated; default: all that the network names.",
            autocompletion=complete_searched_setting,
        ),
    ] = None,
    weight: Weights = None,
    minutes: Minutes = 0.0,
) -> None:
    """Train a network with many settings, and keep the best as a challenger; an interrupted sweep goes on."""
    from assets.resources import StoreResource
    from assets.training.sweep import sweep as make_trials
    from pipelines.instance import prepare_instance

    prepare_instance()  # In a home that was copied, runs are tracked in the copy from here on.
    architecture = find_architecture(task, model)
    plan, fixed = _plan(architecture, dataset or [], set or [], search or [], weight or [])
    measure = _measure(architecture)
    rows: dict[int, TrialRow] = {}
    try:
        with bars():
            limit = TimeLimit(minutes)
            make_trials(plan, StoreResource(), trials, limit, lambda row: rows.update({row.number: row}))
    except TimeLimitReached as reached:
        found = list(rows.values())
        emit(SweepDocument(task, model, False, measure, str(reached), _entries(found)))
        console.print(f"sweep of {model}: {reached}.")
        return
    best = max((row for row in rows.values() if row.state == "complete"), key=lambda row: row.score or 0.0)
    run_id = _make_challenger(task, model, plan, fixed, best)
    found = list(rows.values())
    emit(SweepDocument(task, model, True, measure, "", _entries(found), best.number, run_id, best.settings))
    console.print(_table(model, measure, found, best))
    chosen = " ".join(f"--set {key}={value}" for key, value in best.settings.items())
    console.print(f"Trial {best.number} is the best, a challenger now (MLflow run {run_id}): {chosen}", soft_wrap=True)
    console.print(f"Next: mirliton promote {task} {model}")


def _plan(
    architecture: "Architecture", datasets: Sequence[str], pairs: list[str], search: list[str], weights: list[str]
) -> "tuple[SweepPlan, JsonObject]":
    """What is searched, and the settings that all trials have; refuses names and values that do not exist."""
    from assets.training.sweep import SweepPlan, search_space
    from mir_models.architectures import training_settings
    from storage.dotted import flatten

    settings = cast(dict[str, Any], training_settings(architecture))
    fixed = parse_settings(pairs, {part: asdict(params) for part, params in settings.items()})
    check_values(fixed, settings)
    by_dataset = parse_weights(weights)
    check_registered([*datasets, *by_dataset])
    space = search_space(architecture.NAME, list(flatten(fixed)), search)
    parts = {part: _replaced(params, fixed.get(part, {})) for part, params in settings.items()}
    return SweepPlan(architecture.NAME, parts, space, datasets, by_dataset), fixed


def _replaced(params: Any, values: Any) -> Any:
    return replace(params, **values)


def _measure(architecture: "Architecture") -> str:
    from mir_models.tasks import TASKS

    return TASKS.get(architecture.TASK).monitor(architecture.HEADS)


def _make_challenger(task: str, model: str, plan: "SweepPlan", fixed: "JsonObject", best: "TrialRow") -> str:
    """Let the training of the best trial be the latest of its network, in a run in Dagster; returns its MLflow run."""
    from pipelines.runs import materialise

    config: dict[str, Any] = {part: dict(cast(Any, values)) for part, values in fixed.items()}
    for key, value in best.settings.items():
        part, _, name = key.partition(".")
        config.setdefault(part, {})[name] = value
    config |= {"datasets": list(plan.datasets), "weights": dict(plan.weights)}
    key = f"models/{task}/{model}"
    with bars():
        return str(materialise(f"train_{task}", assets=[key], config={key: config}).metadata[key]["mlflow_run"])


def _entries(rows: "Sequence[TrialRow]") -> list[TrialEntry]:
    return [
        TrialEntry(row.number, row.state, row.score, row.epochs, row.settings, row.run_id, row.reason) for row in rows
    ]


def _table(model: str, measure: str, rows: "Sequence[TrialRow]", best: "TrialRow") -> Table:
    """The trials, the best one marked."""
    keys = list(best.settings)
    table = Table("trial", "state", measure, "epochs", *keys, title=f"sweep of {model}, {len(rows)} trials")
    for row in rows:
        score = "–" if row.score is None else f"{row.score:.4f}"
        number = f"{row.number}{' *' if row.number == best.number else ''}"
        values = _values(row.settings, keys)
        table.add_row(number, row.state, score, str(row.epochs), *values, style="bold" if "*" in number else "")
    return table


def _values(settings: Mapping[str, float | str], keys: Sequence[str]) -> list[str]:
    return [_shown(settings[key]) if key in settings else "–" for key in keys]


def _shown(value: float | str) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
