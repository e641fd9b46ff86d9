"""Timed workers: when each worker was busy, and how long workers were idle at the end of a stage."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import pairwise

import numpy as np

from storage.objects.objects import Objects
from storage.workers.dask_workers import Workers
from storage.workers.submissions import Item, Result, Work


@dataclass(frozen=True)
class WorkInterval:
    """The work on one track: its process, and when it began and ended, in seconds since the epoch."""

    process: str
    began: float
    ended: float


@dataclass
class TimedWorkers(Workers):
    """Workers that record an interval for every track that `inner` has processed."""

    inner: Workers = field(default_factory=Workers)
    intervals: list[WorkInterval] = field(default_factory=list)

    def map(
        self,
        work: Work[Item, Result],
        items: Mapping[str, Item],
        *,
        store: Objects | None = None,
        reads: Sequence[str] = (),
    ) -> Iterator[tuple[str, Result | None, BaseException | None]]:
        """See `Workers.map`."""
        for track, done, error in self.inner.map(partial(_timed, work), items, store=store, reads=reads):
            if done is None:
                yield track, None, error
            else:
                self.intervals.append(done[1])
                yield track, done[0], error

    def close(self) -> None:
        """See `Workers.close`."""
        self.inner.close()


def mean_idle_seconds(intervals: Sequence[WorkInterval], n_workers: int) -> float:
    """Seconds that a worker is idle, in the mean, between its own last track and the last of all.

    They do not grow with the number of tracks, so they are no part of the cost of a track.
    """
    if not intervals:
        return 0.0
    ends: dict[str, float] = {}
    for interval in intervals:
        ends[interval.process] = max(interval.ended, ends.get(interval.process, interval.ended))
    last, first = max(ends.values()), min(interval.began for interval in intervals)
    waited = sum(last - end for end in ends.values()) + max(0, n_workers - len(ends)) * (last - first)
    return waited / max(n_workers, len(ends))


def _timed(work: Work[Item, Result], items: Sequence[Item]) -> list[tuple[Result, WorkInterval]]:
    """Runs in a worker: the result of the work on each item, and its interval, an equal part of that of all."""
    began = time.time()
    results = work(items)
    ends = np.linspace(began, time.time(), len(items) + 1)
    process = f"{socket.gethostname()}-{os.getpid()}"
    intervals = [WorkInterval(process, float(begin), float(end)) for begin, end in pairwise(ends)]
    return list(zip(results, intervals, strict=True))
