"""The command ``datasets``: a table of the registered datasets, or the summary of one."""

from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table
from rich.text import Text

from pipelines.cli.completions import complete_dataset
from pipelines.cli.console import console
from pipelines.cli.documents.datasets import DatasetRow, DatasetsDocument
from pipelines.cli.json_output import emit
from storage import home

if TYPE_CHECKING:
    from storage.corpora.registrations import Registration


def datasets(
    name: Annotated[
        str | None,
        typer.Argument(help="A registered dataset, to be summarised.", autocompletion=complete_dataset),
    ] = None,
    every_track: Annotated[
        bool, typer.Option(help="Print every track in quarantine, also those of which many have one reason.")
    ] = False,
) -> None:
    """List the registered datasets, or summarise one: hours, tracks, labels, splits, stages, quarantine."""
    from storage.corpora.catalogue import open_catalogue
    from storage.corpora.registrations import LOADERS

    catalogue = open_catalogue()
    if name is not None:
        from pipelines.cli.dataset_summary import summarise
        from pipelines.cli.summary_lines import print_summary

        summary = summarise(catalogue.get(name))
        emit(summary)
        print_summary(summary, every_track=every_track)
        return
    rows = [_row(catalogue.get(each)) for each in catalogue.names()]
    emit(DatasetsDocument(rows, LOADERS.names()))
    table = Table("dataset", "loader", "tracks", "hours", "train / validation / test", "quarantined", "root")
    for row in rows:
        splits = " / ".join(map(str, row.splits.values()))
        cells = (row.name, row.loader, str(row.tracks), f"{row.hours:.2f}", splits, str(row.quarantined))
        table.add_row(*cells, Text(row.root))
    console.print(table if rows else f"No dataset yet. Loaders: {', '.join(LOADERS.names())}.")


def _row(registration: "Registration") -> DatasetRow:
    """A dataset as it was prepared."""
    from storage.corpora.listing import SPLITS
    from storage.tracks.dataset_store import open_dataset

    store = open_dataset(home.store_address(), registration.name)
    records = store.raw_audio.records()
    return DatasetRow(
        registration.name,
        registration.loader,
        registration.root,
        tracks=len(records),
        hours=sum(record.duration for record in records) / 3600,
        splits={split: sum(record.split == split for record in records) for split in SPLITS},
        quarantined=len(store.quarantine.rows()),
    )
