"""Atomic writes: a file is written to a draft beside it, which is then renamed.

Objects of a store are written so by :mod:`storage.objects.objects`.
"""

from __future__ import annotations

import os
import stat
import uuid
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from mir_models.errors import MirlitonError

SIMULTANEOUS_FLUSHES = 16


@contextmanager
def draft_of(path: Path) -> Iterator[Path]:
    """A draft of `path`, as `draft_beside`, which replaces it when the block ends without an error.

    Raises
    ------
    MirlitonError
        See `check_replaceable`.
    """
    check_replaceable(path)
    with draft_beside(path) as draft:
        yield draft
        os.replace(draft, path)


@contextmanager
def draft_beside(path: Path) -> Iterator[Path]:
    """The path of a file beside `path` to be written, whose folder is made; the file is deleted in any case.

    Its name is hidden and has another extension, so that it is not taken for a finished file, and it is short: that of
    `path` may be as long as names can be.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{os.getpid()}-{uuid.uuid4().hex[:8]}.draft")
    try:
        yield draft
    finally:
        draft.unlink(missing_ok=True)


def check_replaceable(path: Path) -> None:
    """Refuse the path of a device, such as ``/dev/null``, a pipe or a socket, or a link to one.

    Renaming a draft to it would put a file in its place, for all programs of the machine.
    """
    try:
        mode = os.stat(path).st_mode
    except OSError:  # Nothing is there, or what is there is no file for another reason, which the writer finds.
        return
    if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
        received, remedy = f"{path}, which is a device, a pipe or a socket", "name a file or a folder"
        raise MirlitonError("a file that can be replaced, or none", received=received, remedy=remedy)


def rename_new(draft: Path, path: Path) -> None:
    """Give a draft its name, which no file may have: atomic where the file system has hard links.

    Raises
    ------
    FileExistsError
        Where there is such a file; it stays as it is.
    """
    try:
        os.link(draft, path)
    except FileExistsError:
        raise
    except OSError:  # No hard links (FAT, some network drives): an empty file keeps the name until the draft has it.
        path.touch(exist_ok=False)
        os.replace(draft, path)


def write_atomic(path: Path, content: bytes, *, durable: bool = False) -> None:
    """Write a file atomically; makes its folder.

    Parameters
    ----------
    path : Path
    content : bytes
    durable : bool
        Flush file and folder to the disk, so that the file survives a loss of power once this has returned.
    """
    with draft_of(path) as draft:
        if durable:
            write_durable(draft, content)
        else:
            draft.write_bytes(content)
    if durable:
        flush(path.parent)


def write_durable(path: Path, content: bytes) -> None:
    """Write a file and flush it to the disk; makes its folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def write_files(folder: Path, contents: Mapping[str, bytes]) -> None:
    """Write files below a new folder, by their paths relative to it; nothing is flushed."""
    for parent in sorted({(folder / key).parent for key in contents} | {folder}):
        parent.mkdir(parents=True, exist_ok=True)
    for key, content in contents.items():
        with open(folder / key, "wb") as file:
            file.write(content)


def flush_all(paths: Sequence[Path]) -> None:
    """Flush files and folders to the disk, some at a time.

    A journaling file system commits what is flushed at the same time together: twenty files take the time of two.
    """
    with ThreadPoolExecutor(SIMULTANEOUS_FLUSHES) as pool:
        list(pool.map(flush, paths))


def flush(path: Path) -> None:
    """Flush the content of a file, or the names in a folder, to the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
