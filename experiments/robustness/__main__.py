"""The command line: see :mod:`experiments.robustness`."""

from __future__ import annotations

import argparse
import json
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import experiments.robustness
from experiments import command_line
from experiments.robustness import finished
from experiments.robustness.finished import Finished
from experiments.robustness.plan import SCORES_VERSION, TRAINING_VERSION, Plan
from experiments.robustness.rows import ROWS, Row, rows_of
from experiments.robustness.table import page
from experiments.trials import OnProgress, Result, Trial, complete, read_results, trials_by_seed, write_result
from mir_models.architectures import ARCHITECTURES
from mir_models.features import feature_of
from mir_models.tasks import piano_transcription
from storage.fingerprints import fingerprint, slug

if TYPE_CHECKING:
    from experiments.robustness.training import Trained


def main(words: list[str] | None = None) -> None:
    """Run the missing trainings, then write the table."""
    arguments = _arguments(words)
    plan, rows = Plan(**({"frames": arguments.frames} if arguments.frames else {})), rows_of(arguments.rows)
    path = partial(result_file, plan=plan, out=arguments.out)
    run = partial(result, plan=plan, home=arguments.home, out=arguments.out)
    networks = [finished.included(), *map(finished.from_file, arguments.weights)]
    trials = [
        *(Trial(each.name, path(each, 0), partial(finished_result, each, plan, arguments.home)) for each in networks),
        *trials_by_seed(rows, arguments.seeds, name=lambda row: row.name, path=path, run=run),
    ]
    with command_line.interruptible():
        if not arguments.report_only:
            complete(trials)
    found = read_results(trial.path for trial in trials)
    command_line.publish(page(found), arguments)


def result_file(row: Row | Finished, seed: int, *, plan: Plan, out: Path) -> Path:
    """Where the scores of one training are kept; another row, other weights, plan or decoding have another file."""
    of = fingerprint(SCORES_VERSION, plan, repr(row) if isinstance(row, Row) else row.sha256, _decoding_version())
    return out / "results" / f"{slug(row.name)}-{of}-seed-{seed}.json"


def training_folder(row: Row, seed: int, *, plan: Plan, out: Path) -> Path:
    """Where the weights and figures of one training are kept, which are scored anew when the decoding changes."""
    of = fingerprint(TRAINING_VERSION, replace(plan, seconds=0.0, thresholds=()), repr(row))
    return out / "trained" / f"{slug(row.name)}-{of}-seed-{seed}"


def _decoding_version() -> int:
    return piano_transcription.decoding_version(piano_transcription.TARGETS)


def result(row: Row, seed: int, on_progress: OnProgress, *, plan: Plan, home: Path, out: Path) -> Result:
    """One training with its scores, and all that it was made of; its weights are kept."""
    trained = _trained(row, seed, on_progress, plan, home, training_folder(row, seed, plan=plan, out=out))
    scores = _scores(trained.model, ARCHITECTURES.get(row.network).FEATURE, plan, home)
    return {"row": row.name, "seed": seed, "scores": scores, "shares": dict(row.shares), **trained.figures}


def _trained(row: Row, seed: int, on_progress: OnProgress, plan: Plan, home: Path, folder: Path) -> Trained:
    """A training that was kept, or a new one."""
    from experiments.robustness import training

    weights, figures = folder / "network.weights.h5", folder / "figures.json"
    if figures.exists():
        return training.reopened(row, seed, plan, weights, json.loads(figures.read_text(encoding="utf-8")))
    trained = training.train(row, seed, plan, home, on_progress)
    folder.mkdir(parents=True, exist_ok=True)
    trained.model.save_weights(weights.with_name("new.weights.h5"))
    weights.with_name("new.weights.h5").replace(weights)
    write_result(figures, trained.figures)
    return trained


def finished_result(network: Finished, plan: Plan, home: Path, on_progress: OnProgress) -> Result:
    """Scores of a network that is not trained here."""
    model = network.model()
    scores = _scores(model, network.preset, plan, home)
    of = {"parameters": network.parameters or model.count_params(), "sha256": network.sha256, "train_s": 0.0}
    return {"row": network.name, "seed": 0, "scores": scores, **of}


def _scores(model: Any, preset: str, plan: Plan, home: Path) -> Result:
    from experiments.robustness import data, evaluation

    recordings = data.recordings(home, preset, plan.seconds)
    return evaluation.evaluate(model, recordings, feature_of(preset).PRESETS[preset], plan)


def _arguments(words: list[str] | None) -> argparse.Namespace:
    parser = command_line.table_parser(experiments.robustness)
    parser.add_argument("home", type=Path, metavar="HOME", help="home of a long run, its data prepared")
    parser.add_argument("--rows", nargs="+", metavar="NAME", help=f"of {', '.join(row.name for row in ROWS)}; all")
    of_weights = "finished networks that are scored beside the rows: weights of long runs"
    parser.add_argument("--weights", nargs="+", type=Path, default=[], metavar="FILE.keras", help=of_weights)
    parser.add_argument("--seeds", type=int, nargs="*", default=[0, 1], help="none: no row; default: %(default)s")
    parser.add_argument("--frames", type=int, help=f"that a row is trained on; default: {Plan().frames:,}")
    return parser.parse_args(words)


if __name__ == "__main__":
    command_line.call(main)
