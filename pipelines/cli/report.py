"""The command ``report``: a report that was written before: its scores, and its page in the browser."""

import webbrowser
from pathlib import Path
from typing import Annotated

import typer

from mir_models.errors import MirlitonError
from mir_models.similar_names import suggestion
from pipelines.cli.arguments import Task
from pipelines.cli.completions import complete_network
from pipelines.cli.console import print_warning
from pipelines.cli.scores import print_report
from storage import home


def report(
    task: Task,
    model: Annotated[
        str | None,
        typer.Option(help="The network; by default the champion, or the only one.", autocompletion=complete_network),
    ] = None,
    open_page: Annotated[bool, typer.Option("--open", help="Open the page in the browser.")] = False,
) -> None:
    """Print the scores of a report that was written before, and open its page, wherever the store is."""
    from mir_models.tasks import TASKS

    TASKS.get(task)
    document = print_report(task, choose_report(task, model))
    if open_page and not webbrowser.open(Path(document.page).as_uri()):
        print_warning(f"There is no browser on this machine: open {document.page} in one.")


def choose_report(task: str, model: str | None) -> str:
    """The network whose report is meant: the one that is named, else the champion, else the only one with a report.

    Raises
    ------
    MirlitonError
        Names the networks that have a report.
    """
    from assets.inference.champion import model_in_use
    from storage.objects.objects import open_objects

    written = open_objects(home.store_address()).names(f"reports/{task}")
    in_use = None if model or len(written) == 1 else model_in_use(task)
    network = model or (written[0] if len(written) == 1 else in_use.reference.architecture if in_use else "")
    if network in written:
        return network
    have = f"written: {', '.join(written) or 'none yet'}"
    if not network:
        remedy = f"name one with --model ({have})" if written else f"mirliton evaluate {task} --model MODEL"
        raise MirlitonError("one report, or that of a champion", received=have, remedy=remedy)
    remedy = f"{suggestion(network, written)}mirliton evaluate {task} --model {network} ({have})"
    raise MirlitonError(f"a report on {network}", received="none", remedy=remedy)
