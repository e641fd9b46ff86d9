"""The command line: see :mod:`experiments.label_noise`."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

import experiments.label_noise
from experiments import command_line
from experiments.label_noise import excerpts, experiment
from experiments.label_noise.figure import f1_by_jitter
from experiments.label_noise.plan import Plan
from experiments.label_noise.table import page
from storage.media.png import png


def main() -> None:
    """Run the missing trainings, then write table and figure."""
    os.environ.setdefault("KERAS_BACKEND", "jax")
    from experiments.label_noise.network import train

    arguments = _arguments()
    plan = Plan(
        jitters=tuple(each / 1000 for each in arguments.jitters),
        seeds=arguments.seeds,
        hours=arguments.hours,
        epochs=arguments.epochs,
    )
    music = excerpts.load(arguments.folder, plan, arguments.out)
    about = describe(music, plan)
    print(about, flush=True)
    with command_line.interruptible():
        if not arguments.report_only:
            experiment.run(music, plan, arguments.out, train)
    if found := experiment.results(arguments.out, plan):
        command_line.publish(page(found, about), arguments)
        (arguments.out / "label_noise.png").write_bytes(png(f1_by_jitter(found)))


def describe(music: list[excerpts.Excerpt], plan: Plan) -> str:
    """Recordings for training, validation and test, as one paragraph."""
    hours = {
        split: sum(len(each.features) for each in music if each.split == split) / excerpts.PARAMS.grid.frame_rate / 3600
        for split in ("train", "validation", "test")
    }
    counts = {split: sum(each.split == split for each in music) for split in hours}
    shown = ", ".join(f"{split} {hours[split]:.2f} h ({counts[split]} recordings)" for split in hours)
    return (
        f"MAPS, leave_piano ({excerpts.OPTIONS.test_piano} is tested on): {shown}; beginnings of "
        f"{plan.train_seconds:g} s and {plan.seconds:g} s. {plan.epochs} epochs, batches of {plan.batch_size} shards, "
        f"Keras on {os.environ['KERAS_BACKEND']}."
    )


def _arguments() -> argparse.Namespace:
    plan = Plan()
    parser = command_line.table_parser(experiments.label_noise)
    parser.add_argument("folder", type=Path, help="the folder that holds the pianos' folders of MAPS")
    parser.add_argument("--hours", type=float, default=plan.hours, help="training music")
    parser.add_argument("--seeds", type=int, default=plan.seeds, help="trainings per jitter")
    parser.add_argument("--epochs", type=int, default=plan.epochs)
    jitters = [1000 * each for each in plan.jitters]
    parser.add_argument("--jitters", type=float, nargs="+", default=jitters, help="ms; default: %(default)s")
    return parser.parse_args()


if __name__ == "__main__":
    command_line.call(main)
