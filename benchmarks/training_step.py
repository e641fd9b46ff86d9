"""Training steps of the seed network beside the network of 2018: ``python -m benchmarks.training_step``.

In 2018 the seed network had an LSTM with recurrent dropout and ``TimeDistributed`` dense layers, compiled with plain
Adam on batches of float32 targets. Ours are `lstm`, the same function, and `lstm_fast`, whose recurrent dropout is one
of weights. On each backend a process builds all networks, takes a first step of each, and then steps of each in turn on
one batch of 16 × 512 frames; printed are the seconds of build and first step, the time of a step, and the factor to the
network of 2018 with a 95 % interval over rounds.

On JAX the network of 2018, which Keras 3 unrolls over 512 frames, is left out unless ``--all``: it is compiled for more
than four minutes. Its factor there is to the network of 2018 on TensorFlow.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.history import Figure, append
from benchmarks.training_input import BACKENDS, interval
from experiments import command_line

AS_IN_2018, OURS = "as in 2018", ("lstm", "lstm_fast")
BATCH_SIZE, N_FRAMES, N_BINS, UNITS, DROPOUT = 16, 512, 84, 120, 0.2
ROUNDS = 8


def main() -> None:
    """Print the table and append the figures to the history."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.training_step", description=__doc__)
    parser.add_argument("--backends", nargs="+", default=BACKENDS)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--all", action="store_true", help="the network of 2018 on JAX as well")
    parser.add_argument("--history", type=Path, help="file of the history")
    parser.add_argument("--child", nargs="+", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        print(json.dumps(measure(options.child, options.rounds)))
        return
    found = {backend: run_child(backend, options) for backend in options.backends}
    print("| network | backend | first step, s | ms per step | frames/s | × 2018 [95 %] |\n" + "|---" * 6 + "|")
    for figure, cells in (each for backend in found for each in rows(found, backend)):
        print("| " + " | ".join(cells) + " |")
        if figure:
            append(figure, options.history)


def run_child(backend: str, options: argparse.Namespace) -> dict[str, Any]:
    """What `measure` returns, of a process with that backend."""
    names = [AS_IN_2018, *OURS] if backend != "jax" or options.all else [*OURS]
    command = [sys.executable, "-m", "benchmarks.training_step", "--rounds", str(options.rounds), "--child", *names]
    environment = {**os.environ, "KERAS_BACKEND": backend, "TF_CPP_MIN_LOG_LEVEL": "3"}
    output = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE, text=True).stdout
    return json.loads(output.splitlines()[-1])


def measure(names: Sequence[str], rounds: int) -> dict[str, Any]:
    """Seconds of the first step with the building before it, and of later ones, by network."""
    features, frame, mask = _batch()
    batches: dict[str, Any] = {name: (features, {"frame": frame}, {"frame": mask}) for name in OURS}
    batches[AS_IN_2018] = (features, frame.astype(np.float32))
    models: dict[str, Any] = {}
    firsts: dict[str, float] = {}
    steps: dict[str, list[float]] = {name: [] for name in names}
    for name in names:
        began = time.perf_counter()
        models[name] = as_in_2018() if name == AS_IN_2018 else ours(name)
        models[name].train_on_batch(*batches[name])
        firsts[name] = time.perf_counter() - began
    for number in range(rounds):
        for name in names[:: 1 if number % 2 else -1]:
            steps[name].append(_seconds(partial(models[name].train_on_batch, *batches[name])))
    return {"first": firsts, "steps": steps}


def as_in_2018() -> Any:
    """The seed network as it was written, compiled."""
    import keras
    from keras import layers

    lstm = layers.LSTM(UNITS, return_sequences=True, dropout=DROPOUT, recurrent_dropout=DROPOUT)
    dense, frame = layers.Dense(UNITS, activation="relu"), layers.Dense(88, activation="sigmoid")
    inputs = keras.Input((N_FRAMES, N_BINS))
    model = keras.Sequential([inputs, lstm, layers.TimeDistributed(dense), layers.TimeDistributed(frame)])
    model.compile(optimizer="adam", loss="binary_crossentropy")
    return model


def ours(name: str) -> Any:
    """A network of ours, compiled as for its training."""
    from benchmarks._timed_steps import prepared
    from mir_models.architectures import ARCHITECTURES

    return prepared(ARCHITECTURES.get(name))[0]


def _batch() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Features, frame roll and mask of a batch."""
    rng, shape = np.random.default_rng(0), (BATCH_SIZE, N_FRAMES)
    features = rng.normal(-45, 12, (*shape, N_BINS)).astype(np.float32)
    return features, (rng.random((*shape, 88)) < 0.05).astype(np.uint8), np.ones(shape, np.float32)


def _seconds(function: Any) -> float:
    began = time.perf_counter()
    function()
    return time.perf_counter() - began


def rows(found: dict[str, dict[str, Any]], backend: str) -> list[tuple[Figure | None, list[str]]]:
    """Figure and cells of the table for each network on a backend."""
    made = []
    refs = [each for each in (backend, "tensorflow") if AS_IN_2018 in found.get(each, {}).get("steps", {})]
    for name, steps in found[backend]["steps"].items():
        first, speed = found[backend]["first"][name], BATCH_SIZE * N_FRAMES / float(np.median(steps))
        cells = [name, backend, f"{first:.1f}", f"{1e3 * np.median(steps):.0f}", f"{speed:,.0f}", ""]
        figure = None
        if name != AS_IN_2018 and refs:
            factor = interval(np.divide(found[refs[0]]["steps"][AS_IN_2018], steps).tolist())
            cells[-1] = "{:.1f} [{:.1f}, {:.1f}]".format(*factor)
            details = {"interval": list(factor[1:]), "first step, s": first}
            goal = "≥ 8 × peer" if name == "lstm_fast" else ""
            peer = f"{AS_IN_2018}, {refs[0]}"
            figure = Figure(
                f"training_step/{name} on {backend}", speed, "frames/s", peer, speed / factor[0], goal, details
            )
        made.append((figure, cells))
    return made


if __name__ == "__main__":
    command_line.call(main)
