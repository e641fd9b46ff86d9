"""Processes that are left of an earlier UI: it was killed, and its keeper as well."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import psutil

MARK = "MIRLITON_UI"
"""A variable in the environment of all processes of a UI: its home."""
PATIENCE = 5.0
"""Seconds between SIGTERM and SIGKILL."""


def end_left_behind(home: Path) -> int:
    """End the processes of an earlier UI of a home; the caller has made sure that none is open.

    Returns
    -------
    int
        How many there were.
    """
    import psutil

    left = [each for each in psutil.process_iter() if each.pid != os.getpid() and _home_of(each) == str(home)]
    _signal(left, "terminate")
    _, alive = psutil.wait_procs(left, timeout=PATIENCE)
    _signal(alive, "kill")
    psutil.wait_procs(alive, timeout=PATIENCE)
    return len(left)


def _home_of(process: "psutil.Process") -> str | None:
    import psutil

    try:
        return process.environ().get(MARK)
    except (psutil.Error, OSError):  # Another user's, or ended meanwhile.
        return None


def _signal(processes: Sequence["psutil.Process"], action: str) -> None:
    import psutil

    for each in processes:
        try:
            getattr(each, action)()
        except psutil.NoSuchProcess:
            continue
