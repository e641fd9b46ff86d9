"""The command of the benchmark; see :mod:`experiments.alignment`."""

from __future__ import annotations

import argparse
from pathlib import Path

import experiments.alignment
from experiments import command_line
from experiments.alignment import figures, methods, peers, tables, trials
from experiments.alignment.conditions import CONDITIONS
from experiments.alignment.corpora import HALVES, chosen, recordings
from experiments.alignment.rows import Rows


def main(words: list[str] | None = None) -> None:
    """Run what is missing, print the tables, and draw the figures."""
    from threadpoolctl import threadpool_limits

    arguments = parser().parse_args(words)
    rows = Rows(arguments.out / "rows.jsonl")
    trial = planned(arguments)
    if arguments.fresh:
        rows.forget(method.name for method in trial.methods)
    with threadpool_limits(limits=1):
        trials.run(trial, rows)
    report(trial, rows, arguments)


def report(trial: trials.Trial, rows: Rows, arguments: argparse.Namespace) -> None:
    """Tables and figures of the rows of the trial."""
    about = trials.of(trial, rows)
    names = [method.name for method in trial.methods]
    text = tables.report(about, names)
    left_out = peers.left_out() if arguments.peers else []
    print("", text, *left_out, *figures.draw(about, names, arguments.out), sep="\n")
    if arguments.markdown:
        arguments.markdown.write_text(text, encoding="utf-8")


def planned(arguments: argparse.Namespace) -> trials.Trial:
    """What the arguments ask for."""
    found = [recordings(corpus, out=arguments.out) for corpus in arguments.corpora]
    return trials.Trial(
        recordings=[each for every in found for each in chosen(every, half=arguments.half, n=arguments.tracks)],
        everything=[each for every in found for each in every],
        methods=[
            *(methods.of_registry(name) for name in arguments.methods or methods.names()),
            *(peers.available() if arguments.peers else ()),
        ],
        conditions=[each for each in CONDITIONS if wanted(each.name, arguments.conditions)],
        seeds=arguments.seeds,
    )


def wanted(name: str, conditions: list[str] | None) -> bool:
    """Whether a condition is asked for; the undisturbed one always is, since it tells the constant lags."""
    return not conditions or name in (CONDITIONS[0].name, *conditions)


def parser() -> argparse.ArgumentParser:
    """The command line."""
    made = command_line.described(experiments.alignment)
    made.add_argument("corpora", nargs="+", metavar="CORPUS", help="aligned:FOLDER, maps:FOLDER, demo or demo:FOLDER")
    made.add_argument("--out", type=Path, required=True, help="folder of rows, figures and the rendered demo corpus")
    made.add_argument("--methods", nargs="+", choices=methods.names(), help="default: all")
    made.add_argument("--peers", action=argparse.BooleanOptionalAction, default=True, help="also DTW by others")
    made.add_argument("--conditions", nargs="+", choices=[each.name for each in CONDITIONS], help="default: all")
    made.add_argument(
        "--tracks", type=int, default=28, help="at most so many of each corpus, spread over its instruments (28)"
    )
    made.add_argument("--half", choices=HALVES, help="default: both; the half of a track is a hash of its work")
    made.add_argument("--seeds", type=int, nargs="+", default=[0], help="of the disturbances")
    made.add_argument("--fresh", action="store_true", help="make the rows of the methods anew")
    made.add_argument("--markdown", type=Path, help="file for the tables")
    return made


if __name__ == "__main__":
    command_line.call(main)
