"""Seconds and peak memory of the preparation of a dataset: ``python -m benchmarks.preparation LOADER ROOT [WORD…]``.

Registers the corpus in a new home, runs ``mirliton backfill`` and samples the memory of the command and all its
workers (see `benchmarks.memory`). Further words, such as ``--split album``, are handed to ``mirliton add``. Prints one
row of a table.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks import history, memory
from benchmarks.history import Figure
from experiments import command_line

MIRLITON = [sys.executable, "-m", "pipelines.cli.main"]


@dataclass(frozen=True)
class Size:
    """What a store holds: readable tracks, their hours, rows in quarantine, bytes and number of files."""

    n_tracks: int
    hours: float
    n_quarantined: int
    n_bytes: int
    n_files: int


def main() -> None:
    """Print a table of one row."""
    loader, root, *words = sys.argv[1:]
    with tempfile.TemporaryDirectory() as home:
        environment = {**os.environ, "MIRLITON_HOME": home}
        add = [*MIRLITON, "add", "measured", "--loader", loader, "--root", root, *words]
        subprocess.run(add, env=environment, check=True)
        seconds, peak = run_and_measure([*MIRLITON, "backfill", "measured"], environment)
        found = dataset_size(Path(home), "measured")
    print("| loader | tracks | hours | quarantined | wall s | × real time | peak MiB, all processes | store MiB |")
    print("|---|---|---|---|---|---|---|---|")
    size, speed = found.n_bytes // 2**20, 3600 * found.hours / seconds
    counts = f"{found.n_tracks} | {found.hours:.2f} | {found.n_quarantined}"
    print(f"| {loader} | {counts} | {seconds:.0f} | {speed:.0f} | {peak} | {size} |")
    details = {**asdict(found), "peak_mib": peak, "cores": os.cpu_count()}
    history.append(Figure(f"preparation/{loader}", seconds, "s", details=details))


def run_and_measure(command: list[str], environment: dict[str, str]) -> tuple[float, int]:
    """Wall seconds of a command, and the largest sum of its processes' resident memory in MiB."""
    found = memory.measure(command, environment)
    if found.code:
        sys.exit(found.code)
    return found.seconds, found.peak.resident // 2**20


def dataset_size(home: Path, dataset: str) -> Size:
    """What the store of a home holds of a dataset."""
    from storage.tracks.dataset_store import open_dataset

    stored = open_dataset(str(home / "store"), dataset)
    records = stored.raw_audio.records()
    sizes = [path.stat().st_size for path in (home / "store").rglob("*") if path.is_file()]
    hours = sum(record.duration for record in records) / 3600
    return Size(len(records), hours, len(stored.quarantine.rows()), sum(sizes), len(sizes))


if __name__ == "__main__":
    command_line.call(main)
