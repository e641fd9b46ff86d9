"""How many items go into one task: enough that the cluster's own time for a task, some milliseconds, does not count."""

from __future__ import annotations

from collections import deque

LONGEST = 0.5
"""Seconds that a task of several items may take: what a worker that dies has done is done again."""
MOST = 32
"""Items of a task."""
N_LAST = 8
"""Tasks by whose time the next are sized."""


class BatchSizes:
    """Sizes of the next tasks by the time that the last ones took; 1 before any is done."""

    def __init__(self) -> None:
        self._last: deque[tuple[int, float]] = deque(maxlen=N_LAST)

    def record(self, n: int, seconds: float) -> None:
        """A task of `n` items took some seconds."""
        self._last.append((n, seconds))

    def next(self, n_waiting: int, n_workers: int) -> int:
        """Items of the next task; the last items are divided among the workers."""
        n_items, seconds = map(sum, zip(*self._last, strict=True)) if self._last else (0, 0.0)
        size = min(MOST, int(LONGEST * n_items / max(seconds, 1e-9)))
        return max(1, min(size, -(-n_waiting // max(1, n_workers))))
