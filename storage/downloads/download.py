"""Download of corpora from their owners: every file is verified by checksum, unpacked and moved into place atomically.

A loader names its files in ``DOWNLOADS``, or by ``downloads(options)`` where an option selects a part of the corpus.
Intermediate files are in ``<root>/.downloads``: ``<name>.part`` is resumed; ``<name>.unpacking`` becomes the corpus;
``<name>.done`` holds the checksum of what is in place, so that a second call does nothing.
"""

from __future__ import annotations

import os
import re
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlsplit

from mir_models.errors import MirlitonError
from storage.downloads.archives import different_files, is_archive, merge, unpack
from storage.downloads.http import MB, fetch, n_bytes_received, version_file
from storage.objects.locks import lock
from storage.objects.objects import open_objects
from storage.progress import report

FOLDER = ".downloads"
GB = 10**9
CHECKSUM = re.compile(r"sha256:[0-9a-f]{64}|sha1:[0-9a-f]{40}|md5:[0-9a-f]{32}")


@dataclass(frozen=True)
class Remote:
    """A file of a corpus as its owners publish it.

    Attributes
    ----------
    url : str
        ``http`` or ``https``; its last part is the file's name, whose extension shows an archive.
    checksum : str
        ``sha256:…``, ``sha1:…`` or ``md5:…`` in lower case, as the owners publish it.
    size : int > 0
        Bytes of the file, maybe rounded by the owners: the server's ``Content-Length`` takes precedence.
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
    def extra_space(self) -> int:
        """Bytes on disk that unpacking takes in addition to the file itself."""
        return (self.unpacked or self.size) if is_archive(self.name) else 0


def check_remote(remote: Remote) -> None:
    """Check the declaration of a file: URL, checksum, sizes and folder.

    Raises
    ------
    MirlitonError
        When the file could not be fetched safely, or not be identified.
    """
    url, path = urlsplit(remote.url), PurePosixPath(remote.folder)
    wrong = {
        "a url that begins with http:// or https:// and ends with a file name": not (
            url.scheme in ("http", "https") and url.netloc and re.fullmatch(r"\w[^/\\\0]*", remote.name)
        ),
        "a checksum sha256:…, sha1:… or md5:… in lower case": not CHECKSUM.fullmatch(remote.checksum),
        "a size in bytes, and unpacked >= 0": remote.size <= 0 or remote.unpacked < 0,
        "a folder below the root": path.is_absolute() or ".." in path.parts or path.parts[:1] == (FOLDER,),
    }
    for expected, is_wrong in wrong.items():
        if is_wrong:
            raise MirlitonError(expected, received=remote, remedy="correct DOWNLOADS of the loader")


def missing(files: Sequence[Remote], root: Path) -> list[Remote]:
    """The files that are not in place."""
    objects = open_objects(str(root / FOLDER))
    return [remote for remote in files if objects.read(f"{remote.name}.done") != remote.checksum.encode()]


def required_space(files: Sequence[Remote], root: Path) -> int:
    """Bytes of free disk needed to fetch and unpack files one by one; an archive is deleted once it is unpacked."""
    peak = used = 0
    for remote in files:
        received = min(n_bytes_received(_part(remote, root)), remote.size)
        peak = max(peak, used + remote.size - received + remote.extra_space)
        used += (remote.extra_space or remote.size) - received
    return peak


def download(
    files: Sequence[Remote],
    root: Path,
    *,
    homepage: str,
    overwrite: bool = False,
    sleep: Callable[[float], object] = time.sleep,
) -> None:
    """Fetch and unpack the files that are missing below a root.

    Parameters
    ----------
    files : sequence of Remote
        Of one corpus; their names differ.
    root : Path
        The folder of the corpus; made when missing.
    homepage : str
        Of the corpus, for the remedy of an error.
    overwrite : bool
        Replace files below the root that the corpus has with other contents.
    sleep : callable of float
        Waits between attempts, in seconds.

    Raises
    ------
    MirlitonError
        When a file is declared wrongly, the disk is too small, another download goes on below `root`, a server
        refuses, a checksum differs, an archive is unsafe, or a file of the user's own is in the way.
    """
    for remote in files:
        check_remote(remote)
    if len({remote.name for remote in files}) < len(files):
        names = ", ".join(remote.name for remote in files)
        raise MirlitonError("files of different names", received=names, remedy="correct DOWNLOADS of the loader")
    with _single_download(root):
        _check_space(missing(files, root), root)
        for remote in missing(files, root):
            fetch(remote.url, _part(remote, root), size=remote.size, homepage=homepage, sleep=sleep)
            _verify(remote, _part(remote, root), homepage)
            _install(remote, root, overwrite=overwrite)
        for remote in files:
            _clear(remote, root)


@contextmanager
def _single_download(root: Path) -> Iterator[None]:
    """Hold the lock of a root; raises where another download has it."""
    with lock(root / FOLDER / "lock", wait=False) as ours:
        if not ours:
            remedy = "wait for it, or stop it: what it has fetched is kept"
            raise MirlitonError(f"no other download into {root}", received="one", remedy=remedy)
        yield


def _check_space(files: Sequence[Remote], root: Path) -> None:
    for remote in files:
        shutil.rmtree(_draft(remote, root), ignore_errors=True)
    need, free = required_space(files, root), shutil.disk_usage(root).free
    if need > free:
        remedy = "free some, or choose another --root"
        raise MirlitonError(
            f"{need / GB:.2f} GB free below {root}", received=f"{free / GB:.2f} GB available", remedy=remedy
        )


def _install(remote: Remote, root: Path, *, overwrite: bool) -> None:
    """Unpack what is verified, move it into place, and only then write the marker ``.done``."""
    if is_archive(remote.name):
        _unpack(remote, root, overwrite=overwrite)
    else:
        _merge(_part(remote, root), root / remote.folder / remote.name, overwrite=overwrite)
    os.sync()
    open_objects(str(root / FOLDER)).write(f"{remote.name}.done", remote.checksum.encode())
    _clear(remote, root)


def _unpack(remote: Remote, root: Path, *, overwrite: bool) -> None:
    draft = _draft(remote, root)
    draft.mkdir()
    try:
        unpack(_part(remote, root), draft, name=remote.name, unpacked=remote.unpacked, reserved=FOLDER)
        _merge(draft, root / remote.folder, overwrite=overwrite)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _merge(source: Path, target: Path, *, overwrite: bool) -> None:
    """Move into place; without `overwrite` only if no file is there that differs from that of the corpus."""
    different = [] if overwrite else list(different_files(source, target))
    if different:
        more = f" and {len(different) - 1} more" if len(different) > 1 else ""
        remedy = "move them away, choose another --root, or replace them with --overwrite; nothing is fetched again"
        received = f"other contents in {different[0]}{more}"
        raise MirlitonError("no files of other origin among those of the corpus", received=received, remedy=remedy)
    merge(source, target)


def _verify(remote: Remote, part: Path, homepage: str) -> None:
    """Compare the checksum; a part with another one is deleted."""
    import pooch

    algorithm = remote.checksum.partition(":")[0]
    report(f"fetching {remote.name}", -(-remote.size // MB), -(-remote.size // MB), f"MB; comparing the {algorithm}")
    received, n_bytes = f"{algorithm}:{pooch.file_hash(part, algorithm)}", n_bytes_received(part)
    if received != remote.checksum:
        part.unlink()
        remedy = (
            f"run the command again to fetch the file anew; if that fails as well, see {homepage} for a new version"
        )
        raise MirlitonError(
            f"{remote.checksum} of {remote.name}", received=f"{received} of {n_bytes} bytes", remedy=remedy
        )


def _clear(remote: Remote, root: Path) -> None:
    """Delete the part and the version file of a file that is in place."""
    part = _part(remote, root)
    for each in (part, version_file(part)):
        each.unlink(missing_ok=True)


def _part(remote: Remote, root: Path) -> Path:
    return root / FOLDER / f"{remote.name}.part"


def _draft(remote: Remote, root: Path) -> Path:
    return root / FOLDER / f"{remote.name}.unpacking"
