"""What the stages of a backfill took: seconds, bytes and memory of each, and its curve by hours of music.

A backfill that was interrupted has several attempts; the time between them counts for nothing.
"""

from __future__ import annotations

import bisect
import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.memory import Measured, Memory, largest
from storage.fingerprints import slug
from storage.tracks.dataset_store import open_dataset

N_POINTS = 4
"""Points of a curve: a quarter of the hours each."""

Interval = tuple[float, float]
"""Seconds since the epoch."""


@dataclass(frozen=True)
class Point:
    """When a stage had done so many hours of music: its seconds until then, and the peak of memory until then."""

    hours: float
    seconds: float
    peak: Memory


@dataclass(frozen=True)
class Stage:
    """One step of a backfill, such as ``features/cqt``, or a command: wall seconds, bytes stored, peak of memory."""

    name: str
    seconds: float
    n_bytes: int
    peak: Memory


def stages(home: Path, dataset: str, attempts: Sequence[Measured]) -> list[Stage]:
    """All steps of a backfill in their order; the first of the features may make those of all presets.

    Parameters
    ----------
    home : Path
        ``MIRLITON_HOME``; its Dagster instance is the one of the environment.
    dataset : str
    attempts : sequence of Measured
        Of the backfill.
    """
    store = home / "store" / "datasets" / dataset
    return [
        Stage(name, elapsed(intervals), stored_bytes(store, name), peak(attempts, intervals))
        for name, intervals in intervals_of_steps(attempts).items()
    ]


def curves(home: Path, dataset: str, attempts: Sequence[Measured]) -> dict[str, list[Point]]:
    """By kind of stage, such as ``features`` of all presets together, seconds and memory by hours of music."""
    store = home / "store" / "datasets" / dataset
    records = open_dataset(str(home / "store"), dataset).raw_audio.records()
    hours = {slug(record.track): record.duration / 3600 for record in records}
    found = {}
    for kind, steps in itertools.groupby(intervals_of_steps(attempts).items(), key=lambda item: item[0].split("/")[0]):
        intervals = dict(steps)
        tracks = [(time, h / len(intervals)) for name in intervals for time, h in finished(store / name, hours)]
        if tracks:
            found[kind] = curve(sorted(tracks), [each for part in intervals.values() for each in part], attempts)
    return found


def intervals_of_steps(attempts: Sequence[Measured]) -> dict[str, list[Interval]]:
    """By asset, from when to when it was made, in each of the runs that began within an attempt."""
    import dagster as dg

    found: dict[str, list[Interval]] = {}
    with dg.DagsterInstance.get() as instance:
        runs = [instance.get_run_step_stats(run.run_id) for run in instance.get_runs()]
    steps = [step for run in runs for step in run if step.start_time]
    for step in sorted(steps, key=lambda step: step.start_time or 0.0):
        began = step.start_time or 0.0
        ends = [each.ended for each in attempts if each.began <= began <= each.ended]
        if ends:
            found.setdefault(step.step_key.replace("__", "/"), []).append((began, step.end_time or ends[0]))
    return found


def finished(folder: Path, hours: Mapping[str, float]) -> list[tuple[float, float]]:
    """When each track of a stage was stored, and its hours, in order of time."""
    tracks = [path for path in folder.iterdir() if "@" in path.name] if folder.is_dir() else []
    return sorted((path.stat().st_mtime, hours.get(path.name.rsplit("@", 1)[0], 0.0)) for path in tracks)


def curve(
    tracks: Sequence[tuple[float, float]], intervals: Sequence[Interval], attempts: Sequence[Measured]
) -> list[Point]:
    """Points at equal parts of the hours."""
    done = list(itertools.accumulate(hours for _, hours in tracks))
    points = []
    for part in range(1, N_POINTS + 1):
        at = bisect.bisect_left(done, done[-1] * part / N_POINTS * (1 - 1e-9))
        until = tracks[at][0]
        before = [(began, min(ended, until)) for began, ended in intervals if began <= until]
        points.append(Point(done[at], elapsed(before), peak(attempts, before)))
    return points


def elapsed(intervals: Sequence[Interval]) -> float:
    """Seconds within intervals."""
    return sum(ended - began for began, ended in intervals)


def peak(attempts: Sequence[Measured], intervals: Sequence[Interval]) -> Memory:
    """The largest memory within intervals."""
    samples = [sample for attempt in attempts for sample in attempt.samples]
    return largest(sample for sample in samples if any(began <= sample.time <= ended for began, ended in intervals))


def stored_bytes(store: Path, name: str) -> int:
    """Bytes of the files of a stage, and of its table of records."""
    paths = [*store.glob(f"{name}.*"), *(store / name).rglob("*")]
    return sum(path.stat().st_size for path in paths if path.is_file())
