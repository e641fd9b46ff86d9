"""The command line: see :mod:`benchmarks.unseen_artists`."""

from __future__ import annotations

import argparse
from collections import Counter
from pathlib import Path

import benchmarks.unseen_artists
from benchmarks.artist_folds.music import Music, load
from benchmarks.unseen_artists import experiment
from benchmarks.unseen_artists.halves import halves
from benchmarks.unseen_artists.plan import Plan
from benchmarks.unseen_artists.table import page


def main() -> None:
    """Do what is missing, then write the table."""
    arguments = _arguments()
    plan = Plan(arguments.at_least, arguments.folds, arguments.seeds)
    music = load(arguments.folder, arguments.out, arguments.without)
    about = describe(music, plan)
    print(about, flush=True)
    try:
        if not arguments.report_only:
            experiment.run(music, plan, arguments.out)
    except KeyboardInterrupt:
        print("Interrupted: the same command begins again with what was running.")
    written = page(experiment.results(arguments.out, music, plan), about)
    print(written)
    (arguments.markdown or arguments.out / "unseen_artists.md").write_text(written, encoding="utf-8")


def describe(music: Music, plan: Plan) -> str:
    """What is asked, as one paragraph."""
    asked = [track for half in halves(music.artists, plan, 0) for track in half.asked]
    counts = Counter(music.artists[track] for track in asked)
    shown = ", ".join(f"{artist} {n}" for artist, n in counts.most_common())
    others = f"{len(music.tracks) - len(asked)} tracks of others are only learnt from"
    return f"{len(asked)} tracks of {len(counts)} artists ({shown}), in halves, {plan.folds} folds by track; {others}."


def _arguments() -> argparse.Namespace:
    plan = Plan()
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.unseen_artists",
        description=benchmarks.unseen_artists.__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("folder", type=Path, help="the folder that holds tracks.csv")
    parser.add_argument("--out", type=Path, required=True, help="for features, results and table")
    parser.add_argument("--at-least", type=int, default=plan.at_least, help="tracks of an artist that is asked")
    parser.add_argument("--folds", type=int, default=plan.folds)
    parser.add_argument("--seeds", type=int, default=plan.seeds)
    parser.add_argument("--without", nargs="+", default=[], metavar="TRACK", help="tracks to leave out")
    parser.add_argument("--markdown", type=Path, help="file for the table; default: unseen_artists.md in --out")
    parser.add_argument("--report-only", action="store_true", help="train nothing: the table of what is there")
    return parser.parse_args()


if __name__ == "__main__":
    main()
