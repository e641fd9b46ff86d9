"""The command line: see :mod:`experiments.robustness`."""

from __future__ import annotations

import argparse
from functools import partial
from pathlib import Path

import experiments.robustness
from experiments import command_line
from experiments.robustness.plan import VERSION, Plan
from experiments.robustness.rows import ROWS, Row, rows_of
from experiments.robustness.table import page
from experiments.trials import OnProgress, Result, complete, read_results, trials_by_seed
from mir_models.architectures import ARCHITECTURES
from mir_models.features import feature_of
from storage.fingerprints import fingerprint, slug


def main(words: list[str] | None = None) -> None:
    """Run the missing trainings, then write the table."""
    arguments = _arguments(words)
    plan, rows = Plan(**({"frames": arguments.frames} if arguments.frames else {})), rows_of(arguments.rows)
    path = partial(result_file, plan=plan, out=arguments.out)
    run = partial(result, plan=plan, home=arguments.home)
    with command_line.interruptible():
        if not arguments.report_only:
            complete(trials_by_seed(rows, arguments.seeds, name=lambda row: row.name, path=path, run=run))
    found = read_results(path(row, seed) for row in rows for seed in arguments.seeds)
    command_line.publish(page(found), arguments)


def result_file(row: Row, seed: int, *, plan: Plan, out: Path) -> Path:
    """Where the result of one training is kept; another row or plan has another file."""
    return out / "results" / f"{slug(row.name)}-{fingerprint(VERSION, plan, repr(row))}-seed-{seed}.json"


def result(row: Row, seed: int, on_progress: OnProgress, *, plan: Plan, home: Path) -> Result:
    """One training with its scores, and all that it was made of."""
    from experiments.robustness import data, evaluation, training

    preset = ARCHITECTURES.get(row.network).FEATURE
    trained = training.train(row, seed, plan, home, on_progress)
    recordings = data.recordings(home, preset, plan.seconds)
    scores = evaluation.evaluate(trained.model, recordings, feature_of(preset).PRESETS[preset], plan)
    return {"row": row.name, "seed": seed, "scores": scores, "shares": dict(row.shares), **trained.figures}


def _arguments(words: list[str] | None) -> argparse.Namespace:
    parser = command_line.table_parser(experiments.robustness)
    parser.add_argument("home", type=Path, metavar="HOME", help="home of a long run, its data prepared")
    parser.add_argument("--rows", nargs="+", metavar="NAME", help=f"of {', '.join(row.name for row in ROWS)}; all")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1], help="default: %(default)s")
    parser.add_argument("--frames", type=int, help=f"that a row is trained on; default: {Plan().frames:,}")
    return parser.parse_args(words)


if __name__ == "__main__":
    command_line.call(main)
