"""The command ``datasets``: a table of the registered datasets, or the summary of one."""

from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from pipelines.cli.console import console
from storage import home


def datasets(
    name: Annotated[str | None, typer.Argument(help="A registered dataset, to be summarised.")] = None,
    every_track: Annotated[
        bool, typer.Option(help="Print every track in quarantine, also those of which many have one reason.")
    ] = False,
) -> None:
    """List the registered datasets, or summarise one: hours, tracks, labels, splits, stages, quarantine."""
    from storage.corpora.listing import SPLITS
    from storage.corpora.registrations import LOADERS, Catalogue
    from storage.tracks.dataset_store import open_dataset

    catalogue = Catalogue(home.home())
    if name is not None:
        from pipelines.cli.dataset_summary import print_summary

        print_summary(catalogue.get(name), every_track=every_track)
        return
    table = Table("dataset", "loader", "tracks", "hours", "train / validation / test", "quarantined", "root")
    for each in catalogue.names():
        registration, store = catalogue.get(each), open_dataset(home.store_address(), each)
        records = store.raw_audio.records()
        splits = [sum(record.split == split for record in records) for split in SPLITS]
        hours = sum(record.duration for record in records) / 3600
        row = (len(records), f"{hours:.2f}", " / ".join(map(str, splits)), len(store.quarantine.rows()))
        table.add_row(each, registration.loader, *map(str, row), Text(registration.root))
    console.print(table if catalogue.names() else f"No dataset yet. Loaders: {', '.join(LOADERS.names())}.")
