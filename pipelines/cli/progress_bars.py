"""Progress bars of a run: one bar for every stage."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from threading import Lock

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from pipelines.cli.console import console, progress_console
from storage import progress


@contextmanager
def bars(*, summed: Sequence[str] = ()) -> Iterator[None]:
    """Show a bar for every stage that reports its progress inside the block.

    Of the stages `summed`, in which several things may be at work at once, the bar shows the sum over their notes.
    """
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.fields[note]}", style="dim", markup=False),
    )
    screen = progress_console if console.quiet else console
    with Progress(*columns, console=screen, disable=console.quiet and not screen.is_terminal) as shown:
        tasks: dict[str, TaskID] = {}
        parts: defaultdict[str, dict[str, tuple[int, int]]] = defaultdict(dict)
        lock = Lock()

        def update(latest: progress.Progress) -> None:
            with lock:
                if latest.stage not in tasks:
                    tasks[latest.stage] = shown.add_task(latest.stage, total=latest.total, note="")
                done, total = latest.done, latest.total
                if latest.stage in summed:
                    parts[latest.stage][latest.note] = (done, total)
                    done, total = map(sum, zip(*parts[latest.stage].values(), strict=True))
                shown.update(tasks[latest.stage], completed=done, total=total, note=latest.note)

        with progress.watch(update):
            yield
