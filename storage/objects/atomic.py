"""Atomic writes: a file is written to a draft beside it, which is then renamed.

Objects of a store are written so by :mod:`storage.objects.objects`.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def draft_of(path: Path) -> Iterator[Path]:
    """A draft of `path`, as `draft_beside`, which replaces it when the block ends without an error."""
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
        flush_folder(path.parent)


def write_durable(path: Path, content: bytes) -> None:
    """Write a file and flush it to the disk; makes its folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def flush_folder(folder: Path) -> None:
    """Flush the names in a folder to the disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
