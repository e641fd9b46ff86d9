"""The command line: see :mod:`experiments.ablation`."""

from __future__ import annotations

import argparse

import experiments.ablation
from experiments import command_line
from experiments.ablation import experiment, music
from experiments.ablation.plan import Plan
from experiments.ablation.recipe import backend
from experiments.ablation.rows import ROWS, Row, rows_of
from experiments.ablation.table import page
from experiments.trials import complete
from mir_models.errors import MirlitonError
from mir_models.examples.shards import SHARD_FRAMES


def main(words: list[str] | None = None) -> None:
    """Run the missing trainings, then write the table."""
    from experiments.ablation.network import train

    arguments = _arguments(words)
    plan = Plan(minutes=arguments.minutes_of_music, epochs=arguments.epochs)
    corpora = music.open_corpora(arguments.corpora, out=arguments.out, soundfonts=arguments.soundfonts)
    rows, about = choose_rows(arguments.rows, corpora), describe(plan)
    print(about, flush=True)
    with command_line.interruptible():
        if not arguments.report_only:
            complete(experiment.trials(rows, arguments.seeds, plan, corpora, arguments.out, train))
    results = experiment.results(rows, arguments.seeds, plan, corpora, arguments.out)
    command_line.publish(page(results, [about]), arguments)


def choose_rows(names: list[str] | None, corpora: music.Corpora) -> tuple[Row, ...]:
    """The rows of these names; without names all whose music is among the corpora."""
    rows = rows_of(names)
    lacking = [row.name for row in rows if row.added and not corpora.renderings]
    if names and lacking:
        remedy = "add renderings:FOLDER with MIDI performances, or leave these rows out"
        raise MirlitonError(f"renderings for {', '.join(lacking)}", received="maps only", remedy=remedy)
    return tuple(row for row in rows if row.name not in lacking)


def describe(plan: Plan) -> str:
    """Music and budget, as one paragraph."""
    frames = plan.epochs * plan.shards * SHARD_FRAMES
    return (
        f"MAPS, leave_piano: {plan.minutes:g} minutes of music (at most {plan.train_seconds:g} s of a recording), "
        f"{plan.n_validation} validation and {plan.n_test} test recordings at most, {plan.seconds:g} s of each. Every "
        f"row is trained on {frames:,} frames in {plan.epochs} parts. Keras on {backend()}."
    )


def _arguments(words: list[str] | None) -> argparse.Namespace:
    plan = Plan()
    parser = command_line.table_parser(experiments.ablation)
    parser.add_argument("corpora", nargs="+", metavar="CORPUS", help="maps:FOLDER, and renderings:FOLDER of MIDI files")
    parser.add_argument("--rows", nargs="+", metavar="NAME", help=f"of {', '.join(row.name for row in ROWS)}; all")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2], help="default: %(default)s")
    parser.add_argument("--minutes-of-music", type=float, default=plan.minutes, help="default: %(default)s")
    parser.add_argument("--epochs", type=int, default=plan.epochs, help="of the base; default: %(default)s")
    parser.add_argument("--soundfonts", default="", help="that render, with commas; default: TimGM6mb")
    return parser.parse_args(words)


if __name__ == "__main__":
    command_line.call(main)
