"""Memory of this process and of its children, sampled in the background."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psutil

INTERVAL = 0.1
"""Seconds between two samples."""


@dataclass(frozen=True)
class MemorySample:
    """Bytes of memory of all processes together, at a time in seconds since the epoch."""

    time: float
    resident: int


@contextmanager
def record_memory() -> Iterator[list[MemorySample]]:
    """Sample, inside the block, the memory of this process and of all below it."""
    samples: list[MemorySample] = []
    ended, this = threading.Event(), psutil.Process()

    def sample() -> None:
        while not ended.wait(INTERVAL):
            processes = [this, *this.children(recursive=True)]
            samples.append(MemorySample(time.time(), sum(map(resident_bytes, processes))))

    thread = threading.Thread(target=sample, daemon=True)
    thread.start()
    try:
        yield samples
    finally:
        ended.set()
        thread.join()


def resident_bytes(process: psutil.Process) -> int:
    """Bytes of memory of a process; 0 once it is gone."""
    try:
        return process.memory_info().rss
    except (psutil.NoSuchProcess, psutil.ZombieProcess):
        return 0
