"""Training from shards on disk beside training from memory: ``python -m benchmarks.training_input``.

For each network and backend, in a process of its own: the same batches are made of shards on disk and of arrays in
memory, and a third data set hands out one batch again and again. Epochs of a few steps alternate between the three;
of each the first step is left out. Printed are the time of a step, the time that it waited for its batch (on TensorFlow
the time that the thread that feeds it waited, an upper bound), the factor to the repeated batch, and the speed from
disk in shares of that from memory with a 95 % interval over rounds. Before that the batches are made without training.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.history import Figure, append
from experiments import command_line

NETWORKS, BACKENDS = ("lstm_fast", "onsets_frames"), ("tensorflow", "jax")
ROUNDS, SECONDS_OF_STEPS, TRACKS = 8, 0.8, 6
"""Rounds of each three epochs, how long the steps of an epoch take, and tracks on disk, by default."""
GOAL_FRAMES = 1_000_000


def main() -> None:
    """Print the tables and append the figures to the history."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.training_input", description=__doc__)
    parser.add_argument("--networks", nargs="+", default=NETWORKS)
    parser.add_argument("--backends", nargs="+", default=BACKENDS)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--tracks", type=int, default=TRACKS, help="tracks of five minutes on disk")
    parser.add_argument("--seconds", type=float, default=SECONDS_OF_STEPS, help="of the steps of an epoch")
    parser.add_argument("--history", type=Path, help="file of the history")
    parser.add_argument("--child", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        print(json.dumps(measure(options.child, options.tracks, options.rounds, options.seconds)))
        return
    found = [
        (network, backend, run_child(network, backend, options))
        for network in options.networks
        for backend in options.backends
    ]
    for text in (table_of_batches(found), table_of_training(found)):
        print(f"{text}\n")
    for figure in (each for row in found for each in figures(*row)):
        append(figure, options.history)


def run_child(network: str, backend: str, options: argparse.Namespace) -> dict[str, Any]:
    """What `measure` returns, of a process with that backend."""
    arguments = ["--child", network, "--tracks", options.tracks, "--rounds", options.rounds, "--seconds"]
    command = [sys.executable, "-m", "benchmarks.training_input", *map(str, arguments), str(options.seconds)]
    environment = {**os.environ, "KERAS_BACKEND": backend, "TF_CPP_MIN_LOG_LEVEL": "3"}
    output = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE, text=True).stdout
    return json.loads(output.splitlines()[-1])


def measure(network: str, n_tracks: int, rounds: int, seconds: float) -> dict[str, Any]:
    """Frames per second of the batches of a network by themselves, and seconds of training steps by data set."""
    from benchmarks._training_data import examples_on_disk
    from mir_models.architectures import ARCHITECTURES
    from mir_models.tasks import TASKS

    architecture: Any = ARCHITECTURES.get(network)
    fields = TASKS.get(architecture.TASK).fields(architecture.HEADS)
    with tempfile.TemporaryDirectory() as folder:
        on_disk = examples_on_disk(folder, architecture, fields, n_tracks)
        in_memory = [on_disk[index] for index in range(len(on_disk))]
        makes: dict[str, Callable[[], Any]] = {
            "disk": partial(batches, architecture, on_disk),
            "memory": partial(batches, architecture, in_memory),
        }
        made = {name: frames_per_second(make) for name, make in makes.items()}
        return {"batches": made, "batch_mib": batch_mib(makes["memory"]), **train(architecture, makes, rounds, seconds)}


def batches(architecture: Any, examples: Any) -> Any:
    """The batches that a training of a network is given, with its own augmentation."""
    from mir_models.augmentation import spectrum
    from mir_models.examples.batches import Batches
    from mir_models.features import feature_of
    from mir_models.tasks import TASKS

    feature: Any = feature_of(architecture.FEATURE).PRESETS[architecture.FEATURE]
    plain = spectrum.Params() == architecture.AUGMENTATION
    return Batches(
        examples,
        partial(TASKS.get(architecture.TASK).targets, heads=architecture.HEADS),
        batch_size=architecture.TRAINING.batch_size,
        seed=0,
        segment_frames=architecture.TRAINING.segment_frames,
        silence=feature.silence,
        augment=None if plain else spectrum.Augmentation.for_feature(architecture.AUGMENTATION, feature),
    )


def frames_per_second(make: Callable[[], Any], seconds: float = 2.0) -> float:
    """Frames of the batches that are made per second, in the threads of a training, nobody else computing."""
    from mir_models.examples.prefetched import Prefetched

    with Prefetched(make()) as prefetched:
        n, index, began = 0, 0, None
        while began is None or time.perf_counter() - began < seconds:
            n += prefetched[index][0][..., 0].size
            index += 1
            if index == len(prefetched):  # The first epoch opens the files.
                prefetched.on_epoch_end()
                index = 0
                if began is None:
                    n, began = 0, time.perf_counter()
        return n / (time.perf_counter() - began)


def batch_mib(make: Callable[[], Any]) -> float:
    """MiB of one batch with its targets."""
    features, targets, weights = make()[0]
    arrays = [features, *targets.values(), next(iter(weights.values()))]
    return sum(array.nbytes for array in arrays) / 2**20


def train(architecture: Any, makes: dict[str, Callable[[], Any]], rounds: int, seconds: float) -> dict[str, Any]:
    """Seconds of the steps of each data set, and seconds that they waited, by round."""
    from benchmarks._timed_steps import Steps, prepared

    model, params = prepared(architecture)
    data = {name: Steps(make(), repeat=False) for name, make in makes.items()}
    data["repeated"] = Steps(makes["memory"](), repeat=True)
    first = data["repeated"].run(model, 3)
    n = max(2, round(seconds / first.step))
    for each in data.values():
        each.run(model, 2)
    timed: dict[str, list[Any]] = {name: [] for name in data}
    for number in range(rounds):
        names = list(data)[:: 1 if number % 2 else -1]
        for name in names:
            timed[name].append(data[name].run(model, n))
    for each in data.values():
        each.close()
    return {
        "frames": params.batch_size * params.segment_frames,
        "steps": {name: [each.step for each in runs] for name, runs in timed.items()},
        "waits": {name: [each.wait for each in runs] for name, runs in timed.items()},
    }


def interval(ratios: Sequence[float]) -> tuple[float, float, float]:
    """Geometric mean of paired ratios and its 95 % interval by Student's t over rounds."""
    from scipy import stats

    logs = np.log(ratios)
    half = stats.t.ppf(0.975, max(1, len(logs) - 1)) * logs.std(ddof=1) / np.sqrt(len(logs)) if len(logs) > 1 else 0.0
    return float(np.exp(logs.mean())), float(np.exp(logs.mean() - half)), float(np.exp(logs.mean() + half))


def share_of_memory(found: dict[str, Any]) -> tuple[float, float, float]:
    """Speed from disk in shares of that from memory, with its interval."""
    return interval(np.divide(found["steps"]["memory"], found["steps"]["disk"]).tolist())


def table_of_batches(found: Sequence[tuple[str, str, dict[str, Any]]]) -> str:
    """Batches by themselves."""
    rows = [
        "| batches of | backend loaded | from disk, frames/s | from memory, frames/s | MiB per batch |",
        "|---" * 5 + "|",
    ]
    for network, backend, each in found:
        made = each["batches"]
        rows.append(
            f"| {network} | {backend} | {made['disk']:,.0f} | {made['memory']:,.0f} | {each['batch_mib']:.1f} |"
        )
    return "\n".join(rows)


def table_of_training(found: Sequence[tuple[str, str, dict[str, Any]]]) -> str:
    """Steps of training."""
    head = "network | backend | ms per step: disk | memory | one batch repeated | ms waited: disk | memory |"
    rows = [f"| {head} disk / memory [95 %] | disk / repeated |", "|---" * 9 + "|"]
    for network, backend, each in found:
        steps = [f"{1e3 * np.median(each['steps'][name]):.0f}" for name in ("disk", "memory", "repeated")]
        waits = [f"{1e3 * np.median(each['waits'][name]):.1f}" for name in ("disk", "memory")]
        share = "{:.3f} [{:.3f}, {:.3f}]".format(*share_of_memory(each))
        factor = np.exp(np.mean(np.log(np.divide(each["steps"]["repeated"], each["steps"]["disk"]))))
        rows.append("| " + " | ".join([network, backend, *steps, *waits, share, f"{factor:.3f}"]) + " |")
    return "\n".join(rows)


def figures(network: str, backend: str, found: dict[str, Any]) -> list[Figure]:
    """The figures of one network on one backend."""
    share, low, high = share_of_memory(found)
    speeds = {name: found["frames"] / float(np.median(steps)) for name, steps in found["steps"].items()}
    details = {"disk / memory": share, "interval": [low, high], "rounds": len(found["steps"]["disk"])}
    details |= {"frames/s repeated": speeds["repeated"], "s waited": float(np.median(found["waits"]["disk"]))}
    # The value is paired: the peer's median times the mean of the rounds' ratios.
    paired = share * speeds["memory"]
    made, goal = found["batches"], f"≥ {GOAL_FRAMES}" if network == "lstm_fast" else ""
    return [
        Figure(
            f"training_input/{network} on {backend}", paired, "frames/s", "from memory", speeds["memory"],
            "≥ 0.95 × peer", details,
        ),
        Figure(
            f"training_input/batches of {network}, {backend} loaded", made["disk"], "frames/s", "from memory",
            made["memory"], goal, {"MiB per batch": found["batch_mib"]},
        ),
    ]  # fmt: skip


if __name__ == "__main__":
    command_line.call(main)
