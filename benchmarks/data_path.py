"""Random training examples from disk, by the way they are kept: ``python -m benchmarks.data_path``.

All tracks are written in each way to a temporary folder and read in random batches of 32, features with all targets:
by one process and by four (warm), and once after the files were evicted from the page cache (cold). MB/s count features
as float32, however they are stored, and targets as uint8. Examples per second of processor time do not depend on what
else runs on the machine. ``--home`` takes tracks of a prepared dataset; without it they are generated.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks._data_path_ways import OWN, PEER, WAYS, Way
from benchmarks.history import Figure, append
from mir_models.examples import shards
from mir_models.examples.gathering import Arrays
from mir_models.notes import piano_roll, regressed_onsets
from mir_models.notes.annotations import Notes
from mir_models.notes.frames import FrameGrid
from storage.examples.indexed import ShardExamples
from storage.examples.track_shards import tracks
from storage.tracks.dataset_store import open_dataset

BATCH = 32
FIELDS = ("features", "frame", "onset", "offset", "velocity", "onset_regressed")
GRID = FrameGrid(22050, 512)
GENERATED_BINS = 84


@dataclass(frozen=True)
class Speed:
    """How fast examples were read.

    Attributes
    ----------
    examples, bytes : float
        Per second.
    examples_of_cpu : float
        Per second of processor time.
    """

    examples: float
    bytes: float
    examples_of_cpu: float


Measured = dict[type[Way], tuple[Speed, Speed, Speed, float]]
"""By way: one reader, four, one of cold files; MiB per hour."""


def main() -> None:
    """Print the table, way by way, and append the figures to the history."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--home", type=Path, help="a prepared home of mirliton, from whose store tracks are taken")
    parser.add_argument("--dataset", default="maps")
    parser.add_argument("--preset", default="cqt_84")
    parser.add_argument("--tracks", type=int, default=24)
    parser.add_argument("--seconds", type=float, default=1.5, help="of each measurement")
    parser.add_argument("--ways", default="", help="only those whose name contains this text")
    parser.add_argument("--folder", type=Path, help="on the disk to be measured")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.folder) as temporary:
        corpus = list(prepared(options) if options.home else generated(options.tracks))
        preset = options.preset if options.home else "generated"
        found = measure_all(corpus, Path(temporary), options.seconds, preset, options.ways)
    if not options.ways:
        keep_figures(found, preset)


def measure_all(corpus: list[Arrays], folder: Path, seconds: float, preset: str, ways: str = "") -> Measured:
    """One row per way whose name contains a text."""
    lengths = [len(arrays["features"]) for arrays in corpus]
    hours = sum(lengths) * shards.SHARD_FRAMES / GRID.frame_rate / 3600
    print(f"{preset}: {len(corpus)} tracks, {sum(lengths)} examples, {hours:.2f} hours\n")
    print("| way | examples/s | MB/s | per s of CPU | 4 readers | cold | MiB per hour |")
    print("|---|---|---|---|---|---|---|", flush=True)
    found: Measured = {}
    for number, way in ((n, each) for n, each in enumerate(WAYS) if ways in each.NAME):
        place = folder / way.__name__
        try:
            way(place, lengths).write(iter(corpus))
        except ModuleNotFoundError as error:
            print(f"| {way.NAME} | not installed: {error.name} |")
            continue
        size = sum(each.stat().st_size for each in place.rglob("*") if each.is_file()) / 2**20 / hours
        one, four = (measure(number, place, lengths, n, seconds) for n in (1, 4))
        evict(place)
        found[way] = (one, four, cold := measure(number, place, lengths, 1, 2 * seconds, once=True), size)
        rates = (one.examples, one.bytes / 1e6, one.examples_of_cpu, four.examples, cold.examples, size)
        print("| " + " | ".join([way.NAME, *(f"{each:,.0f}" for each in rates)]) + " |", flush=True)
    return found


def keep_figures(found: Measured, preset: str) -> None:
    """Append the figures of the default beside those of zarr on the earlier layout, and all as details."""
    details = {
        way.NAME: [round(one.examples), round(one.examples_of_cpu), round(four.examples), round(cold.examples), size]
        for way, (one, four, cold, size) in found.items()
    }
    rows = [("random examples", 0, "≥ 3000"), ("random examples, 4 readers", 1, "≥ 6000"), ("cold examples", 2, "")]
    for what, at, goal in rows:
        value, peer = (float(getattr(found[way][at], "examples")) for way in (OWN, PEER))  # noqa: B009 - a union
        kept = {"preset": preset, "ways": details} if at == 0 else {"preset": preset}
        append(Figure(f"data_path/{what}", value, "examples/s", PEER.NAME, peer, goal, kept))
    own, peer = found[OWN][3], found[PEER][3]
    append(Figure("data_path/disk", own, "MiB per hour", PEER.NAME, peer, "", {"preset": preset}))


def measure(way: int, folder: Path, lengths: list[int], readers: int, seconds: float, *, once: bool = False) -> Speed:
    """Read with so many processes at a time; `once`: each example once, from the first on."""
    context = multiprocessing.get_context("spawn")
    start, results = context.Barrier(readers), context.Queue()
    arguments = (way, folder, lengths, seconds, once, start, results)
    processes = [context.Process(target=read, args=(seed, *arguments)) for seed in range(readers)]
    for each in processes:
        each.start()
    while any(each.is_alive() for each in processes) and not any(each.exitcode for each in processes):
        time.sleep(0.05)
    if any(each.exitcode for each in processes):
        for each in processes:
            each.terminate()
        raise SystemExit(f"a reader of {WAYS[way].NAME} failed")
    return Speed(*np.sum([results.get() for _ in processes], axis=0).tolist())


def read(
    seed: int, way: int, folder: Path, lengths: list[int], seconds: float, once: bool, start: Any, results: Any
) -> None:
    """In a process: batches in random order, over and over until the time is up."""
    reader = WAYS[way](folder, lengths)
    order = np.random.default_rng(seed).permutation(sum(lengths))
    batches = [order[at : at + BATCH] for at in range(0, len(order), BATCH)]
    warm_until = time.perf_counter() + seconds
    for batch in [] if once else batches:
        reader.gather(batch)
        if time.perf_counter() > warm_until:
            break
    start.wait()
    n, n_bytes, began, began_cpu = 0, 0, time.perf_counter(), time.process_time()
    while n < len(order) or not once:
        for batch in batches:
            arrays = reader.gather(batch)
            n, n_bytes = n + len(batch), n_bytes + sum(arrays[name].nbytes for name in FIELDS)
            if time.perf_counter() - began > seconds:
                break
        else:
            continue
        break
    took = time.perf_counter() - began
    results.put((n / took, n_bytes / took, n / (time.process_time() - began_cpu)))


def evict(folder: Path) -> None:
    """Take files out of the page cache, as far as the system follows the advice."""
    for path in folder.rglob("*"):
        if path.is_file():
            with open(path, "rb") as file:
                os.fsync(file.fileno())
                os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def prepared(options: argparse.Namespace) -> Iterator[Arrays]:
    """The arrays of tracks of a prepared dataset."""
    dataset = open_dataset(str(options.home / "store"), options.dataset)
    for track in tracks(dataset, options.preset)[: options.tracks]:
        examples = ShardExamples([track], FIELDS)
        yield examples.gather(np.arange(len(examples)))


def generated(n: int) -> Iterator[Arrays]:
    """Tracks of 1 to 4 minutes: features as noisy as decibels are, and ten notes a second."""
    for seed in range(n):
        rng = np.random.default_rng(seed)
        n_frames = int(rng.integers(2600, 10400))
        seconds = n_frames / GRID.frame_rate
        onsets = np.sort(rng.uniform(0, seconds - 1, int(10 * seconds)))
        intervals = np.column_stack([onsets, onsets + rng.uniform(0.1, 1, len(onsets))])
        notes = Notes(intervals, rng.integers(36, 96, len(onsets)), rng.integers(30, 110, len(onsets)))
        rolls = piano_roll.draw(notes, GRID, n_frames)
        drawn = {name: getattr(rolls, name) for name in ("frame", "onset", "offset", "velocity")}
        drawn["onset_regressed"] = regressed_onsets.quantize(regressed_onsets.draw(notes, GRID, n_frames, reach=2))
        drawn["features"] = rng.normal(-50, 10, (n_frames, GENERATED_BINS)).astype(np.float32)
        yield {name: shards.cut(drawn[name]) for name in FIELDS}


if __name__ == "__main__":
    main()
