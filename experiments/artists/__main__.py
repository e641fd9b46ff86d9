"""The command line: see :mod:`experiments.artists.folds`."""

from __future__ import annotations

import argparse
from collections import Counter
from pathlib import Path

import experiments.artists.folds
from experiments import command_line
from experiments.artists.folds import experiment
from experiments.artists.folds.music import GROUPS, TRACK, Music, load
from experiments.artists.folds.plan import Plan
from experiments.artists.folds.systems import SYSTEMS
from experiments.artists.folds.table import page


def main() -> None:
    """Do what is missing, then write the table."""
    arguments = _arguments()
    plan = Plan(arguments.at_least, arguments.folds, arguments.seeds)
    musics = [load(arguments.folder, arguments.out, arguments.without, group) for group in arguments.groups]
    about = [describe(music, plan) for music in musics]
    print("\n".join(about), flush=True)
    with command_line.interruptible():
        for music in musics if not arguments.report_only else ():
            experiment.run(music, plan, arguments.systems, arguments.out)
    found = [experiment.results(arguments.out, music, plan, arguments.systems) for music in musics]
    written = "\n".join(page(results, said) for results, said in zip(found, about, strict=True))
    command_line.publish(written, experiments.artists.folds, arguments)


def describe(music: Music, plan: Plan) -> str:
    """What is asked, as one paragraph."""
    asked = music.asked(plan)
    counts = Counter(music.artists[track] for track in asked)
    shown = ", ".join(f"{artist} {n}" for artist, n in counts.most_common())
    others = f"; there are {len(music.tracks) - len(asked)} tracks of others"
    return f"{len(asked)} tracks of {len(counts)} artists ({shown}), {plan.folds} folds by {music.group}{others}."


def _arguments() -> argparse.Namespace:
    plan = Plan()
    parser = command_line.of_table(experiments.artists.folds)
    parser.add_argument("folder", type=Path, help="the folder that holds tracks.csv")
    parser.add_argument("--systems", nargs="+", choices=SYSTEMS, default=list(SYSTEMS), metavar="SYSTEM")
    parser.add_argument("--at-least", type=int, default=plan.at_least, help="tracks of an artist that is asked")
    parser.add_argument("--folds", type=int, default=plan.folds)
    by = "what folds keep together, one table each: track, album; default: track"
    parser.add_argument("--groups", nargs="+", choices=GROUPS, default=[TRACK], metavar="GROUP", help=by)
    parser.add_argument("--seeds", type=int, default=plan.seeds)
    parser.add_argument("--without", nargs="+", default=[], metavar="TRACK", help="tracks to leave out")
    return parser.parse_args()


if __name__ == "__main__":
    command_line.call(main)
