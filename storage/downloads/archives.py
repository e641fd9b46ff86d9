"""Safe unpacking of ZIP and TAR archives: regular files and folders below one folder, and nothing else.

The members are read one by one and written as new files. Neither ``extractall`` nor tarfile's filter ``data`` is
used: the filter exists from Python 3.11.4, allows and rewrites links, and has been bypassed with them (CVE-2025-4517).
"""

from __future__ import annotations

import errno
import filecmp
import gzip
import hashlib
import lzma
import math
import os
import shutil
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any

from mir_models.errors import MirlitonError
from storage.progress import report

ZIP_SUFFIXES = (".zip",)
TAR_SUFFIXES = (".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz")
BOMB = 1.5
"""Times the declared size above which an archive is taken for a bomb."""
CHUNK = 2**20
LONGEST_NAME = 240
"""Bytes of a file name to which something can be added: most file systems take 255."""
MB = 10**6
UNREADABLE = (
    zipfile.BadZipFile, tarfile.TarError, gzip.BadGzipFile, zlib.error, lzma.LZMAError, EOFError, NotImplementedError,
)  # fmt: skip


@dataclass(frozen=True)
class Member:
    """One entry of an archive.

    Attributes
    ----------
    name : str
        Its path as written in the archive.
    kind : {"file", "folder"} or str
        What it is; for anything but a file and a folder, a description for the error.
    open : callable
        Opens its bytes.
    """

    name: str
    kind: str
    open: Callable[[], Any]


def is_archive(name: str) -> bool:
    """Whether a file of this name is unpacked."""
    return name.lower().endswith(ZIP_SUFFIXES + TAR_SUFFIXES)


def unpack(archive: Path, folder: Path, *, name: str, unpacked: int, reserved: str) -> None:
    """Unpack an archive into an empty folder.

    Parameters
    ----------
    archive : Path
        The archive as downloaded.
    folder : Path
        Where the members are written; after an error the caller removes what is in it.
    name : str
        Name of the archive; its extension gives the format.
    unpacked : int
        Bytes of all members as declared, 0 when unknown; `BOMB` times as many are a bomb.
    reserved : str
        Name at the top that no member may have.

    Raises
    ------
    MirlitonError
        When a member would leave the folder, is a link, a device, encrypted or reserved, when the members are too
        large, or when the archive cannot be read. Nothing is ever written outside of the folder.
    """
    written, limit = 0, BOMB * unpacked or math.inf
    try:
        for member in _members(archive, name):
            if reason := _reason(member, reserved):
                raise _unsafe(name, f"{member.name!r}, {reason}")
            for n_bytes in _write(member, folder / member.name):
                written += n_bytes
                if written > limit:
                    raise _unsafe(name, f"{member.name!r}, with which they are more than {limit:.0f} bytes")
                report(f"unpacking {name}", written // MB, max(unpacked, written) // MB, "MB")
    except UNREADABLE as error:
        remedy = f"look at {archive}, and unpack it by other means if you trust it"
        received = " ".join(str(error).split()) or type(error).__name__
        raise MirlitonError(f"an archive {name} that can be read", received=received, remedy=remedy) from error


def merge(source: Path, target: Path) -> None:
    """Move a folder into another: parts that the target lacks by one rename, the rest file by file.

    Where a folder of the target is a link to another disk, files are copied to a hidden name there first and then
    renamed, so that none is ever incomplete.
    """
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        _move(source, target)
    elif source.is_dir() and target.is_dir():
        for each in sorted(source.iterdir()):
            merge(each, target / each.name)
    else:
        _move(source, target)


def different_files(source: Path, target: Path) -> Iterator[Path]:
    """What `merge` would replace by something else: files of the target with other contents, or of another kind."""
    if not os.path.lexists(target):
        return
    if source.is_dir() and target.is_dir():
        for each in sorted(source.iterdir()):
            yield from different_files(each, target / each.name)
    elif not (source.is_file() and target.is_file() and filecmp.cmp(source, target, shallow=False)):
        yield target


def _move(source: Path, target: Path) -> None:
    try:
        source.replace(target)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        _move_to_another_disk(source, target)


def _move_to_another_disk(source: Path, target: Path) -> None:
    name = os.fsencode(target.name)
    stem = target.name if len(name) < LONGEST_NAME else hashlib.sha256(name).hexdigest()
    draft = target.with_name(f".{stem}.part")
    _remove(draft)  # Of a process that was killed.
    try:
        _copy(source, draft)
        draft.replace(target)
    finally:
        _remove(draft)
    _remove(source)


def _copy(source: Path, target: Path) -> None:
    """Copy contents alone: not every disk keeps modes and times."""
    if source.is_dir():
        target.mkdir()
        for each in source.iterdir():
            _copy(each, target / each.name)
    else:
        shutil.copyfile(source, target)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _members(archive: Path, name: str) -> Iterator[Member]:
    return _zip_members(archive) if name.lower().endswith(ZIP_SUFFIXES) else _tar_members(archive)


def _zip_members(archive: Path) -> Iterator[Member]:
    with zipfile.ZipFile(archive) as zip_file:
        for each in zip_file.infolist():
            yield Member(each.orig_filename, _zip_kind(each), partial(zip_file.open, each))


def _zip_kind(entry: zipfile.ZipInfo) -> str:
    mode = stat.S_IFMT(entry.external_attr >> 16)
    if entry.flag_bits & 1:
        return "an encrypted file"
    if mode == stat.S_IFLNK:
        return "a link"
    if mode not in (0, stat.S_IFREG, stat.S_IFDIR):
        return "a device"
    return "folder" if entry.is_dir() or mode == stat.S_IFDIR else "file"


def _tar_members(archive: Path) -> Iterator[Member]:
    with tarfile.open(archive) as tar_file:
        for each in tar_file:
            yield Member(each.name, _tar_kind(each), partial(tar_file.extractfile, each))


def _tar_kind(entry: tarfile.TarInfo) -> str:
    if entry.issym() or entry.islnk():
        return f"a link to {entry.linkname!r}"
    return "folder" if entry.isdir() else "file" if entry.isreg() else "a device"


def _reason(member: Member, reserved: str) -> str | None:
    """Why a member is unsafe, or None."""
    path = PurePosixPath(member.name)
    if member.kind not in ("file", "folder"):
        return f"which is {member.kind}"
    if path.is_absolute() or ".." in path.parts or "\\" in member.name or "\0" in member.name:
        return "which leads out of the folder"
    if path.parts and path.parts[0].lower() == reserved:
        return "which is reserved"
    return None if path.parts or member.kind == "folder" else "a file without a name"


def _write(member: Member, path: Path) -> Iterator[int]:
    """Write one member; yields the bytes of each chunk written."""
    if member.kind == "folder":
        path.mkdir(parents=True, exist_ok=True)
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    with member.open() as packed, path.open("wb") as file:
        while chunk := packed.read(CHUNK):
            file.write(chunk)
            yield len(chunk)


def _unsafe(name: str, received: str) -> MirlitonError:
    remedy = "write to the owners of the corpus, and do not unpack this archive by other means before they reply"
    return MirlitonError(f"regular files below one folder in {name}", received=received, remedy=remedy)
