"""Submissions: items given to the workers of a cluster, some at a time, until every one has come back once.

What is under way when the scheduler is gone is submitted to the one that is started in its place.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from itertools import islice
from typing import Any, Generic, TypeVar

from mir_models.errors import MirlitonError
from storage.objects.store_error import StoreError
from storage.workers.batch_sizes import BatchSizes
from storage.workers.cluster import Cluster, SchedulerLostError
from storage.workers.requirements import Requirements, UnfitWorkerError, check_worker

LOOK = 5.0
"""Seconds between looks at the workers while no item finishes."""

Item = TypeVar("Item")
Result = TypeVar("Result")
Work = Callable[[Sequence[Item]], Sequence[Result]]
"""A function of a module from items to their results, in order."""


class Submissions(Generic[Item, Result]):
    """Work on some items by a cluster.

    Parameters
    ----------
    cluster : Cluster
    work : Work
    requirements : Requirements or None
        Which workers must meet; None: they are not checked.
    patience : float
        Seconds without any finished item after which `results` raises.
    items : mapping
        By track id.
    suspects : bool
        Whether the items may have killed a worker: then there is one at a time.
    """

    def __init__(
        self,
        cluster: Cluster,
        work: Work[Item, Result],
        requirements: Requirements | None,
        patience: float,
        items: Mapping[str, Item],
        *,
        suspects: bool = False,
    ) -> None:
        self.cluster, self.work, self.patience, self.items = cluster, partial(_run, work, requirements), patience, items
        self.limit = 1 if suspects else None
        self._waiting, self._running = deque(items), dict[Any, list[str]]()
        self._alone, self._sizes = set(items) if suspects else set[str](), BatchSizes()
        self._latest = time.monotonic()

    def results(self) -> Iterator[tuple[str, Result | None, BaseException | None]]:
        """Track id, result or None, and error or None of every item, as they finish; see `Workers.map`."""
        try:
            while self._waiting or self._running:
                for found in self._turn():
                    yield found
                    self._latest = time.monotonic()
                if time.monotonic() - self._latest > self.patience:
                    raise self._out_of_patience()
        finally:
            self.cluster.cancel(self._running)

    def _turn(self) -> Iterator[tuple[str, Result | None, BaseException | None]]:
        """Submit as many tasks as there is room for, wait for a moment, and give what has finished."""
        try:
            self._submit()
            for future in self.cluster.done(list(self._running), min(LOOK, self.patience)):
                yield from self._take(future)
        except SchedulerLostError as error:
            self._again(list(self._running))
            self.cluster.reconnect(error)

    def _submit(self) -> None:
        stranded = [future for future in self._running if self.cluster.is_stranded(future)]
        self.cluster.cancel(stranded)
        self._again(stranded)
        n_workers = len(self.cluster.workers())
        while self._waiting and len(self._running) < (self.limit or 2 * max(1, n_workers)):
            keys = self._next(self._sizes.next(len(self._waiting), n_workers))
            future = self.cluster.submit(self.work, [self.items[key] for key in keys])
            self._running[future] = [self._waiting.popleft() for _ in keys]

    def _next(self, size: int) -> list[str]:
        """The first items that wait, of which those that have to be alone are."""
        first = list(islice(self._waiting, size))
        n = next((n for n, key in enumerate(first) if key in self._alone), len(first))
        return first[: max(1, n)]

    def _again(self, futures: list[Any]) -> None:
        """Let the items of futures wait once more."""
        for future in futures:
            self._waiting.extendleft(reversed(self._running.pop(future)))

    def _take(self, future: Any) -> Iterator[tuple[str, Result | None, BaseException | None]]:
        """The outcome of a task; what an unfit worker had waits for another, what is lost with a worker runs again."""
        outcome = self.cluster.outcome(future)
        if outcome is None:
            return
        done, error = outcome
        if isinstance(error, UnfitWorkerError):
            self.cluster.exclude(error)
            self._again([future])
        elif len(self._running[future]) > 1 and _is_of_one_item(error):
            self._alone.update(self._running[future])
            self._again([future])
        else:
            keys = self._running.pop(future)
            yield from self._found(keys, done, error)

    def _found(
        self, keys: list[str], done: tuple[Sequence[Result], float] | None, error: BaseException | None
    ) -> Iterator[tuple[str, Result | None, BaseException | None]]:
        """The outcome of each item of a task."""
        if done is None:
            yield from ((key, None, error) for key in keys)
            return
        results, seconds = done
        self._sizes.record(len(keys), seconds)
        yield from ((key, result, None) for key, result in zip(keys, results, strict=True))

    def _out_of_patience(self) -> MirlitonError:
        n_workers, n_items = len(self.cluster.workers()), len(self._waiting) + sum(map(len, self._running.values()))
        received = f"none of {n_items} tracks by {n_workers} workers"
        remedy = "look at the workers' memory and the scheduler, then run again: finished tracks are kept"
        return MirlitonError(f"a finished track every {self.patience:.0f} s", received=received, remedy=remedy)


def _is_of_one_item(error: BaseException | None) -> bool:
    """Whether an error of a task may concern one of its items: not where its worker died, or no store answers."""
    return isinstance(error, Exception) and not isinstance(error, StoreError) and not is_killed(error)


def is_killed(error: BaseException | None) -> bool:
    """Whether an error is that of items whose worker died."""
    return type(error).__name__ == "KilledWorker"


def _run(
    work: Work[Item, Result], requirements: Requirements | None, items: Sequence[Item]
) -> tuple[Sequence[Result], float]:
    """Runs in a worker: the results of the work on some items, and its seconds."""
    if requirements is not None:
        check_worker(requirements)
    began = time.monotonic()
    return work(items), time.monotonic() - began
