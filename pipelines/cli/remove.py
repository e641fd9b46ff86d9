"""The command ``remove``: forget a dataset, and delete its stores on request."""

from typing import Annotated

import typer

from pipelines.cli.completions import complete_dataset
from pipelines.cli.console import console
from pipelines.cli.documents.datasets import RemoveDocument
from pipelines.cli.json_output import emit
from storage import home
from storage.corpora.catalogue import open_catalogue
from storage.corpora.registrations import NAME
from storage.tracks.dataset_store import open_dataset


def remove(
    name: Annotated[
        str,
        typer.Argument(help="A dataset that is registered, or was and has stores.", autocompletion=complete_dataset),
    ],
    stores: Annotated[bool, typer.Option(help="Delete its features, labels and shards as well.")] = False,
) -> None:
    """Forget a dataset; the recordings are never touched, and what was computed stays by default."""
    from pipelines.instance import delete_partition
    from storage.staleness.outdated_models import mark_reports

    catalogue, dataset = open_catalogue(), open_dataset(home.store_address(), name)
    registered = name in catalogue.names()
    if not registered and not (stores and NAME.fullmatch(name) and dataset.exists):
        catalogue.get(name)  # Raises, and names those that are registered.
    delete_partition(name)
    if registered:
        catalogue.remove(name)
    if not stores:
        emit(RemoveDocument(name, stores_deleted=False, stale=[]))
        console.print(f"{name}: forgotten. Its stores are kept: a dataset added under this name goes on from them.")
        return
    dataset.delete()
    stale = mark_reports(dataset)
    emit(RemoveDocument(name, stores_deleted=True, stale=stale))
    console.print(f"{name}: forgotten, its stores deleted.")
    for key in stale:
        console.print(f"{key} is stale now: it used {name}.")
