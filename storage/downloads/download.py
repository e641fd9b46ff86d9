"""Corpora fetched from where their owners publish them: every file checked, unpacked, and in place whole or not at all.

A loader names its files in ``DOWNLOADS``, or by ``downloads(options)`` where an option selects a part of the corpus.
All that is under way lies in ``<root>/.downloads``: ``<name>.part`` grows and is resumed; ``<name>.unpacking`` becomes
the corpus; ``<name>.done`` holds the checksum of what is in place, so that a second call does nothing.
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from types import ModuleType
from typing import Any
from urllib.parse import unquote, urlsplit

from mir_models.errors import MirlitonError
from storage.downloads.archives import is_archive, merge, unpack
from storage.downloads.http import MB, fetch, length, version_file
from storage.objects.objects import open_objects
from storage.progress import tell

FOLDER = ".downloads"
GB = 10**9
CHECKSUM = re.compile(r"sha256:[0-9a-f]{64}|sha1:[0-9a-f]{40}|md5:[0-9a-f]{32}")


@dataclass(frozen=True)
class Remote:
    """A file of a corpus as its owners publish it.

    Attributes
    ----------
    url : str
        ``http`` or ``https``; its last part is the file's name and tells whether it is an archive.
    checksum : str
        ``sha256:…``, ``sha1:…`` or ``md5:…`` in lower case, as the owners publish it.
    size : int > 0
        Bytes of the file; where the owners round it, the server's own word counts.
    unpacked : int >= 0
        Bytes after unpacking; 0 for no archive, or when unknown (then taken to be as large as the archive).
    folder : str
        Below the root, with ``/``: where it is unpacked or put.
    """

    url: str
    checksum: str
    size: int
    unpacked: int = 0
    folder: str = ""

    @property
    def name(self) -> str:
        """Name of the file."""
        return unquote(urlsplit(self.url).path).rsplit("/", 1)[-1]

    @property
    def room(self) -> int:
        """Bytes on disk beside the file itself when it is unpacked."""
        return (self.unpacked or self.size) if is_archive(self.name) else 0


def remotes(loader: ModuleType, options: Any) -> tuple[Remote, ...]:
    """The files of a loader's corpus under its options; empty where the corpus is the user's own."""
    select = getattr(loader, "downloads", None)
    return select(options) if select else getattr(loader, "DOWNLOADS", ())


def check(remote: Remote) -> None:
    """Refuse a file that could not be fetched safely, or not be told from another."""
    url, path = urlsplit(remote.url), PurePosixPath(remote.folder)
    wrong = {
        "a url that begins with http:// or https:// and ends with a file name": not (
            url.scheme in ("http", "https") and url.netloc and re.fullmatch(r"\w[^/\\\0]*", remote.name)
        ),
        "a checksum sha256:…, sha1:… or md5:… in lower case": not CHECKSUM.fullmatch(remote.checksum),
        "a size in bytes, and unpacked >= 0": remote.size <= 0 or remote.unpacked < 0,
        "a folder below the root": path.is_absolute() or ".." in path.parts or path.parts[:1] == (FOLDER,),
    }
    for expected, is_so in wrong.items():
        if is_so:
            raise MirlitonError(expected, received=remote, remedy="correct DOWNLOADS of the loader")


def missing(files: Sequence[Remote], root: Path) -> list[Remote]:
    """The files that are not in place."""
    objects = open_objects(str(root / FOLDER))
    return [remote for remote in files if objects.read(f"{remote.name}.done") != remote.checksum.encode()]


def needed(files: Sequence[Remote], root: Path) -> int:
    """Bytes of free disk to fetch and unpack files one after the other; an archive goes when it is unpacked."""
    peak = kept = 0
    for remote in files:
        have = min(length(_part(remote, root)), remote.size)
        peak = max(peak, kept + remote.size - have + remote.room)
        kept += (remote.room or remote.size) - have
    return peak


def download(
    files: Sequence[Remote], root: Path, *, homepage: str, sleep: Callable[[float], object] = time.sleep
) -> None:
    """Fetch and unpack what is missing below a root.

    Parameters
    ----------
    files : sequence of Remote
        Of one corpus; their names differ.
    root : Path
        The folder of the corpus; made when missing.
    homepage : str
        Of the corpus, for the remedy of an error.
    sleep : callable of float
        Waits between attempts, in seconds.

    Raises
    ------
    MirlitonError
        When a file is declared wrongly, the disk is too small, another download goes on below `root`, a server
        refuses, a checksum differs, or an archive is unsafe.
    """
    for remote in files:
        check(remote)
    if len({remote.name for remote in files}) < len(files):
        names = ", ".join(remote.name for remote in files)
        raise MirlitonError("files of different names", received=names, remedy="correct DOWNLOADS of the loader")
    with _alone(root):
        _room(missing(files, root), root)
        for remote in missing(files, root):
            _obtain(remote, root, homepage, sleep)
        for remote in files:
            _clear(remote, root)


@contextmanager
def _alone(root: Path) -> Iterator[None]:
    """Hold off a second download below the same root."""
    (root / FOLDER).mkdir(parents=True, exist_ok=True)
    with (root / FOLDER / "lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            remedy = "wait for it, or stop it: what it has fetched is kept"
            raise MirlitonError(f"no other download into {root}", received="one", remedy=remedy) from error
        yield


def _room(files: Sequence[Remote], root: Path) -> None:
    for remote in files:
        shutil.rmtree(_draft(remote, root), ignore_errors=True)
    need, free = needed(files, root), shutil.disk_usage(root).free
    if need > free:
        remedy = "free some, or choose another --root"
        raise MirlitonError(
            f"{need / GB:.2f} GB free below {root}", received=f"{free / GB:.2f} GB available", remedy=remedy
        )


def _obtain(remote: Remote, root: Path, homepage: str, sleep: Callable[[float], object]) -> None:
    """Fetch, verify, unpack, put in place, and only then say so."""
    part = _part(remote, root)
    fetch(remote.url, part, size=remote.size, homepage=homepage, sleep=sleep)
    _verify(remote, part, homepage)
    if is_archive(remote.name):
        _unpack(remote, root)
    else:
        merge(part, root / remote.folder / remote.name)
    os.sync()
    open_objects(str(root / FOLDER)).write(f"{remote.name}.done", remote.checksum.encode())
    _clear(remote, root)


def _unpack(remote: Remote, root: Path) -> None:
    draft = _draft(remote, root)
    draft.mkdir()
    try:
        unpack(_part(remote, root), draft, name=remote.name, unpacked=remote.unpacked, reserved=FOLDER)
        merge(draft, root / remote.folder)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _verify(remote: Remote, part: Path, homepage: str) -> None:
    """Compare the checksum; a part that differs is deleted, since nothing can be built on it."""
    import pooch

    algorithm = remote.checksum.partition(":")[0]
    tell(f"fetching {remote.name}", -(-remote.size // MB), -(-remote.size // MB), f"MB; comparing the {algorithm}")
    received, n_bytes = f"{algorithm}:{pooch.file_hash(part, algorithm)}", length(part)
    if received != remote.checksum:
        part.unlink()
        remedy = (
            f"run the command again, it fetches the file anew; if that fails as well, see {homepage} for a new version"
        )
        raise MirlitonError(
            f"{remote.checksum} of {remote.name}", received=f"{received} of {n_bytes} bytes", remedy=remedy
        )


def _clear(remote: Remote, root: Path) -> None:
    """Remove what a file in place leaves over."""
    part = _part(remote, root)
    for each in (part, version_file(part)):
        each.unlink(missing_ok=True)


def _part(remote: Remote, root: Path) -> Path:
    return root / FOLDER / f"{remote.name}.part"


def _draft(remote: Remote, root: Path) -> Path:
    return root / FOLDER / f"{remote.name}.unpacking"
