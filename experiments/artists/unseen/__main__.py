"""The command line: see :mod:`experiments.artists.unseen`."""

from __future__ import annotations

import argparse
from collections import Counter
from pathlib import Path

import experiments.artists.unseen
from experiments import command_line
from experiments.artists.folds.music import Music, load
from experiments.artists.folds.systems import NAMED
from experiments.artists.unseen import experiment
from experiments.artists.unseen.halves import halves
from experiments.artists.unseen.plan import Plan
from experiments.artists.unseen.systems import chosen
from experiments.artists.unseen.table import page


def main() -> None:
    """Do what is missing, then write the table."""
    arguments = _arguments()
    plan = Plan(arguments.at_least, arguments.folds, arguments.seeds)
    music = load(arguments.folder, arguments.out, arguments.without)
    about, systems = describe(music, plan), chosen(arguments.networks)
    print(about, flush=True)
    with command_line.interruptible():
        if not arguments.report_only:
            experiment.run(music, plan, systems, arguments.out)
    written = page(experiment.results(arguments.out, music, plan, systems), about)
    command_line.publish(written, experiments.artists.unseen, arguments)


def describe(music: Music, plan: Plan) -> str:
    """What is asked, as one paragraph."""
    asked = [track for half in halves(music.artists, plan, 0) for track in half.asked]
    counts = Counter(music.artists[track] for track in asked)
    shown = ", ".join(f"{artist} {n}" for artist, n in counts.most_common())
    others = f"{len(music.tracks) - len(asked)} tracks of others are only learnt from"
    return f"{len(asked)} tracks of {len(counts)} artists ({shown}), in halves, {plan.folds} folds by track; {others}."


def _arguments() -> argparse.Namespace:
    plan = Plan()
    parser = command_line.of_table(experiments.artists.unseen)
    parser.add_argument("folder", type=Path, help="the folder that holds tracks.csv")
    parser.add_argument("--networks", nargs="+", choices=NAMED, default=list(NAMED), metavar="NETWORK")
    parser.add_argument("--at-least", type=int, default=plan.at_least, help="tracks of an artist that is asked")
    parser.add_argument("--folds", type=int, default=plan.folds)
    parser.add_argument("--seeds", type=int, default=plan.seeds)
    parser.add_argument("--without", nargs="+", default=[], metavar="TRACK", help="tracks to leave out")
    return parser.parse_args()


if __name__ == "__main__":
    command_line.call(main)
