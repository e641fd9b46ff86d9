"""Locks between processes of this machine (``flock``): released when the process ends, however it ends."""

from __future__ import annotations

import fcntl
import os
import socket
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

OPENINGS = 20
"""How often a file is opened whose folder is deleted at the same time."""


@contextmanager
def lock(path: Path, *, wait: bool) -> Iterator[bool]:
    """Hold the lock on a file; yields whether it is held, which without `wait` it may not be."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "w") as file:
        yield _acquire(file, wait=wait)


@contextmanager
def lock_and_remove(path: Path, *, wait: bool) -> Iterator[bool]:
    """As `lock`; at the end the file is deleted, and the folders that were made for it where they are empty."""
    new = [folder for folder in path.parents if not folder.exists()]
    while True:
        with _open(path) as file:
            is_ours = _acquire(file, wait=wait)
            if is_ours and not _is_at(path, file):  # Its holder deleted it meanwhile: others lock the next one.
                continue
            try:
                yield is_ours
            finally:
                if is_ours:
                    path.unlink(missing_ok=True)
                    _remove_empty(new)
            return


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


def _acquire(file: IO[str], *, wait: bool) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except BlockingIOError:
        return False
    return True


def _open(path: Path) -> IO[str]:
    """A file to be locked; its folder is made, which another holder may delete at the same time."""
    for _ in range(OPENINGS):
        with suppress(FileNotFoundError):
            path.parent.mkdir(parents=True, exist_ok=True)
            return open(path, "w")
    path.parent.mkdir(parents=True, exist_ok=True)
    return open(path, "w")


def _is_at(path: Path, file: IO[str]) -> bool:
    """Whether a path still is that of an open file."""
    with suppress(FileNotFoundError):
        return os.path.samestat(os.stat(path), os.fstat(file.fileno()))
    return False


def _remove_empty(folders: list[Path]) -> None:
    for folder in folders:
        with suppress(OSError):
            folder.rmdir()


def draft_name() -> str:
    """The name of a draft, ``<machine>-<pid>-…``: whoever sweeps knows whether its process has ended."""
    return f"{socket.gethostname()}-{os.getpid()}-{uuid.uuid4().hex}"


def is_left_behind(name: str) -> bool:
    """Whether a draft, ``<machine>-<pid>-…``, is that of a process of this machine that has ended."""
    machine, pid, _ = name.rsplit("-", 2)
    return machine == socket.gethostname() and not is_alive(int(pid))
