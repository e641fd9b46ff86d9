"""Recordings from pipes: standard input, FIFOs, what a shell's ``<(command)`` gives.

Decoders seek, so what comes out of a pipe is spooled to a temporary file.
"""

from __future__ import annotations

import os
import shutil
import stat
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from mir_models.errors import MirlitonError
from storage.corpora.files import nfc_name

STDIN = Path("/dev/stdin")
"""Standard input as a path; read through `sys.stdin`, so that it need not be openable."""
_STDIN_PATHS = frozenset(map(Path, ("/dev/stdin", "/dev/fd/0", "/proc/self/fd/0")))
_DESCRIPTORS = frozenset(map(Path, ("/dev/fd", "/proc/self/fd")))
_KINDS = {stat.S_IFCHR: "a device", stat.S_IFBLK: "a disk", stat.S_IFSOCK: "a socket", stat.S_IFDIR: "a folder"}


def is_stdin(path: Path) -> bool:
    """Whether a path is that of standard input."""
    return path in _STDIN_PATHS


def recording_name(path: Path) -> str:
    """File name of a recording: ``stdin``, ``pipe-63`` of the file descriptor 63, else the path's own."""
    if is_stdin(path):
        return STDIN.name
    return f"pipe-{path.name}" if path.parent in _DESCRIPTORS else path.name


@contextmanager
def seekable(path: Path) -> Iterator[Path]:
    """The path of a file with a recording: `path` itself, or of a pipe a temporary file while the block lasts.

    Raises
    ------
    MirlitonError
        When there is no file or pipe at `path` that can be read: names what is there.
    """
    if is_stdin(path):
        _check_redirected()
        with _spooled(sys.stdin.buffer, recording_name(path)) as file:
            yield file
    elif _check_readable(path) == stat.S_IFIFO:
        with open(path, "rb") as stream, _spooled(stream, recording_name(path)) as file:
            yield file
    else:
        yield path


@contextmanager
def _spooled(stream: BinaryIO, name: str) -> Iterator[Path]:
    """Copy a stream to a temporary file, which exists as long as the block lasts."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        with open(path, "wb") as file:
            shutil.copyfileobj(stream, file)
        yield path


def _check_redirected() -> None:
    """Raise where standard input is a keyboard, or closed."""
    if sys.stdin is None or sys.stdin.isatty():
        received, remedy = "none" if sys.stdin is None else "a terminal", "redirect it: mirliton transcribe - < FILE"
        raise MirlitonError("a recording at standard input", received=received, remedy=remedy)


def _check_readable(path: Path) -> int:
    """The kind of a path, `stat.S_IFREG` or `stat.S_IFIFO`; raises for all others."""
    try:
        kind = stat.S_IFMT(os.stat(path).st_mode)
        if kind == stat.S_IFREG:
            open(path, "rb").close()
    except OSError as error:
        raise _unreadable(path, error) from error
    if kind not in (stat.S_IFREG, stat.S_IFIFO):
        remedy = "give a file, or pipe the sound: command | mirliton transcribe -"
        raise MirlitonError("a recording", received=_KINDS.get(kind, "no file"), remedy=remedy)
    return kind


def _unreadable(path: Path, error: OSError) -> MirlitonError:
    if isinstance(error, FileNotFoundError) and path.is_symlink():
        received = f"a link to {nfc_name(os.readlink(path))}, where there is nothing"
        return MirlitonError("a recording", received=received, remedy="mend the link, or give the file itself")
    if isinstance(error, FileNotFoundError):
        return MirlitonError("a recording", received="no such file", remedy="check the path")
    received = error.strerror or str(error)
    if isinstance(error, PermissionError):
        remedy = f"let it be read: chmod +r {nfc_name(path.name)}, or the folders it lies in"
        return MirlitonError("a recording that can be read", received=received, remedy=remedy)
    return MirlitonError("a recording", received=received, remedy="check the path")
