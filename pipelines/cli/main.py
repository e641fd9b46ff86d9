"""``mirliton``: the commands by name, and what a user sees when something is wrong.

A command's module is imported when it runs: the list of all needs none of them.
"""

import os
import sys
from importlib import import_module
from typing import Annotated, Any

import typer
import typer.core
import typer.main

from mir_models.errors import MirlitonError

INTERRUPTED = 130
"""Exit code into which typer turns Ctrl-C."""
COMMANDS = {
    "init": "Let this home belong to a team's instance: databases, stores and registrations that others use as well.",
    "demo": "Compose a small corpus, prepare it, train the default transcriber on it, and report.",
    "download": "Fetch a corpus that its owners publish; what has arrived is kept, and a second call fetches what is "
    "missing.",
    "add": "Register a dataset, or change its registration; nothing is computed yet.",
    "datasets": "List the registered datasets, or summarise one: hours, tracks, labels, splits, stages, quarantine.",
    "remove": "Forget a dataset; the recordings are never touched, and what was computed stays by default.",
    "plan": "Estimate a backfill: bytes, minutes and memory of every asset up to the shards.",
    "backfill": "Materialise everything up to the shards, models or reports; what is there is kept.",
    "inspect": "Plot and sonify one track: its spectrum, its labels before and after alignment, its lag.",
    "train": "Train a network on prepared datasets; an interrupted training goes on where it stopped.",
    "sweep": "Train a network with many settings, and keep the best as a challenger; an interrupted sweep goes on.",
    "repro": "Train a finished training again, by its seed and by others, and tell whether its score is like theirs.",
    "evaluate": "Write the report of a trained network on the test split, beside trivial baselines.",
    "compare": "Compare all evaluated networks of a task, baselines and other programs, by paired intervals.",
    "models": "List the trained networks of a task: scores, which of them is the champion, since when, and why.",
    "promote": "Compare a trained network with the champion of its task, and let it take its place if it is better.",
    "rollback": "Let the network that was the champion before be it again; what is in use now is promoted on request "
    "only.",
    "schedule": "Retrain for a task at fixed times, on what is prepared anew, and promote the result if it is better.",
    "report": "Print the scores of a report that was written before, and open its page, wherever the store is.",
    "probe": "Predict another label from each layer of a network, beside random weights and MFCC statistics.",
    "export": "Write a trained and evaluated network as .keras and .onnx, with its settings and a model card.",
    "transcribe": "Transcribe recordings of solo piano to notes; nothing has to be set up or trained for it.",
    "classify": "Write the classes of recordings with their probabilities, of the full recording and window by window.",
    "listen": "Serve a page where recordings are transcribed or classified by the models in use, until Ctrl-C.",
    "ui": "Serve Dagster's UI and MLflow's, until Ctrl-C.",
    "doctor": "Check Python, libraries, folders, disk, servers and decoders; exit code 1 where something is amiss.",
}
"""By command, the first lines of its docstring, which the list of commands shows."""
SIDE_BY_SIDE = ("transcribe",)
"""Commands with threads of their own, in each of which NumPy's product of matrices would use all cores again."""
SETTINGS: dict[str, Any] = {
    "pretty_exceptions_enable": False,
    "rich_markup_mode": "rich",
}


class Commands(typer.core.TyperGroup):
    """Commands whose modules are imported when they are called."""

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[Any, Any, list[str]]:
        """The command that is called, by click's rules, and its arguments."""
        name, command, rest = super().resolve_command(ctx, args)
        return name, _load(str(command.name)) if command and command.name in COMMANDS else command, rest


def _load(name: str) -> Any:
    """A command of the module that is called like it."""
    if name in SIDE_BY_SIDE:  # Before NumPy is imported, which reads it then.
        os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    from pipelines.cli.documents import DOCUMENTS
    from pipelines.cli.json_output import with_json

    command = getattr(import_module(f"pipelines.cli.{name}"), name)
    alone = typer.Typer(add_completion=False, **SETTINGS)
    alone.command(name)(with_json(command) if name in DOCUMENTS else command)
    return typer.main.get_command(alone)


def _listed() -> None:
    """Stands for a command in the list of all."""


app = typer.Typer(
    name="mirliton",
    help="From collections of music to trained, evaluated models.",
    no_args_is_help=True,
    cls=Commands,
    **SETTINGS,
)
for name, text in COMMANDS.items():
    app.command(name, help=text)(_listed)


def _print_version(requested: bool) -> None:
    if requested:
        from pipelines.cli.extras import version_of_mirliton

        typer.echo(f"mirliton {version_of_mirliton()}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """From collections of music to trained, evaluated models."""


def main() -> None:
    """Run a command; an error a user can act on is one sentence and exit code 1."""
    from pipelines.cli.library_logs import silence_libraries
    from storage import home
    from storage.settings_file import load_settings

    silence_libraries()
    try:
        load_settings(home.home())
        _run()
    except Exception as error:
        if not isinstance(error, _reported_errors()):
            raise
        _print_error(f"[bold red]error:[/] {_escaped(error)}")
        sys.exit(1)
    except SystemExit as ended:
        if ended.code == INTERRUPTED:
            word = "Interrupted. What is finished is kept"
            goes_on = "" if sys.argv[1:2] in (["transcribe"], ["classify"]) else "; the same command goes on from there"
            _print_error(f"{word}{goes_on}.")
        raise


def _reported_errors() -> tuple[type[Exception], ...]:
    """Errors whose message is all that a user needs; that of a run is known once a run was started."""
    runs = sys.modules.get("pipelines.job_runs")
    return (MirlitonError, OSError) if runs is None else (MirlitonError, OSError, runs.RunFailed)


def _run() -> None:
    """Run a command; a library that is not installed is named with the extra that brings it."""
    from pipelines.cli.extras import extra_of

    try:
        app(prog_name="mirliton")  # Also as `python -m`: completion is called by this name.
    except ModuleNotFoundError as error:
        extra = extra_of(error.name or "")
        if extra is None:
            raise
        remedy = f"pip install 'mirliton[{extra}]'"
        raise MirlitonError(f"the library {error.name}", received="not installed", remedy=remedy) from error


def _print_error(text: str) -> None:
    from rich.console import Console

    Console(stderr=True, soft_wrap=True).print(text, highlight=False)


def _escaped(error: Exception) -> str:
    from rich.markup import escape

    return escape(str(error))


if __name__ == "__main__":
    main()
