"""Threads that compute what follows on a stream side by side, with the results in order and bounded memory.

NumPy, soxr and onnxruntime leave Python's lock while they compute, so that threads use as many cores as processes
would, and share one network. What has a parameter ``over`` is the same function with `one_by_one` and with threads.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Protocol, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


class OrderedMap(Protocol):
    """`one_by_one`, or `Threads.map`: results in the order of the items, which are taken as they are needed."""

    def __call__(
        self, function: Callable[[Item], Result], items: Iterable[Item], /, *, ahead: float = ...
    ) -> Iterator[Result]:
        """Results of a function of one item, of which at most `ahead` for each thread are taken before their turn."""


def one_by_one(function: Callable[[Item], Result], items: Iterable[Item], /, *, ahead: float = 0.0) -> Iterator[Result]:
    """Results of the items, each computed when its turn comes."""
    return map(function, items)


class Threads:
    """Threads for any number of streams at once.

    Parameters
    ----------
    n : int >= 1
    """

    def __init__(self, n: int) -> None:
        self.n, self._executor = n, ThreadPoolExecutor(n, thread_name_prefix="inference")

    def map(
        self, function: Callable[[Item], Result], items: Iterable[Item], /, *, ahead: float = 2.0
    ) -> Iterator[Result]:
        """Results in the order of the items, of which at most `ahead` for each thread are taken before their turn.

        Raises
        ------
        CancelledError, RuntimeError
            After `stop`.
        """
        pending: deque[Future[Result]] = deque()
        most = math.ceil(ahead * self.n)
        try:
            for item in items:
                pending.append(self._executor.submit(function, item))
                while len(pending) > most:
                    yield pending.popleft().result()
            while pending:
                yield pending.popleft().result()
        finally:
            for each in pending:
                each.cancel()

    def stop(self) -> None:
        """End the threads with what they are at; what waits is cancelled."""
        self._executor.shutdown(cancel_futures=True)
