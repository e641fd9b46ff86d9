"""Progress bars of a run: one bar for every stage."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from pipelines.cli.console import console
from storage import progress


@contextmanager
def bars() -> Iterator[None]:
    """Show a bar for every stage that reports its progress inside the block."""
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.fields[note]}", style="dim", markup=False),
    )
    with Progress(*columns, console=console) as shown:
        tasks: dict[str, TaskID] = {}

        def update(latest: progress.Progress) -> None:
            if latest.stage not in tasks:
                tasks[latest.stage] = shown.add_task(latest.stage, total=latest.total, note="")
            shown.update(tasks[latest.stage], completed=latest.done, total=latest.total, note=latest.note)

        with progress.watch(update):
            yield
