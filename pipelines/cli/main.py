"""``mirliton``: the commands by name, and what a user sees when something is wrong."""

import sys

import typer
from rich.console import Console

from mir_models.errors import MirlitonError
from pipelines.cli.add import add
from pipelines.cli.backfill import backfill
from pipelines.cli.classify import classify
from pipelines.cli.datasets import datasets
from pipelines.cli.demo import demo
from pipelines.cli.doctor import doctor
from pipelines.cli.download import download
from pipelines.cli.evaluate import evaluate
from pipelines.cli.export import export
from pipelines.cli.inspect import inspect
from pipelines.cli.plan import plan
from pipelines.cli.probe import probe
from pipelines.cli.remove import remove
from pipelines.cli.train import train
from pipelines.cli.transcribe import transcribe
from pipelines.cli.ui import ui

INTERRUPTED = 130
"""Exit code into which typer turns Ctrl-C."""

app = typer.Typer(
    name="mirliton",
    help="From collections of music to trained, evaluated models.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)
COMMANDS = (
    demo,
    download,
    add,
    datasets,
    remove,
    plan,
    backfill,
    inspect,
    train,
    evaluate,
    probe,
    export,
    transcribe,
    classify,
    ui,
    doctor,
)
for command in COMMANDS:
    app.command()(command)


def main() -> None:
    """Run a command; an error a user can act on is one sentence and exit code 1."""
    from pipelines.cli.library_logs import silence_libraries
    from pipelines.runs import RunFailed

    silence_libraries()
    try:
        _run()
    except (MirlitonError, RunFailed, OSError) as error:
        Console(stderr=True, soft_wrap=True).print(f"[bold red]error:[/] {_escaped(error)}", highlight=False)
        sys.exit(1)
    except SystemExit as ended:
        if ended.code == INTERRUPTED:
            word = "Interrupted. What is finished is kept"
            goes_on = "" if sys.argv[1:2] in (["transcribe"], ["classify"]) else "; the same command goes on from there"
            Console(stderr=True, soft_wrap=True).print(f"{word}{goes_on}.")
        raise


def _run() -> None:
    """Run a command; a library that is not installed is named with the extra that brings it."""
    from pipelines.cli.extras import extra_of

    try:
        app()
    except ModuleNotFoundError as error:
        extra = extra_of(error.name or "")
        if extra is None:
            raise
        remedy = f"pip install 'mirliton[{extra}]'"
        raise MirlitonError(f"the library {error.name}", received="not installed", remedy=remedy) from error


def _escaped(error: Exception) -> str:
    from rich.markup import escape

    return escape(str(error))


if __name__ == "__main__":
    main()
