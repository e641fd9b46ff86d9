"""The command line of both tables of artists: see :mod:`experiments.artists`."""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import experiments.artists
import experiments.artists.folds.experiment
import experiments.artists.folds.table
import experiments.artists.unseen.experiment
import experiments.artists.unseen.table
from experiments import command_line
from experiments.artists import folds, unseen
from experiments.artists.folds.systems import SYSTEMS
from experiments.artists.music import GROUPS, TRACK, Music, load
from experiments.artists.network import NETWORKS
from experiments.artists.plan import FoldsPlan, Plan, UnseenPlan
from experiments.artists.unseen.halves import halves
from experiments.artists.unseen.systems import systems_of


def main(words: Sequence[str] | None = None) -> None:
    """Run the missing trials of a table, then write it."""
    arguments = parser().parse_args(words)
    arguments.table(arguments)


def make_folds_table(arguments: argparse.Namespace) -> None:
    """The table of the cross-validation, once per ``--groups``."""
    plan = FoldsPlan(arguments.at_least, arguments.folds, arguments.seeds)
    corpora = [load(arguments.folder, arguments.out, arguments.without, group) for group in arguments.groups]
    texts = [describe_folds(music, plan) for music in corpora]
    print("\n".join(texts), flush=True)
    with command_line.interruptible():
        for music in corpora if not arguments.report_only else ():
            folds.experiment.run(music, plan, arguments.systems, arguments.out)
    results = [folds.experiment.results(arguments.out, music, plan, arguments.systems) for music in corpora]
    pages = [folds.table.page(each, text) for each, text in zip(results, texts, strict=True)]
    command_line.publish("\n".join(pages), arguments)


def make_unseen_table(arguments: argparse.Namespace) -> None:
    """The table of the probes."""
    plan = UnseenPlan(arguments.at_least, arguments.folds, arguments.seeds)
    music = load(arguments.folder, arguments.out, arguments.without)
    text, systems = describe_unseen(music, plan), systems_of(arguments.networks)
    print(text, flush=True)
    with command_line.interruptible():
        if not arguments.report_only:
            unseen.experiment.run(music, plan, systems, arguments.out)
    results = unseen.experiment.results(arguments.out, music, plan, systems)
    command_line.publish(unseen.table.page(results, text), arguments)


def describe_folds(music: Music, plan: Plan) -> str:
    """The data of the cross-validation, as one paragraph."""
    targets = music.target_tracks(plan)
    others = f"; there are {len(music.tracks) - len(targets)} tracks of others"
    return f"{_counts(music, targets)}, {plan.folds} folds by {music.group}{others}."


def describe_unseen(music: Music, plan: UnseenPlan) -> str:
    """The data of the probes, as one paragraph."""
    probed = [track for half in halves(music.artists, plan, 0) for track in half.probed]
    others = f"{len(music.tracks) - len(probed)} tracks of others are only trained on"
    return f"{_counts(music, probed)}, in halves, {plan.folds} folds by track; {others}."


def _counts(music: Music, tracks: Sequence[str]) -> str:
    counts = Counter(music.artists[track] for track in tracks)
    shown = ", ".join(f"{artist} {n}" for artist, n in counts.most_common())
    return f"{len(tracks)} tracks of {len(counts)} artists ({shown})"


def parser() -> argparse.ArgumentParser:
    """The command line, a subcommand for each table."""
    whole = command_line.module_parser(experiments.artists)
    tables = whole.add_subparsers(metavar="TABLE", required=True)
    raw = argparse.RawDescriptionHelpFormatter
    by_folds = tables.add_parser("folds", help="cross-validation", description=folds.__doc__, formatter_class=raw)
    _add_arguments(by_folds, FoldsPlan(), "artist_folds.md")
    by_folds.add_argument("--systems", nargs="+", choices=SYSTEMS, default=list(SYSTEMS), metavar="SYSTEM")
    by = "what folds keep together, one table each: track, album; default: track"
    by_folds.add_argument("--groups", nargs="+", choices=GROUPS, default=[TRACK], metavar="GROUP", help=by)
    by_folds.set_defaults(table=make_folds_table)
    by_probes = tables.add_parser("unseen", help="probes", description=unseen.__doc__, formatter_class=raw)
    _add_arguments(by_probes, UnseenPlan(), "unseen_artists.md")
    by_probes.add_argument("--networks", nargs="+", choices=NETWORKS, default=list(NETWORKS), metavar="NETWORK")
    by_probes.set_defaults(table=make_unseen_table)
    return whole


def _add_arguments(table: argparse.ArgumentParser, plan: Plan, file_name: str) -> None:
    command_line.add_table_options(table, file_name)
    table.add_argument("folder", type=Path, help="the folder that holds tracks.csv")
    table.add_argument("--at-least", type=int, default=plan.at_least, help="tracks of an artist to be recognised")
    table.add_argument("--folds", type=int, default=plan.folds)
    table.add_argument("--seeds", type=int, default=plan.seeds)
    table.add_argument("--without", nargs="+", default=[], metavar="TRACK", help="tracks to leave out")


if __name__ == "__main__":
    command_line.call(main)
