"""Progress of long work, told to whoever watches: the run's log, the command line's bars."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

Watcher = Callable[["Progress"], None]
_watchers: list[Watcher] = []


@dataclass(frozen=True)
class Progress:
    """How far a piece of work is: `done` of `total` in `stage`, with a word on the latest step."""

    stage: str
    done: int
    total: int
    note: str = ""


def tell(stage: str, done: int, total: int, note: str = "") -> None:
    """Tell all watchers."""
    for watcher in _watchers:
        watcher(Progress(stage, done, total, note))


@contextmanager
def watched_by(watcher: Watcher) -> Iterator[None]:
    """Let `watcher` hear of all progress inside the block."""
    _watchers.append(watcher)
    try:
        yield
    finally:
        _watchers.remove(watcher)
