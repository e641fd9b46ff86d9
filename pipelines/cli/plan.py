"""The command ``plan``: the disk, time and memory of a backfill, measured on a sample beforehand."""

from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from pipelines.cli.arguments import check_presets
from pipelines.cli.completions import complete_dataset, complete_preset
from pipelines.cli.console import console, print_warning
from pipelines.cli.documents.preparation import AssetCost, PlanDocument
from pipelines.cli.json_output import emit
from pipelines.cli.quarantine_lines import reasons
from storage.corpora.catalogue import open_catalogue
from storage.objects.disk_usage import Size

if TYPE_CHECKING:
    from pipelines.estimate.plan import Plan

MIB, GIB = 2**20, 2**30


def plan(
    name: Annotated[str, typer.Argument(help="A registered dataset.", autocompletion=complete_dataset)],
    feature: Annotated[
        list[str] | None,
        typer.Option(
            help="A preset, e.g. cqt; may be repeated; default: those of all tasks of its labels.",
            autocompletion=complete_preset,
        ),
    ] = None,
    sample: Annotated[
        int | None, typer.Option(min=1, help="Tracks of the sample; default: as many as take about 12 s.")
    ] = None,
) -> None:
    """Estimate a backfill: bytes, minutes and memory of every asset up to the shards.

    A sample of the missing tracks is prepared in a temporary store that is deleted afterwards; nothing else is written.
    Training is not planned: its minutes and memory depend on the network, not on the number of recordings alone.
    """
    from pipelines.cli.backfill import default_presets
    from pipelines.estimate.plan import plan as measure

    registration = open_catalogue().get(name)
    check_presets(feature or [])
    with console.status(f"Preparing a sample of {name} …"):
        estimated = measure(registration, sorted(set(feature or default_presets(name))), sample=sample)
    emit(_document(name, estimated))
    if estimated.assets:
        console.print(_table(name, estimated))
        console.print(*_notes(estimated), sep="\n", soft_wrap=True)
    else:
        console.print(f"{name} is up to date: nothing to do.")
    if estimated.retried:
        console.print(
            f"{estimated.retried} tracks in quarantine will be tried again; they are not in the plan.", style="dim"
        )
    for notice in estimated.notices:
        print_warning(notice)


def _document(name: str, estimated: "Plan") -> PlanDocument:
    return PlanDocument(
        name,
        [
            AssetCost(
                each.asset,
                each.tracks,
                bytes=each.size.bytes,
                bytes_on_disk=each.size.on_disk,
                seconds=each.seconds,
                start_seconds=each.start,
                peak_memory_bytes=each.peak,
            )
            for each in estimated.assets
        ],
        starting_seconds=estimated.starting,
        seconds=estimated.seconds,
        bytes=estimated.size.bytes,
        bytes_on_disk=estimated.size.on_disk,
        peak_memory_bytes=estimated.peak,
        free_bytes=estimated.free,
        sampled_tracks=estimated.sampled,
        listed_tracks=estimated.listed,
        took_seconds=estimated.took,
        retried=estimated.retried,
        refused=reasons(estimated.refused),
        notices=estimated.notices,
    )


def _table(name: str, estimated: "Plan") -> Table:
    table = Table("asset", "tracks", "size", "time", "peak memory", title=f"{name}: what a backfill will take")
    table.add_row("starting the workers", "", "", format_duration(estimated.starting), "")
    for each in estimated.assets:
        shown = (
            each.asset,
            str(each.tracks),
            format_size(each.size),
            format_duration(each.seconds),
            _memory(each.peak),
        )
        table.add_row(*shown, style="" if each.tracks else "dim")
    table.add_section()
    most = max(each.tracks for each in estimated.assets)
    table.add_row(
        "in all", str(most), format_size(estimated.size), format_duration(estimated.seconds), _memory(estimated.peak)
    )
    return table


def _notes(estimated: "Plan") -> list[str]:
    most = max(each.tracks for each in estimated.assets)
    notes = [
        f"[dim]Measured on {estimated.sampled} of {most} missing tracks (of {estimated.listed}), scaled by duration; "
        f"this took {format_duration(estimated.took)}. Memory is that of all processes together.[/]"
    ]
    if estimated.refused:
        notes.append(f"[yellow]{len(estimated.refused)} of the sample cannot be used and will go to quarantine.[/]")
    if estimated.free is not None:
        short = estimated.size.on_disk > estimated.free
        needed = f"Free disk: {format_size(Size(estimated.free))}; needed: {format_size(Size(estimated.size.on_disk))}."
        notes.append(f"[bold red]Not enough disk.[/] {needed}" if short else f"[dim]{needed}[/]")
    return notes


def format_size(size: Size) -> str:
    """Bytes in MiB or GiB."""
    return f"{size.bytes / GIB:.1f} GiB" if size.bytes >= GIB else f"{size.bytes / MIB:.1f} MiB"


def format_duration(seconds: float) -> str:
    """Seconds, minutes or hours."""
    if seconds < 90:
        return f"{seconds:.0f} s" if seconds >= 10 else f"{seconds:.1f} s"
    return f"{seconds / 60:.1f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def _memory(peak: int) -> str:
    return f"{peak / MIB:,.0f} MiB" if peak else ""
