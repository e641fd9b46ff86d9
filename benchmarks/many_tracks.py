"""What grows with the number of tracks of a dataset: ``python -m benchmarks.many_tracks [N…]``.

Beside its tracks a dataset has, of all of them together, tables of records, listings of folders, and landmarks by
which equal recordings are found. For each N (1000, 10000 and 50000 by default) a store of N empty tracks is written and
measured in a process of its own: seconds to list the tracks of a stage, to make the table of their records, and to read
it; its bytes; then bytes of the landmarks of N tracks of 30 s, seconds to read them, and to compare one more track with
all; each with the largest memory of the process, less that before.
"""

from __future__ import annotations

import json
import multiprocessing
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from benchmarks import history
from benchmarks.history import Figure
from experiments import command_line
from mir_models.identification.landmarks import Params
from mir_models.identification.matches import find_duplicates
from storage.objects.objects import open_objects
from storage.tracks.arrays import Stored
from storage.tracks.bundles import Bundle
from storage.tracks.records import LabelFile, RawAudioRecord
from storage.tracks.track_store import TrackStore, name
from storage.workers.memory import peak_memory

SIZES = (1000, 10000, 50000)
LANDMARKS_PER_TRACK = 600
"""Of 30 s, as experiments.duplicates has them."""
SECONDS = 30.0
BUNDLE = "landmarks.npz"
FINGERPRINT = "0123456789abcdef"
RECORD = RawAudioRecord(
    track="folder/track",
    work="folder/track",
    split="train",
    path="/corpus/folder/track.flac",
    classes={"genre": "Electronic"},
    identity=FINGERPRINT,
    stamp=[("/corpus/folder/track.flac", 10**6, 1795886522472596878)],
    audio_decoding=FINGERPRINT,
    labels={"genre": LabelFile("/corpus/tracks.csv", "0" * 64, True, "")},
    content="0" * 64,
    file="0" * 64,
    duration=SECONDS,
    sr=44100,
    channels=2,
    peak=0.9,
)
"""Of about the length of a real one."""

Result = TypeVar("Result")


@dataclass(frozen=True)
class Row:
    """What was measured with `n` tracks: seconds, bytes, and MiB of memory of both processes."""

    n: int
    listing: float
    making: float
    reading: float
    table_bytes: int
    table_memory: float
    landmarks_bytes: int
    landmarks_reading: float
    one_more: float
    landmarks_memory: float


HEAD = (
    "| tracks | list a stage, s | make the table, s | read it, s | its MB | memory MiB "
    "| landmarks of 30 s, MB | read them, s | one more track, s | memory MiB |"
)


def main() -> None:
    """Print the table, row by row."""
    print(HEAD, "|---" * 10 + "|", sep="\n", flush=True)
    for n in [int(each) for each in sys.argv[1:]] or SIZES:
        with tempfile.TemporaryDirectory() as folder:
            steps = (tables, write_landmarks, landmarks)
            found = Row(n, *(value for step in steps for value in _in_process(step, n, folder)))
        print(line(found), flush=True)
        keep(found)


def line(row: Row) -> str:
    """A row of the table."""
    tables = f"{row.listing:.2f} | {row.making:.2f} | {row.reading:.2f} | {row.table_bytes / 1e6:.1f}"
    landmarks = f"{row.landmarks_bytes / 1e6:.1f} | {row.landmarks_reading:.2f} | {row.one_more:.2f}"
    return f"| {row.n:,} | {tables} | {row.table_memory:.0f} | {landmarks} | {row.landmarks_memory:.0f} |"


def keep(row: Row) -> None:
    """Append what is read in every run to the history."""
    for what, value, unit in (
        ("list a stage", row.listing, "s"),
        ("read the table of records", row.reading, "s"),
        ("table of records", row.table_bytes / 1e6, "MB"),
        ("compare one more track", row.one_more, "s"),
        ("memory of the landmarks", row.landmarks_memory, "MiB"),
    ):
        history.append(Figure(f"many_tracks/{what}, {row.n} tracks", value, unit, details=vars(row)))


def tables(n: int, folder: str) -> tuple[float, float, float, int, float]:
    """Seconds to list, to make and to read the table of records; its bytes; MiB that it took."""
    objects = open_objects(folder)
    store = TrackStore(objects, "raw_audio", "raw_audio of many", RawAudioRecord)
    write_tracks(store, Path(folder) / store.prefix, n)
    before = peak_memory()
    listing, _ = _timed(store.held)
    making, _ = _timed(lambda: store.update_table([]))
    reading, records = _timed(store.named_records)
    assert len(records) == n
    (table,) = Path(folder).glob("raw_audio.*")
    return listing, making, reading, table.stat().st_size, peak_memory() - before


def write_tracks(store: TrackStore[RawAudioRecord], folder: Path, n: int) -> None:
    """Write tracks without arrays: the first as the store does, all others after it, without flushing each."""
    store.write(RECORD.track, FINGERPRINT, Stored(RECORD))
    first = folder / name(RECORD.track, FINGERPRINT) / "zarr.json"
    content = json.loads(first.read_bytes())
    for number in range(1, n):
        track = f"{RECORD.track}{number:06d}"
        own = replace(RECORD, track=track, path=f"/corpus/{track}.flac").to_json()
        path = folder / name(track, FINGERPRINT)
        path.mkdir()
        (path / "zarr.json").write_text(json.dumps({**content, "attributes": own}))


def landmarks(n: int, folder: str) -> tuple[int, float, float, float]:
    """Bytes of the bundle of landmarks, seconds to read it and to compare one more track, MiB that it took."""
    bundle = Bundle(open_objects(folder), BUNDLE)
    before = peak_memory()
    reading, found = _timed(bundle.read)
    comparing, matches = _timed(lambda: find_duplicates(found | {"new": found["000000"]}, Params(), among=["new"]))
    assert [(match.a, match.b) for match in matches] == [("000000", "new")]  # It was compared with all.
    return (Path(folder) / BUNDLE).stat().st_size, reading, comparing, peak_memory() - before


def write_landmarks(n: int, folder: str) -> tuple[()]:
    """Write the bundle of landmarks of `n` tracks."""
    rng = np.random.default_rng(0)
    Bundle(open_objects(folder), BUNDLE).write({f"{number:06d}": random_landmarks(rng) for number in range(n)})
    return ()


def random_landmarks(rng: np.random.Generator) -> NDArray[np.uint32]:
    """Landmarks of a track of 30 s that shares hardly any with others."""
    params = Params()
    hashes = rng.integers(0, 2**20, LANDMARKS_PER_TRACK)
    frames = rng.integers(0, int(SECONDS * params.grid.frame_rate), LANDMARKS_PER_TRACK)
    return np.unique(np.c_[hashes, frames].astype(np.uint32), axis=0)


def _timed(work: Callable[[], Result]) -> tuple[float, Result]:
    began = time.perf_counter()
    result = work()
    return time.perf_counter() - began, result


def _in_process(work: Callable[[int, str], tuple[Any, ...]], n: int, folder: str) -> tuple[Any, ...]:
    """Call `work` in a process of its own, whose peak of memory is that of this work."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        return pool.submit(work, n, folder).result()


if __name__ == "__main__":
    command_line.call(main)
