"""Atomic writes: a file is written to a draft beside it, which is then renamed.

Objects of a store are written so by :mod:`storage.objects.objects`.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def draft_of(path: Path) -> Iterator[Path]:
    """A file beside `path` to be written, which replaces it when the block ends without an error.

    Its name begins with a dot and has another extension, so that it is not taken for a finished file. It does not
    exist afterwards, in any case.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        yield draft
        os.replace(draft, path)
    finally:
        draft.unlink(missing_ok=True)


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
