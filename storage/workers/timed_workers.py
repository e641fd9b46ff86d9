"""Workers that note when each of them worked: how long they waited for the last track of a stage to be done."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from storage.workers.dask_workers import Workers


@dataclass(frozen=True)
class Task:
    """The work on one track: the process that did it, and when it began and ended, in seconds since the epoch."""

    process: str
    began: float
    ended: float


@dataclass
class Clocked(Workers):
    """`inner`, with all `tasks` it has done so far."""

    inner: Workers = field(default_factory=Workers)
    tasks: list[Task] = field(default_factory=list)

    def map(
        self, work: Callable[[Any], Any], items: dict[str, Any]
    ) -> Iterator[tuple[str, Any | None, BaseException | None]]:
        """See `Workers.map`."""
        for track, done, error in self.inner.map(partial(_clocked, work), items):
            if done is not None:
                done, task = done
                self.tasks.append(task)
            yield track, done, error

    def close(self) -> None:
        """See `Workers.close`."""
        self.inner.close()


def idle(tasks: Sequence[Task], n_workers: int) -> float:
    """Seconds that a worker waits, in the mean, between its own last track and the last of all.

    The end of a stage takes that long however many tracks come before: it is no part of what a track costs.
    """
    if not tasks:
        return 0.0
    ends: dict[str, float] = {}
    for task in tasks:
        ends[task.process] = max(task.ended, ends.get(task.process, task.ended))
    last, first = max(ends.values()), min(task.began for task in tasks)
    waited = sum(last - end for end in ends.values()) + max(0, n_workers - len(ends)) * (last - first)
    return waited / max(n_workers, len(ends))


def _clocked(work: Callable[[Any], Any], item: Any) -> tuple[Any, Task]:
    """Runs in a worker."""
    began = time.time()
    result = work(item)
    return result, Task(f"{socket.gethostname()}-{os.getpid()}", began, time.time())
