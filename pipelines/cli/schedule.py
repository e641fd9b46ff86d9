"""The command ``schedule``: train a task's networks again at fixed times, and promote the result if it is better."""

from typing import Annotated, Any, cast

import typer

from mir_models.errors import MirlitonError, ParameterError
from pipelines.cli.arguments import Datasets, check_registered, find_architecture
from pipelines.cli.completions import complete_network, complete_task
from pipelines.cli.console import console
from pipelines.cli.documents.schedules import Retrained, ScheduleDocument, ScheduledRetraining
from pipelines.cli.json_output import emit
from pipelines.cli.progress_bars import bars
from pipelines.cli.schedule_times import check_cron, check_timezone, next_times
from storage import home
from storage.models.retrainings import RetrainingRecord, RetrainingStore
from storage.objects.objects import open_objects

WEEKLY = "0 3 * * 1"
RELOAD = "A mirliton ui that is open knows it once its code location is reloaded (Deployment, Reload)."


def schedule(
    task: Annotated[
        str | None, typer.Argument(help="A task; without one, all schedules.", autocompletion=complete_task)
    ] = None,
    dataset: Datasets = None,
    model: Annotated[
        list[str] | None,
        typer.Option(
            help="A network; may be repeated; default: the one that is in use then.", autocompletion=complete_network
        ),
    ] = None,
    cron: Annotated[str, typer.Option(help="When: minute, hour, day of the month, month, day of the week.")] = WEEKLY,
    timezone: Annotated[str, typer.Option(help="In which the cron is meant, e.g. Europe/Vienna.")] = "UTC",
    set: Annotated[
        list[str] | None,
        typer.Option(help="What differs from the champion's settings, e.g. training.epochs=20; may be repeated."),
    ] = None,
    now: Annotated[bool, typer.Option("--now", help="Retrain at once, as the schedule has it.")] = False,
    remove: Annotated[bool, typer.Option("--remove", help="Retrain no more.")] = False,
) -> None:
    """Retrain for a task at fixed times, on what is prepared anew, and promote the result if it is better."""
    store = RetrainingStore(open_objects(home.store_address()))
    if task is None:
        _check_alone(dataset, model, set, now, remove)
        _show(store.all())
        return
    from mir_models.tasks import TASKS

    TASKS.get(task)
    if remove:
        store.remove(task)
        emit(ScheduleDocument([_row(each) for each in store.all()]))
        console.print(f"{task} is retrained no more. {RELOAD}")
        return
    if dataset:
        store.write(_record(task, dataset, model or [], cron, timezone, set or []))
    elif model or set:
        expected, remedy = "datasets to retrain on", f"mirliton schedule {task} --dataset NAME …"
        raise ParameterError(expected, received="none", remedy=remedy)
    record = store.get(task)
    if now:
        _retrain(record)
    else:
        _show([record])
        if dataset:
            console.print(f"It runs while mirliton ui is open. {RELOAD}")


def _check_alone(*options: object) -> None:
    """Refuse options that need a task."""
    if any(options):
        raise ParameterError("a task", received="options alone", remedy="mirliton schedule TASK --dataset NAME")


def _record(
    task: str, datasets: list[str], models: list[str], cron: str, timezone: str, pairs: list[str]
) -> RetrainingRecord:
    """The record of what was asked for, once it was checked."""
    check_registered(datasets)
    check_cron(cron)
    check_timezone(timezone)
    _check_labels(task, datasets)
    settings = _settings(task, models, pairs)
    return RetrainingRecord(
        task=task, datasets=datasets, cron=cron, timezone=timezone, networks=models, settings=settings
    )


def _check_labels(task: str, datasets: list[str]) -> None:
    """Refuse a dataset whose corpus does not promise the labels of a task."""
    from mir_models.tasks import TASKS
    from storage.corpora.catalogue import open_catalogue

    kind, catalogue = TASKS.get(task).LABELS, open_catalogue()
    for name in datasets:
        kinds = catalogue.get(name).listing().promises.kinds
        if kind not in kinds:
            received = f"{name}, which has {', '.join(sorted(kinds)) or 'no labels'}"
            raise MirlitonError(f"datasets with {kind}", received=received, remedy="name others with --dataset")


def _settings(task: str, models: list[str], pairs: list[str]) -> dict[str, Any]:
    """Settings of every network, and of labels and shards; what one of the networks does not have is refused."""
    from dataclasses import asdict

    from mir_models import aligned_notes
    from mir_models.architectures import training_settings
    from mir_models.examples import shards
    from pipelines.retraining import network_in_use
    from pipelines.settings import check_values, parse_settings

    chosen: dict[str, Any] = {}
    for name in models or [network_in_use(task)]:
        params: dict[str, Any] = {
            **training_settings(find_architecture(task, name)),
            "labels": aligned_notes.Params(),
            "shards": shards.Params(),
        }
        chosen = parse_settings(pairs, {part: asdict(cast(Any, each)) for part, each in params.items()}, of=name)
        check_values(chosen, params)
    return chosen


def _show(records: list[RetrainingRecord]) -> None:
    """Print schedules with the times at which they are due next."""
    rows = [_row(record) for record in records]
    emit(ScheduleDocument(rows))
    for row in rows:
        networks = ", ".join(row.models) or "the network in use"
        console.print(f"{row.task}: {networks} on {', '.join(row.datasets)}, at {row.cron} ({row.timezone}).")
        console.print(f"Next: {', '.join(row.next)}")
    if not rows:
        console.print("Nothing is scheduled. mirliton schedule TASK --dataset NAME retrains every Monday at 3:00 UTC.")


def _row(record: RetrainingRecord) -> ScheduledRetraining:
    return ScheduledRetraining(
        task=record.task,
        datasets=record.datasets,
        models=record.networks,
        cron=record.cron,
        timezone=record.timezone,
        settings=record.settings,
        next=next_times(record.cron, record.timezone),
    )


def _retrain(record: RetrainingRecord) -> None:
    """Do at once what is done when it is due."""
    from pipelines.retraining import retrain
    from pipelines.runs import materialise

    with bars():
        found = retrain(
            record, run=materialise, parent="mirliton schedule", report=lambda text: console.print(text, markup=False)
        )
    done = Retrained(
        prepared=found.prepared,
        failed=found.failed,
        models=found.networks,
        decision=found.kind,
        reason=found.reason,
        champion=found.champion,
    )
    emit(ScheduleDocument([_row(record)], done))
