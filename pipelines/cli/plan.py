"""What will be computed, before it is: ``plan``."""

from typing import Annotated

import typer
from rich.table import Table

from pipelines.cli.progress_bars import console
from storage import home
from storage.corpora.registrations import Catalogue
from storage.objects.scratch import Size

MIB, GIB = 2**20, 2**30


def plan(
    name: Annotated[str, typer.Argument(help="A registered dataset.")],
    feature: Annotated[
        list[str] | None,
        typer.Option(help="A preset, e.g. cqt; may be repeated; default: what the tasks of its labels hear."),
    ] = None,
    sample: Annotated[
        int | None, typer.Option(min=1, help="Tracks of the sample; default: as many as take about 12 s.")
    ] = None,
) -> None:
    """Say what a backfill will take: bytes, minutes and memory of every asset up to the shards.

    A sample of the tracks that are missing is prepared in a place that is deleted afterwards; nothing else is written.
    Training is not planned: its minutes and memory depend on the network, not on the number of recordings alone.
    """
    from pipelines.cli.backfill import heard, prepared_keys
    from pipelines.estimate.plan import plan as measured

    registration = Catalogue(home.home()).get(name)
    prepared_keys(feature or [])
    with console.status(f"Preparing a sample of {name} …"):
        found = measured(registration, sorted(set(feature or heard(name))), sample=sample)
    if found.assets:
        console.print(_table(name, found))
        console.print(*_notes(found), sep="\n", soft_wrap=True)
    else:
        console.print(f"{name} is up to date: nothing to do.")
    if found.retried:
        console.print(
            f"{found.retried} tracks in quarantine will be tried again; they are not in the plan.", style="dim"
        )


def _table(name: str, found: object) -> Table:
    table = Table("asset", "tracks", "size", "time", "peak memory", title=f"{name}: what a backfill will take")
    table.add_row("starting the workers", "", "", duration(found.starting), "")
    for each in found.assets:
        shown = (each.asset, str(each.tracks), amount(each.size), duration(each.seconds), _memory(each.peak))
        table.add_row(*shown, style="" if each.tracks else "dim")
    table.add_section()
    most = max(each.tracks for each in found.assets)
    table.add_row("in all", str(most), amount(found.size), duration(found.seconds), _memory(found.peak))
    return table


def _notes(found: object) -> list[str]:
    most = max(each.tracks for each in found.assets)
    notes = [
        f"[dim]Measured on {found.sampled} of {most} missing tracks (of {found.listed}), scaled by duration; "
        f"this took {duration(found.took)}. Memory is that of all processes together.[/]"
    ]
    if found.refused:
        notes.append(f"[yellow]{len(found.refused)} of the sample cannot be used and will go to quarantine.[/]")
    if found.free is not None:
        short = found.size.on_disk > found.free
        needed = f"Free disk: {amount(Size(found.free))}; needed: {amount(Size(found.size.on_disk))}."
        notes.append(f"[bold red]Not enough disk.[/] {needed}" if short else f"[dim]{needed}[/]")
    return notes


def amount(size: Size) -> str:
    """Bytes in MiB or GiB."""
    return f"{size.bytes / GIB:.1f} GiB" if size.bytes >= GIB else f"{size.bytes / MIB:.1f} MiB"


def duration(seconds: float) -> str:
    """Seconds, minutes or hours."""
    if seconds < 90:
        return f"{seconds:.0f} s" if seconds >= 10 else f"{seconds:.1f} s"
    return f"{seconds / 60:.1f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def _memory(peak: int) -> str:
    return f"{peak / MIB:,.0f} MiB" if peak else ""


COMMANDS = (plan,)
