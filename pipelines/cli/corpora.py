"""Commands about datasets: ``datasets``, ``add``, ``backfill``."""

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from mir_models.errors import MirlitonError
from pipelines.cli.bars import bars, console
from storage import home
from storage.catalogue import LOADERS, Catalogue, Registration
from storage.dataset_store import open_dataset


def datasets() -> None:
    """List the registered datasets: hours, tracks, splits, quarantine."""
    catalogue = Catalogue(home.home())
    table = Table("dataset", "loader", "tracks", "hours", "train / validation / test", "quarantined", "root")
    for name in catalogue.names():
        registration, store = catalogue.get(name), open_dataset(home.store_address(), name)
        records = store.raw_audio.records()
        splits = [sum(record["split"] == split for record in records) for split in ("train", "validation", "test")]
        hours = sum(record["duration"] for record in records) / 3600
        told = (len(records), f"{hours:.2f}", " / ".join(map(str, splits)), len(store.quarantine.rows()))
        table.add_row(name, registration.loader, *map(str, told), Text(registration.root))
    console.print(table if catalogue.names() else f"No dataset yet. Loaders: {', '.join(LOADERS.names())}.")


def add(
    name: Annotated[str, typer.Argument(help="Lower-case letters, digits, '-' and '_'.")],
    loader: Annotated[str, typer.Option(help="The layout of the corpus: a file of storage/datasets.")],
    root: Annotated[Path, typer.Option(help="Folder of the corpus.")],
    option: Annotated[
        list[str] | None, typer.Option(help="An option of the loader, key=value; may be repeated.")
    ] = None,
    max_quarantined: Annotated[
        float, typer.Option(min=0, max=1, help="Share of unusable tracks above which a stage fails.")
    ] = 0.2,
    split_seed: Annotated[int, typer.Option(help="Seed of the split by work, where none is official.")] = 0,
) -> None:
    """Register a dataset; nothing is computed yet."""
    options = dict(_pair(each) for each in option or [])
    registration = Registration(name, loader, str(root.expanduser().resolve()), options, max_quarantined, split_seed)
    enrol(registration)


def enrol(registration: Registration) -> None:
    """Look at the corpus, keep the registration, and make it a partition."""
    from pipelines.runs import register

    catalogue = Catalogue(home.home())
    catalogue.check(registration)
    listing = registration.listing()
    catalogue.add(registration)
    register(registration.name)
    loader = registration.module
    console.print(
        f"{registration.name}: {len(listing.tracks)} tracks, {len(listing.dropped)} left out by the protocol."
    )
    console.print(f"[dim]{loader.DESCRIPTION}. Licence: {loader.LICENCE}.[/]")
    for word, rows in (("left out", listing.dropped), ("cannot be used:", listing.refused)):
        for track, reason in sorted(rows.items()):
            console.print(f"{word} {track}: {reason}", style="dim", markup=False)


def backfill(names: Annotated[list[str], typer.Argument(help="Registered datasets.")]) -> None:
    """Materialise everything up to the shards for some datasets; what is there is kept."""
    from pipelines.runs import materialise

    for name in names:
        Catalogue(home.home()).get(name)
    for name in names:
        with bars():
            finished = materialise("prepare", partition=name)
        tell(name, finished)


def tell(name: str, finished: object) -> None:
    """Print what a preparation did, with its quarantine."""
    table = Table("asset", "tracks", "made", "up to date", "quarantined", title=name)
    for key, metadata in sorted(finished.metadata.items()):
        told = (metadata.get(each, 0) for each in ("tracks", "made", "up_to_date", "quarantined"))
        table.add_row(key, *map(str, told))
    console.print(table)
    for row in open_dataset(home.store_address(), name).quarantine.rows():
        console.print(f"quarantined {row.track} ({row.stage}): {row.reason}", style="yellow", markup=False)
    for check in finished.failed_checks:
        console.print(f"check {check}", style="yellow", markup=False)


def _pair(text: str) -> tuple[str, str]:
    key, sign, value = text.partition("=")
    if not sign or not key:
        raise MirlitonError(
            "--option key=value", received=repr(text), remedy="write, e.g., --option test_piano=AkPnBcht"
        )
    return key, value


COMMANDS = (datasets, add, backfill)
