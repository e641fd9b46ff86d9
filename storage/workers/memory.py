"""Memory: the peak of this process, and what is free on this machine."""

from __future__ import annotations

import resource
import sys

import psutil


def peak_memory() -> float:
    """Largest resident memory of this process so far, in MiB."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(peak / (2**20 if sys.platform == "darwin" else 2**10), 1)


def free_memory() -> int:
    """Bytes that are free on this machine."""
    return int(psutil.virtual_memory().available)
