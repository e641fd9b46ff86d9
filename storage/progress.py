"""Progress of long work, reported to callbacks: a run's log, the progress bars of the command line."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

Callback = Callable[["Progress"], None]
AUDIO_PROCESSED = "seconds of audio processed"
"""Stage of the progress within a recording, which the note names."""
_callbacks: list[Callback] = []


@dataclass(frozen=True)
class Progress:
    """`done` of `total` steps in `stage`; `note` names the latest."""

    stage: str
    done: int
    total: int
    note: str = ""


def report(stage: str, done: int, total: int, note: str = "") -> None:
    """Report that `done` of `total` steps of a stage are done, to all callbacks."""
    for callback in _callbacks:
        callback(Progress(stage, done, total, note))


@contextmanager
def watch(callback: Callback) -> Iterator[None]:
    """Call `callback` with every `Progress` that is reported inside the block."""
    _callbacks.append(callback)
    try:
        yield
    finally:
        _callbacks.remove(callback)
