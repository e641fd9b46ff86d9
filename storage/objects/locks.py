"""Locks between processes of this machine (``flock``): released when the process ends, however it ends."""

from __future__ import annotations

import fcntl
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def lock(path: Path, *, wait: bool) -> Iterator[bool]:
    """Hold the lock on a file; yields whether it is held, which without `wait` it may not be."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            yield False
            return
        yield True


@contextmanager
def hold(home: Path, name: str, *, wait: bool) -> Iterator[bool]:
    """Hold the lock `name` of a home; see `lock`."""
    with lock(lock_file(home, name), wait=wait) as is_ours:
        yield is_ours


def lock_file(home: Path, name: str) -> Path:
    """The file of the lock `name` of a home."""
    return home / "locks" / f"{name}.lock"


def is_held(path: Path) -> bool:
    """Whether a process holds the lock on a file.

    Raises
    ------
    FileNotFoundError
        When there is no such file.
    """
    with open(path) as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def is_alive(pid: int) -> bool:
    """Whether there is a process of this number on this machine."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def is_left_behind(name: str) -> bool:
    """Whether a draft, ``<machine>-<pid>-…``, is that of a process of this machine that has ended."""
    machine, pid, _ = name.rsplit("-", 2)
    return machine == socket.gethostname() and not is_alive(int(pid))
