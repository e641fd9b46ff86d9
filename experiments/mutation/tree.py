"""A copy of the tree, in which a mutant may stand."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
"""The repository."""
LEFT_OUT = (".*", "build", "dist", "mlruns", "*.egg-info")


@contextmanager
def copied(root: Path = ROOT) -> Iterator[Path]:
    """A copy of the repository's files for as long as the context lasts; its bytecode comes along."""
    with tempfile.TemporaryDirectory(prefix="mutation-", ignore_cleanup_errors=True) as folder:
        yield Path(shutil.copytree(root, Path(folder) / "tree", ignore=shutil.ignore_patterns(*LEFT_OUT)))


@contextmanager
def changed(path: Path, source: str) -> Iterator[None]:
    """A file with another content for as long as the context lasts.

    Its time of change is another one, too: Python takes compiled bytecode for that of a file by size and seconds.
    """
    content, times = path.read_bytes(), path.stat()
    path.write_text(source, encoding="utf-8")
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns + 10 * 10**9))
    try:
        yield
    finally:
        path.write_bytes(content)
        os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
