"""Progress bars of a run."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from storage import progress

console = Console(highlight=False)


@contextmanager
def bars() -> Iterator[None]:
    """Show a bar for every stage that tells of its progress inside the block."""
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.fields[note]}", style="dim", markup=False),
    )
    with Progress(*columns, console=console) as shown:
        tasks: dict[str, TaskID] = {}

        def show(told: progress.Progress) -> None:
            if told.stage not in tasks:
                tasks[told.stage] = shown.add_task(told.stage, total=told.total, note="")
            shown.update(tasks[told.stage], completed=told.done, total=told.total, note=told.note)

        with progress.watched_by(show):
            yield
