"""Seconds of one more track, by the size of the dataset: ``python -m benchmarks.growth [N…]``.

For each N (100 and 600 by default): N recordings of 2 s with exact MIDI files are written,
registered and backfilled with two presets, six assets per track; then the same command runs with nothing to do, and
once more after one track was added. The rows give the seconds of each, the peak memory of the first, and how many
tracks the last one made. The goals were set for 10,000 tracks, and every N is held against them: of few tracks, the
start of a command is a larger part of the time. ``--keep FOLDER`` leaves homes and corpora there."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from benchmarks.history import Figure, append
from benchmarks.preparation import MIRLITON, run_and_measure
from experiments import command_line
from mir_models.notes.annotations import Notes
from storage.media import midi

SECONDS, SR = 2.0, 16000
PER_FOLDER = 100
PRESETS = ("cqt", "cqt_36")


def main() -> None:
    """Print the table, row by row."""
    arguments = sys.argv[1:]
    keep = Path(arguments.pop(arguments.index("--keep") + 1)) if "--keep" in arguments else None
    sizes = [int(each) for each in arguments if each != "--keep"] or [100, 600]
    print("| tracks | backfill s | ms per track | peak MiB | nothing new s | one track added s | tracks made then |")
    print("|---|---|---|---|---|---|---|", flush=True)
    for n in sizes:
        with tempfile.TemporaryDirectory() as temporary:
            folder = keep / str(n) if keep else Path(temporary)
            measured = row(n, folder)
            print("| " + " | ".join(map(str, measured)) + " |", flush=True)
            append_figures(*measured)


def append_figures(
    n: int, backfill: float, per_track: float, peak: int, nothing: float, one: float, n_made: int
) -> None:
    """Append a row of the table to the history, beside the goals."""
    details = {"tracks": n, "assets": 2 + 2 * len(PRESETS), "backfill_seconds": backfill}
    of = f"growth/{n} tracks of 2 s"
    append(Figure(f"{of}, per track", per_track, "ms", goal="≤ 40", details=details))
    append(Figure(f"{of}, nothing to do", nothing, "s", goal="≤ 3", details=details))
    append(Figure(f"{of}, one more", one, "s", goal="≤ 8", details={**details, "made": n_made}))
    append(Figure(f"{of}, peak memory", peak, "MiB", details=details))


def row(n: int, folder: Path) -> tuple[int, float, float, int, float, float, int]:
    """One row of the table."""
    environment = {**os.environ, "MIRLITON_HOME": str(folder / "home")}
    corpus = folder / "corpus"
    for each in range(n):
        write_track(corpus / f"{each // PER_FOLDER:03d}" / f"{each:05d}", each)
    options = ["--option", "labels_exact=true"]
    subprocess.run(
        [*MIRLITON, "add", "tiny", "--loader", "folder", "--root", str(corpus), *options], env=environment, check=True
    )
    backfill = [*MIRLITON, "backfill", "tiny", *(word for each in PRESETS for word in ("--feature", each))]
    first, peak = run_and_measure(backfill, environment)
    nothing, _ = run_and_measure(backfill, environment)
    write_track(corpus / "new", n)
    began = time.time()
    one, _ = run_and_measure(backfill, environment)
    made = made_since(folder / "home" / "store" / "datasets" / "tiny" / "shards" / "cqt", began)
    return n, round(first, 1), round(1000 * first / n, 1), peak, round(nothing, 1), round(one, 1), made


def write_track(stem: Path, seed: int) -> None:
    """Sixteen decaying tones and their MIDI file; no two seeds give the same audio."""
    import soundfile

    rng = np.random.default_rng(seed)
    onsets, pitches = np.sort(rng.uniform(0, SECONDS - 0.3, 16)), rng.integers(40, 90, 16)
    y, times = np.zeros(round(SECONDS * SR)), np.arange(round(0.25 * SR)) / SR
    for onset, pitch in zip(onsets, pitches, strict=True):
        first = round(onset * SR)
        y[first : first + len(times)] += np.sin(2 * np.pi * 440 * 2 ** ((pitch - 69) / 12) * times) * np.exp(
            -12 * times
        )
    stem.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(stem.with_suffix(".wav"), 0.1 * y, SR)
    notes = Notes(np.c_[onsets, onsets + 0.2], pitches, np.full(16, 80))
    stem.with_suffix(".mid").write_bytes(midi.encode(notes))


def made_since(store: Path, began: float) -> int:
    """Tracks of a store written since a time."""
    return sum(path.stat().st_mtime > began for path in store.iterdir() if "@" in path.name)


if __name__ == "__main__":
    command_line.call(main)
