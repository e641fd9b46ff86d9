"""Training steps of transcribers by backend and precision: ``python -m benchmarks.transcriber_step``.

A step of 8 × 128 frames, the batches that transcribers are trained with, in seconds of CPU time, which other work on
the machine changes little; on as many threads as ``OMP_NUM_THREADS`` says. A process for each network, backend and
precision, one after the other. Backends that are not installed are left out.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

import numpy as np

from benchmarks.history import Figure, append
from experiments import command_line
from experiments.tables import markdown_table

BATCH_SIZE, N_FRAMES, ROUNDS = 8, 128, 8
SIZES: dict[str, dict[str, int]] = {
    "onsets_frames": {},
    "harmonic_resnet": {},
    "harmonic_resnet, 32 filters": {"filters": 32, "stem": 16},
    "harmonic_resnet, 64 filters": {"filters": 64},
}
"""Sizes where they are not the network's own, by its name and what is different."""
RUNS = (("tensorflow", "float32"), ("torch", "float32"), ("torch", "mixed_bfloat16"), ("jax", "float32"))
HEADS = ("network", "parameters", "backend", "precision", "first step, CPU s", "CPU ms per step", "frames/CPU s")


@dataclass(frozen=True)
class Step:
    """Steps of one network.

    Attributes
    ----------
    parameters : int
    first : float
        CPU seconds of the first step, without the building of the network.
    median : float
        CPU seconds of a later one.
    """

    parameters: int
    first: float
    median: float

    @property
    def speed(self) -> float:
        """Frames per second of CPU time."""
        return BATCH_SIZE * N_FRAMES / self.median


def main() -> None:
    """Print the table and append the figures to the history."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.transcriber_step", description=__doc__)
    parser.add_argument("--networks", nargs="+", default=list(SIZES), choices=list(SIZES))
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--history", type=Path, help="file of the history")
    parser.add_argument("--child", nargs=2, metavar=("NETWORK", "PRECISION"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        print(json.dumps(vars(measure(options.child[0], options.child[1], options.rounds))))
        return
    lines = []
    for name in options.networks:
        for backend, precision in (each for each in RUNS if importlib.util.find_spec(each[0])):
            step = run_child(name, backend, precision, options.rounds)
            append(figure(name, backend, precision, step), options.history)
            cells = [f"{step.first:.1f}", f"{1e3 * step.median:.0f}", f"{step.speed:,.0f}"]
            lines.append([name, f"{step.parameters:,}", backend, precision, *cells])
    print(markdown_table(HEADS, lines))


def run_child(name: str, backend: str, precision: str, rounds: int) -> Step:
    """What `measure` returns, of a process with that backend."""
    command = [sys.executable, "-m", "benchmarks.transcriber_step", "--rounds", str(rounds), "--child", name, precision]
    environment = {**os.environ, "KERAS_BACKEND": backend, "TF_CPP_MIN_LOG_LEVEL": "3"}
    output = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE, text=True).stdout
    return Step(**json.loads(output.splitlines()[-1]))


def measure(name: str, precision: str, rounds: int) -> Step:
    """CPU seconds of steps on one batch of noise."""
    model, batch = built(name, precision), noise()
    seconds = []
    for _ in range(rounds + 1):
        began = time.process_time()
        model.train_on_batch(*batch)
        seconds.append(time.process_time() - began)
    return Step(model.count_params(), seconds[0], float(np.median(seconds[1:])))


def built(name: str, precision: str) -> Any:
    """The network, compiled as for its training."""
    from mir_models.architectures import ARCHITECTURES, NoteArchitecture
    from mir_models.tasks import TASKS
    from mir_models.training import fit
    from mir_models.training.normalisation import Scale

    architecture = cast(NoteArchitecture, ARCHITECTURES.get(name.split(",")[0]))
    task, params = TASKS.get(architecture.TASK), architecture.Params(**SIZES[name])
    scale = Scale(np.full(297, -40.0), np.full(297, 200.0))
    return fit.prepare(
        lambda: architecture.build(params, scale=scale),
        task.losses(architecture.HEADS),
        replace(architecture.TRAINING, precision=cast(Any, precision)),
        weights=task.weights(architecture.HEADS),
    )


def noise() -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Features and targets of a batch."""
    rng = np.random.default_rng(0)
    features = rng.normal(-40, 14, (BATCH_SIZE, N_FRAMES, 297)).astype(np.float32)
    roll = (rng.random((BATCH_SIZE, N_FRAMES, 88)) < 0.05).astype(np.float32)
    return features, dict.fromkeys(("frame", "onset_regressed", "offset", "velocity"), roll)


def figure(name: str, backend: str, precision: str, step: Step) -> Figure:
    """The line of the history."""
    threads = os.environ.get("OMP_NUM_THREADS", "all")
    details = {"threads": threads, "first step, s": step.first, "parameters": step.parameters}
    return Figure(f"transcriber_step/{name}, {backend} {precision}", step.speed, "frames/CPU s", details=details)


if __name__ == "__main__":
    command_line.call(main)
