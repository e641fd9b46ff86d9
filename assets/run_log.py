"""Progress of long work in the log of its run: how far each stage is, and what the latest of it was."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

import dagster as dg

from storage import progress

INTERVAL = 10.0
"""Seconds between two lines of one stage, at least; its last line comes anyway."""


@contextmanager
def progress_in_log(context: dg.AssetExecutionContext) -> Iterator[None]:
    """Log what is reported of long work inside the block."""
    logged: dict[str, float] = {}

    def log(latest: progress.Progress) -> None:
        now = time.monotonic()
        ends = latest.done == latest.total
        if ends or now - logged.get(latest.stage, -INTERVAL) >= INTERVAL:
            logged[latest.stage] = now
            note = f" ({latest.note})" if latest.note else ""
            context.log.info(f"{latest.stage}: {latest.done} of {latest.total}{note}")

    with progress.watch(log):
        yield
