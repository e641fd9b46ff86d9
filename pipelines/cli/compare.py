"""The command ``compare``: all networks of a task beside each other, with baselines and other programs."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from mir_models.errors import ParameterError
from pipelines.cli.arguments import Datasets, Task, check_registered
from pipelines.cli.completions import complete_network
from pipelines.cli.console import console, print_warning
from pipelines.cli.documents.comparison import CompareDocument, ComparedRow, ComparedScoreRow
from pipelines.cli.json_output import emit
from pipelines.cli.scores import HEADINGS, print_page

if TYPE_CHECKING:
    from mir_models.evaluation.comparison import ComparedScore
    from storage.objects.objects import Objects
    from storage.reports.comparisons import ComparisonTable


def compare(
    task: Task,
    against: Annotated[
        str,
        typer.Option(
            help="The network that all are compared with; by default the champion, else the best.",
            autocompletion=complete_network,
        ),
    ] = "",
    dataset: Datasets = None,
    peer: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=FOLDER",
            help="Another program's MIDI files of the test tracks, each called like its track; may be repeated.",
        ),
    ] = None,
) -> None:
    """Compare all evaluated networks of a task, baselines and other programs, by paired intervals."""
    from assets.evaluation.systems import compare_task
    from assets.resources import StoreResource
    from mir_models.tasks import TASKS
    from storage import home
    from storage.objects.objects import open_objects

    TASKS.get(task)
    check_registered(dataset or [])
    peers = parse_peers(peer or [])
    objects = open_objects(home.store_address())
    table = compare_task(objects, StoreResource(), task, against=against, datasets=dataset or [], peers=peers)
    document = _document(table, objects)
    emit(document)
    _print(document, objects)


def parse_peers(given: Sequence[str]) -> dict[str, Path]:
    """Folders by the names of programs, of texts ``NAME=FOLDER``.

    Raises
    ------
    ParameterError
    """
    found: dict[str, Path] = {}
    for text in given:
        name, is_pair, folder = text.partition("=")
        if not (name and is_pair and folder):
            raise ParameterError("--peer NAME=FOLDER", received=text, remedy="e.g. --peer theirs=transcriptions")
        if name in found:
            raise ParameterError("a name for each --peer", received=f"{name} twice", remedy="choose another name")
        found[name] = Path(folder).expanduser()
    return found


def _document(table: "ComparisonTable", objects: "Objects") -> CompareDocument:
    from pipelines.cli.scores import page_of

    return CompareDocument(
        task=table.task,
        datasets=table.datasets,
        split=table.split,
        tracks=table.n_tracks,
        reference=table.reference,
        systems=[
            ComparedRow(
                row["system"], row["kind"], {measure: _score(row["scores"][measure]) for measure in table.measures}
            )
            for row in table.systems
        ],
        left_out=table.left_out,
        notes=table.notes,
        page=page_of(objects, _prefix(table.task)),
    )


def _prefix(task: str) -> str:
    from storage.reports.comparisons import ComparisonStore

    return ComparisonStore.prefix_of(task)


def _score(found: "ComparedScore | None") -> ComparedScoreRow | None:
    from mir_models.evaluation.comparison import verdict

    if found is None:
        return None
    value, difference = found["value"], found["difference"]
    return ComparedScoreRow(
        value, _pair(found["interval"]), difference, _pair(found["difference_interval"]), verdict(found)
    )


def _pair(interval: Sequence[float] | None) -> tuple[float, float] | None:
    return (interval[0], interval[1]) if interval else None


def _print(document: CompareDocument, objects: "Objects") -> None:
    title = f"{', '.join(document.datasets)}, {document.split} split, {document.tracks} tracks"
    measures = list(document.systems[0].scores)
    shown = Table("system", *(HEADINGS[each] for each in measures), title=title)
    shown.columns[0].no_wrap = True
    for row in document.systems:
        shown.add_row(_name(row, document.reference), *(_cell(row.scores[each]) for each in measures))
    console.print(shown)
    console.print(f"In brackets: 95 % intervals; below them, how much a system is above {document.reference}.")
    for note in document.notes:
        console.print(note, markup=False)
    _print_left_out(document.left_out)
    print_page(objects, _prefix(document.task))


def _name(row: ComparedRow, reference: str) -> str:
    mark = " *" if row.system == reference else ""
    return f"{row.system}{mark}" if row.kind == "network" else f"{row.system} ({row.kind})"


def _cell(score: ComparedScoreRow | None) -> str:
    if score is None:
        return "–"
    interval = f" [{score.interval[0]:.3f}, {score.interval[1]:.3f}]" if score.interval else ""
    if score.difference is None:
        return f"{score.value:.3f}{interval}"
    low_high = score.difference_interval
    paired = f" [{low_high[0]:+.3f}, {low_high[1]:+.3f}]" if low_high else ""
    return f"{score.value:.3f}{interval}\n{score.difference:+.3f}{paired}"


def _print_left_out(left_out: Mapping[str, str]) -> None:
    for name, reason in left_out.items():
        print_warning(f"{name} is not compared: {reason}")
