"""Runs of a preparation on a cluster that is disturbed, each into an empty store."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from experiments.cluster.processes import REPOSITORY, DaskProcesses, dask_processes
from experiments.object_store.comparison import objects_of
from experiments.object_store.server import BUCKET, environment, s3_server, set_environment
from mir_models.errors import MirlitonError
from storage.objects.objects import open_objects

LIMIT, LITTLE = "2GiB", "250MiB"
THREE = (LIMIT,) * 3
PRESET = "cqt_84"
COMMAND = ["backfill", "demo", "--feature", PRESET]
SILENT_S, FROZEN_S = 10, 25
"""Seconds after which the scheduler gives up a silent worker, and for which a worker is frozen."""
SILENCE = {"DASK_DISTRIBUTED__SCHEDULER__WORKER_TTL": f"{SILENT_S} s"}
DISTURBED_AT = 4
"""Tracks whose features are there when a run is disturbed."""
Disturb = Callable[[DaskProcesses], None]


@dataclass(frozen=True)
class Run:
    """A preparation.

    Attributes
    ----------
    name : str
    seconds : float
    objects : mapping of str to bytes
        Those of the dataset that it left, by key.
    """

    name: str
    seconds: float
    objects: Mapping[str, bytes]


def kill_a_worker(dask: DaskProcesses) -> None:
    """Kill the first worker with its nanny, as a machine that is switched off."""
    dask.end(dask.processes[1:2])


def add_a_worker(dask: DaskProcesses) -> None:
    """Start one more."""
    dask.worker(memory_limit=LIMIT)


def restart_the_scheduler(dask: DaskProcesses) -> None:
    """Kill the scheduler, whose workers end with it, and start it and its workers again, as a supervisor does."""
    dask.processes[0].send_signal(signal.SIGKILL)
    dask.end()
    dask.scheduler()
    for limit in THREE:
        dask.worker(memory_limit=limit)


def freeze_a_worker(dask: DaskProcesses) -> None:
    """Stop the first worker for longer than the scheduler waits for it: others get its tracks, it ends them late."""
    dask.freeze(dask.processes[1], FROZEN_S)


def nothing(_: DaskProcesses) -> None:
    """Leave the run undisturbed."""


LOCAL = "local workers, folder"
RUNS: Mapping[str, tuple[str, Sequence[str], Disturb]] = {
    "cluster, folder": ("folder", THREE, nothing),
    "cluster, S3": ("S3", THREE, nothing),
    "a worker killed": ("folder", THREE, kill_a_worker),
    "a worker killed, S3": ("S3", THREE, kill_a_worker),
    "a worker frozen": ("folder", THREE, freeze_a_worker),
    "a worker frozen, S3": ("S3", THREE, freeze_a_worker),
    "a worker joins late": ("folder", THREE[:1], add_a_worker),
    "the scheduler restarted": ("folder", THREE, restart_the_scheduler),
    "the scheduler restarted, S3": ("S3", THREE, restart_the_scheduler),
    "a worker with little memory": ("folder", (*THREE[:2], LITTLE), nothing),
}
"""By name: where the store is, the workers' limits of memory, and what happens when `DISTURBED_AT` tracks have
features."""


def run_all(out: Path, corpus: Path, names: Sequence[str]) -> Iterator[Run]:
    """The preparation by local workers, then the runs by name."""
    yield _run(LOCAL, out / "local", str(out / "local/store"), corpus, {})
    with s3_server() as endpoint:
        set_environment(endpoint)
        for number, name in enumerate(names):
            place, limits, disturb = RUNS[name]
            folder = out / str(number)
            shutil.rmtree(folder, ignore_errors=True)
            address = str(folder / "store") if place == "folder" else f"s3://{BUCKET}/{number}"
            silence = SILENCE if disturb is freeze_a_worker else {}
            with dask_processes(folder / "dask", limits, silence) as dask:
                variables = {"MIRLITON_DASK_ADDRESS": dask.address, **environment(endpoint)}
                yield _run(name, folder, address, corpus, variables, partial(disturb, dask))


def differences(run: Run, other: Run) -> list[str]:
    """Keys of objects that are not in both, or have other bytes."""
    return sorted(key for key in run.objects.keys() | other.objects.keys() if _differ(key, run, other))


def _differ(key: str, run: Run, other: Run) -> bool:
    return run.objects.get(key) != other.objects.get(key)


def _run(
    name: str,
    folder: Path,
    address: str,
    corpus: Path,
    variables: Mapping[str, str],
    disturb: Callable[[], None] | None = None,
) -> Run:
    every = {**os.environ, "MIRLITON_HOME": str(folder / "home"), "MIRLITON_STORE": address, **variables}
    _finish(_start(["add", "demo", "--root", str(corpus), "--loader", "demo"], every))
    began = time.monotonic()
    process = _start(COMMAND, every)
    if disturb:
        disturb_under_way(process, lambda: _n_tracks(address), disturb)
    _finish(process)
    seconds = time.monotonic() - began
    objects = {key: each for key, each in objects_of(address).items() if key.startswith("datasets/")}
    return Run(name, seconds, objects)


def disturb_under_way(process: subprocess.Popen[str], n_tracks: Callable[[], int], disturb: Callable[[], None]) -> None:
    """Disturb a run when it has so many tracks.

    Raises
    ------
    MirlitonError
        When it has ended by then, so that nothing would have been disturbed.
    """
    while process.poll() is None and n_tracks() < DISTURBED_AT:
        time.sleep(0.05)
    if process.poll() is not None:
        remedy = "prepare a larger corpus, or look at what it wrote"
        raise MirlitonError(
            "a run under way to disturb", received=f"one that ended with {process.poll()}", remedy=remedy
        )
    disturb()


def _n_tracks(address: str) -> int:
    return len(open_objects(address).names(f"datasets/demo/features/{PRESET}"))


def _start(arguments: Sequence[str], variables: Mapping[str, str]) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "mirliton", *arguments]
    return subprocess.Popen(
        command, env=dict(variables), cwd=REPOSITORY, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


def _finish(process: subprocess.Popen[str]) -> None:
    output, _ = process.communicate(timeout=600)
    print(output[-1500:], file=sys.stderr)
    if process.returncode:
        raise MirlitonError("the command to succeed", received=output[-2000:], remedy="see above")
