"""Command line: ``python -m experiments.long_runs {data,train,state,weights,export} RUN …``."""

from __future__ import annotations

import argparse
import math
from pathlib import Path
from typing import Any

import experiments.long_runs
from experiments import command_line
from experiments.long_runs import export, preparation, state, training, weights
from experiments.long_runs.definition import definition_file
from experiments.long_runs.home import RunHome, forget_servers
from experiments.long_runs.processes import Deadline, OutOfTime, interruptible
from mir_models.errors import MirlitonError
from pipelines.cli.library_logs import silence_libraries

OUT_OF_TIME = 75
"""Exit code at the limit of time, that of a failure for now (``EX_TEMPFAIL``)."""


def main() -> None:
    """Do what the command says."""
    arguments = parser().parse_args()
    forget_servers()
    with interruptible():
        try:
            arguments.function(arguments)
        except OutOfTime as error:
            print(error)
            raise SystemExit(OUT_OF_TIME) from None
        except KeyboardInterrupt:
            print("Interrupted. What is finished is kept; the same command goes on from there.")
            raise SystemExit(130) from None


def parser() -> argparse.ArgumentParser:
    """The command line."""
    words = command_line.module_parser(experiments.long_runs)
    words.add_argument("--homes", type=Path, default=Path.home() / "long-runs", help="folder of the runs' homes")
    commands = words.add_subparsers(required=True, metavar="COMMAND")
    data = commands.add_parser("data", help="make the data of a run, or what is missing of it")
    train = commands.add_parser("train", help="train, or go on from the last epoch; makes the data where it is missing")
    for command, function in ((data, make_data), (train, go_on)):
        command.add_argument("run")
        command.add_argument("--corpora", type=Path, help="folder of the corpora; needed once")
        command.add_argument("--minutes", type=_minutes, default=0.0, help="time in which it ends; 0: no limit")
        command.add_argument("--uncommitted", action="store_true", help="take the code as it is, not that of a commit")
        command.set_defaults(function=function)
    train.add_argument("--from", dest="start", type=Path, help="file of weights to begin with")
    _add_results(commands)
    return words


def _minutes(text: str) -> float:
    """A limit of time; refuses what is none."""
    if not 0 <= (value := float(text)) < math.inf:
        raise argparse.ArgumentTypeError(f"0 or more, finite; received {text}")
    return value


def _add_results(commands: Any) -> None:
    """The commands that show or write what came of a run."""
    shown = commands.add_parser("state", help="show how far runs are")
    shown.add_argument("run", nargs="?", help="default: all")
    shown.set_defaults(function=show_state)
    kept = commands.add_parser("weights", help="write the weights of the last epoch in 16 bits")
    kept.add_argument("run")
    kept.add_argument("file", type=Path)
    kept.set_defaults(function=write_weights)
    shipped = commands.add_parser("export", help="evaluate the model of a finished run and write it into a folder")
    shipped.add_argument("run")
    shipped.add_argument("folder", type=Path)
    shipped.add_argument("--licence", required=True, help="of the weights")
    of_data = "of a dataset that it was trained on, for its card; repeatable"
    shipped.add_argument("--data-licence", action="append", default=[], metavar="NAME=WORDS", help=of_data)
    shipped.add_argument("--overwrite", action="store_true", help="replace files that were changed since an export")
    shipped.set_defaults(function=export_model)


def make_data(arguments: argparse.Namespace) -> None:
    """Make the home of a run and its data, as far as they are missing."""
    deadline = Deadline(arguments.minutes)
    preparation.prepare(_made(arguments), deadline)


def go_on(arguments: argparse.Namespace) -> None:
    """Make the data where it is missing, then train within the time that is left."""
    deadline, home = Deadline(arguments.minutes), _made(arguments)
    home.check_backend()
    if arguments.start:  # Before the data: a wrong file is not found out after hours.
        weights.begin(home, arguments.start)
    if not home.is_prepared():
        preparation.prepare(home, deadline)
    training.train(home, deadline)
    print(f"{state.state_table([state.run_state(home)])}\n{training.devices(home)}")
    training.check_over(home)
    print(f"Next: python -m experiments.long_runs export {arguments.run} FOLDER --licence WORDS")


def show_state(arguments: argparse.Namespace) -> None:
    """Print how far a run, or all, are."""
    every = map(RunHome, sorted(arguments.homes.absolute().glob("*")))
    homes = [_home(arguments)] if arguments.run else [home for home in every if home.exists()]
    print(state.state_table([state.run_state(home) for home in homes]))
    for home in homes:
        if not home.is_as_defined():
            print(f"{home.record().run}: the checkout defines it otherwise; it goes on by {home.folder}/run.toml")


def write_weights(arguments: argparse.Namespace) -> None:
    """Write the weights of the last epoch."""
    record = weights.write(_home(arguments), arguments.file)
    size = arguments.file.stat().st_size / 1e6
    print(f"{arguments.file}: epoch {record.n_epochs} of {record.epochs} of {record.run}, {size:.2f} MB")


def export_model(arguments: argparse.Namespace) -> None:
    """Evaluate the model of a finished run and write it into a folder."""
    silence_libraries()
    words = {"licence": arguments.licence, "data_licences": arguments.data_licence, "overwrite": arguments.overwrite}
    export.export(_home(arguments), arguments.folder.absolute(), **words)


def _home(arguments: argparse.Namespace) -> RunHome:
    return RunHome(arguments.homes.absolute() / arguments.run)


def _made(arguments: argparse.Namespace) -> RunHome:
    """The home of a run, made where there is none."""
    home = _home(arguments)
    if home.exists():
        if arguments.corpora:
            home.check_corpora(arguments.corpora)
        return home
    if arguments.corpora is None:
        definition_file(arguments.run)  # A name that is wrong has no corpora.
        remedy = "give it once: --corpora FOLDER"
        raise MirlitonError("the folder of the corpora, to make the home of a run", received="none", remedy=remedy)
    home.make(arguments.run, arguments.corpora, uncommitted=arguments.uncommitted)
    return home


if __name__ == "__main__":
    command_line.call(main)
