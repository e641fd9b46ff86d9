"""Seconds and peak memory of the preparation of a dataset: ``python -m benchmarks.preparation LOADER ROOT``.

Registers the corpus in a new home, runs ``mirliton backfill`` and samples the resident memory of the command and all
its workers twice a second. Prints one row of a table.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil

from experiments import command_line
from pipelines.estimate.memory import resident_bytes

MIRLITON = [sys.executable, "-m", "pipelines.cli.main"]


def main() -> None:
    """Print a table of one row."""
    loader, root = sys.argv[1:3]
    with tempfile.TemporaryDirectory() as home:
        environment = {**os.environ, "MIRLITON_HOME": home}
        subprocess.run([*MIRLITON, "add", "measured", "--loader", loader, "--root", root], env=environment, check=True)
        seconds, peak = run_and_measure([*MIRLITON, "backfill", "measured"], environment)
        hours, n_tracks, n_quarantined, size = dataset_size(Path(home))
    print("| loader | tracks | hours | quarantined | wall s | × real time | peak MiB, all processes | store MiB |")
    print("|---|---|---|---|---|---|---|---|")
    speed = 3600 * hours / seconds
    figures = (loader, n_tracks, f"{hours:.2f}", n_quarantined, f"{seconds:.0f}", f"{speed:.0f}", peak, size)
    print("| " + " | ".join(map(str, figures)) + " |")


def run_and_measure(command: list[str], environment: dict[str, str]) -> tuple[float, int]:
    """Wall seconds of a command, and the largest sum of its processes' resident memory in MiB."""
    began, peak = time.monotonic(), 0
    process = psutil.Popen(command, env=environment)
    while process.poll() is None:
        peak = max(peak, sum(map(resident_bytes, [process, *process.children(recursive=True)])))
        time.sleep(0.5)
    if process.returncode:
        sys.exit(process.returncode)
    return time.monotonic() - began, peak // 2**20


def dataset_size(home: Path) -> tuple[float, int, int, int]:
    """Hours and number of readable tracks, rows in quarantine, MiB of the store."""
    from storage.tracks.dataset_store import open_dataset

    dataset = open_dataset(str(home / "store"), "measured")
    records = dataset.raw_audio.records()
    size = sum(path.stat().st_size for path in (home / "store").rglob("*") if path.is_file())
    hours = sum(record.duration for record in records) / 3600
    return hours, len(records), len(dataset.quarantine.rows()), size // 2**20


if __name__ == "__main__":
    command_line.call(main)
