"""The command line: see :mod:`experiments.alignment`."""

from __future__ import annotations

import argparse
from pathlib import Path

import experiments.alignment
from experiments import command_line
from experiments.alignment import experiment, figures, methods, peers, tables
from experiments.alignment.conditions import CONDITIONS
from experiments.alignment.corpora import HALVES, choose, recordings
from experiments.alignment.rows import Rows


def main(words: list[str] | None = None) -> None:
    """Run what is missing, print the tables, and draw the figures."""
    from threadpoolctl import threadpool_limits

    arguments = parser().parse_args(words)
    rows = Rows(arguments.out / "rows.jsonl")
    planned = plan_of(arguments)
    if arguments.fresh:
        rows.remove(method.name for method in planned.methods)
    with threadpool_limits(limits=1):
        experiment.run(planned, rows)
    report(planned, rows, arguments)


def report(plan: experiment.Plan, rows: Rows, arguments: argparse.Namespace) -> None:
    """Tables and figures of the rows of a plan."""
    selected = experiment.rows_of(plan, rows)
    names = [method.name for method in plan.methods]
    text = tables.report(selected, names)
    left_out = peers.left_out() if arguments.peers else []
    print("", text, *left_out, *figures.draw(selected, names, arguments.out), sep="\n")
    if arguments.markdown:
        arguments.markdown.write_text(text, encoding="utf-8")


def plan_of(arguments: argparse.Namespace) -> experiment.Plan:
    """Recordings, methods, conditions and seeds that the arguments name."""
    found = [recordings(corpus, out=arguments.out) for corpus in arguments.corpora]
    return experiment.Plan(
        recordings=[each for every in found for each in choose(every, half=arguments.half, n=arguments.tracks)],
        everything=[each for every in found for each in every],
        methods=[
            *(methods.of_registry(name) for name in arguments.methods or methods.names()),
            *(peers.available() if arguments.peers else ()),
        ],
        conditions=[each for each in CONDITIONS if is_selected(each.name, arguments.conditions)],
        seeds=arguments.seeds,
    )


def is_selected(name: str, conditions: list[str] | None) -> bool:
    """Whether a condition is run; the undisturbed one always is, since the constant lags are measured under it."""
    return not conditions or name in (CONDITIONS[0].name, *conditions)


def parser() -> argparse.ArgumentParser:
    """The command line."""
    made = command_line.module_parser(experiments.alignment)
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
