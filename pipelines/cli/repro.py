"""The command ``repro``: train a finished training again, and tell whether its score is like those of other seeds."""

from typing import TYPE_CHECKING, Annotated

import typer

from mir_models.errors import MirlitonError
from pipelines.cli.arguments import check_registered
from pipelines.cli.console import console, print_warning
from pipelines.cli.documents.reproductions import ReproDocument
from pipelines.cli.json_output import emit
from pipelines.cli.progress_bars import bars

if TYPE_CHECKING:
    from assets.resources import StoreResource
    from assets.training.reproduction import Reproduction
    from storage.models.record import ModelRecord

VERDICTS = {
    "equal": "It is reproduced exactly.",
    "within": "It is within the band.",
    "unknown": "With fewer than two trainings there is no band; --seeds 3 gives one.",
}
"""What each verdict means; one outside of the band is an error."""


def repro(
    run: Annotated[str, typer.Argument(help="The id of the MLflow run of a training, or TASK/NETWORK.")],
    seeds: Annotated[int, typer.Option(min=0, help="How many trainings with other seeds, beside that of its own.")] = 3,
) -> None:
    """Train a finished training again, by its seed and by others, and tell whether its score is like theirs."""
    from assets.resources import StoreResource
    from assets.training.reproduction import check_data, recorded_recipe, reproduce
    from pipelines.instance import prepare_instance
    from storage import home
    from storage.objects.objects import open_objects

    prepare_instance()  # In a home that was copied, runs are tracked in the copy from here on.
    store = StoreResource()
    record = _record(run)
    check_registered(record.datasets)
    prepared = _prepare(store, record)
    recipe = recorded_recipe(store, record)
    check_data(recipe, record)
    with bars():
        found = reproduce(recipe, record, open_objects(home.store_address()), store.home, seeds)
    emit(_document(record, prepared, found))
    _print(record, found)


def _record(run: str) -> "ModelRecord":
    """The record of a training that is finished."""
    from assets.inference.loaded_model import check_network
    from storage import home
    from storage.models.checkpoints import ModelStore
    from storage.models.mlflow_models import find_training
    from storage.objects.objects import open_objects

    objects = open_objects(home.store_address())
    task, _, network = run.partition("/")
    if network:
        check_network(task, network)
        return ModelStore(objects, task, network).current().finished_record()
    return find_training(run, home.home(), objects).finished_record()


def _prepare(store: "StoreResource", record: "ModelRecord") -> list[str]:
    """Prepare the datasets of a training that have no shards of its features; what is there stays as it is."""
    from assets.training.reproduction import unprepared_datasets
    from pipelines.cli.backfill import prepare
    from pipelines.runs import RunFailed

    names = unprepared_datasets(store, record)
    for each in prepare({name: [record.preset] for name in names}, pairs=[]):
        if each.error:
            raise RunFailed(f"{each.name}: {each.error}")
    return names


def _document(record: "ModelRecord", prepared: list[str], found: "Reproduction") -> ReproDocument:
    return ReproDocument(
        record.task,
        record.architecture,
        record.run_id,
        record.datasets,
        prepared,
        found.measure,
        found.original,
        found.by_seed,
        found.band,
        found.verdict,
        found.changed,
    )


def _print(record: "ModelRecord", found: "Reproduction") -> None:
    """The scores, and what they say; an original outside of the band is an error."""
    by_seed = ", ".join(f"{score:.4f} (seed {seed})" for seed, score in found.by_seed.items())
    name = f"{record.task}/{record.architecture}"
    console.print(f"{name}: {found.measure} {found.original:.4f}; trained again {by_seed}.", soft_wrap=True)
    if found.band:
        console.print("One more lies in [{:.4f}, {:.4f}] with 95 %.".format(*found.band), markup=False)
    if found.changed:
        print_warning(f"The code has other versions now: {', '.join(found.changed)}.")
    if found.verdict == "outside":
        expected = f"{found.measure} within [{found.band[0]:.4f}, {found.band[1]:.4f}]" if found.band else "a band"
        remedy = (
            "compare versions and commits on the runs' pages in MLflow; the new runs are nested in that of the training"
        )
        raise MirlitonError(expected, received=f"{found.original:.4f}", remedy=remedy)
    console.print(VERDICTS[found.verdict])
