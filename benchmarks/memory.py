"""Memory of a command and of all processes below it, sampled while it runs.

Three sums, each of which leaves out more that is not used up:

* resident: the pages that each process has in memory. One that several have, such as a library's code, counts in each.
* proportional: every page once (Linux' PSS).
* anonymous: of those, the pages that no file on disk holds as well. What it leaves out, the system takes back whenever
  the room is needed: a file that is mapped into memory counts as resident and as proportional, the more the freer the
  memory is, and takes it from nobody. What is kept of files that were read belongs to no process and is in no sum.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

INTERVAL = 0.5
"""Seconds between two samples."""
PATIENCE = 60.0
"""Seconds in which an interrupted command ends."""
INTERRUPTED = 130
"""Exit code of an interrupted command, as shells give it."""
KINDS = ("resident", "proportional", "anonymous")


@dataclass(frozen=True)
class Memory:
    """Bytes of one or several processes; where the system counts resident memory only, all three are that."""

    resident: int = 0
    proportional: int = 0
    anonymous: int = 0

    def __add__(self, other: Memory) -> Memory:
        return Memory(*(getattr(self, kind) + getattr(other, kind) for kind in KINDS))

    def largest(self, other: Memory) -> Memory:
        """The larger of the two values of each kind."""
        return Memory(*(max(getattr(self, kind), getattr(other, kind)) for kind in KINDS))


@dataclass(frozen=True)
class Sample:
    """Memory at a time in seconds since the epoch."""

    time: float
    memory: Memory


@dataclass(frozen=True)
class Measured:
    """A command that was run: times in seconds since the epoch, its exit code, its samples."""

    began: float
    ended: float
    code: int
    samples: list[Sample]

    @property
    def seconds(self) -> float:
        """Wall seconds."""
        return self.ended - self.began

    @property
    def peak(self) -> Memory:
        """The largest value of each kind; they need not be of one time."""
        return largest(self.samples)


def measure(command: Sequence[str], environment: Mapping[str, str], *, interval: float = INTERVAL) -> Measured:
    """Run a command to its end, or until Ctrl-C, with which it ends as well; `interval` in seconds."""
    began, samples = time.time(), list[Sample]()
    process = psutil.Popen(command, env=dict(environment))
    ended = threading.Event()

    def sample() -> None:
        while not ended.wait(interval):
            samples.append(Sample(time.time(), memory_of_tree(process.pid)))

    thread = threading.Thread(target=sample, daemon=True)
    thread.start()
    try:
        code = process.wait()
    except KeyboardInterrupt:
        code = process.wait(PATIENCE) or INTERRUPTED
    finally:
        ended.set()
        thread.join()
    return Measured(began, time.time(), code, samples)


def largest(samples: Iterable[Sample]) -> Memory:
    """The largest value of each kind; 0 without samples."""
    found = Memory()
    for each in samples:
        found = found.largest(each.memory)
    return found


def memory_of_tree(pid: int) -> Memory:
    """Memory of a process and of all below it; nothing of those that are gone."""
    try:
        root = psutil.Process(pid)
        processes = [root, *root.children(recursive=True)]
    except psutil.NoSuchProcess:
        return Memory()
    return sum((memory_of(each.pid) for each in processes), Memory())


def memory_of(pid: int) -> Memory:
    """Memory of one process; nothing once it is gone."""
    try:
        rows = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()[1:]
    except OSError:  # Another system, another user's process, or one that is gone.
        return _resident(pid)
    kib = {key.rstrip(":"): int(value) for key, value, *_ in map(str.split, rows)}
    anonymous = kib["Pss_Anon"] + kib["Pss_Shmem"]
    return Memory(kib["Rss"] * 1024, kib["Pss"] * 1024, anonymous * 1024)


def _resident(pid: int) -> Memory:
    try:
        found = psutil.Process(pid).memory_info().rss
    except (psutil.NoSuchProcess, psutil.ZombieProcess):
        return Memory()
    return Memory(found, found, found)
