"""Objects in a folder or behind a URL, written whole or not at all.

A *tree* is several objects that belong together. In a folder it is written beside its place, flushed to the disk and
renamed, which is atomic. Behind a URL there is no renaming: the object that makes the tree visible, its ``zarr.json``
or whichever key is named last, is written last.
"""

from __future__ import annotations

import os
import shutil
import socket
import uuid
from pathlib import Path
from typing import Any, Protocol

INCOMPLETE = ".incomplete"


class Objects(Protocol):
    """What every place for objects can do; keys are relative paths with ``/``."""

    address: str

    def read(self, key: str) -> bytes | None:
        """The object's bytes, or None where there is none."""

    def write(self, key: str, content: bytes) -> None:
        """Write one object, replacing it atomically."""

    def write_tree(self, prefix: str, contents: dict[str, bytes]) -> None:
        """Write objects below `prefix`, the last of them last; replaces what was there."""

    def names(self, prefix: str) -> list[str]:
        """Names directly below `prefix`, sorted."""

    def delete(self, prefix: str) -> None:
        """Delete everything below `prefix`, and the object itself."""

    def zarr_store(self, prefix: str) -> Any:
        """A zarr store to read below `prefix`."""

    def sweep(self) -> None:
        """Remove what killed writers left behind."""


def open_objects(address: str) -> Objects:
    """The objects at a folder or a URL."""
    return RemoteObjects(address) if "://" in address else FolderObjects(address)


class FolderObjects:
    """Objects as files of a local folder."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.root = Path(address)

    def read(self, key: str) -> bytes | None:
        """See `Objects.read`."""
        try:
            return (self.root / key).read_bytes()
        except FileNotFoundError:
            return None

    def write(self, key: str, content: bytes) -> None:
        """See `Objects.write`."""
        path, draft = self.root / key, self._draft()
        _write_durably(draft, content)
        path.parent.mkdir(parents=True, exist_ok=True)
        os.replace(draft, path)
        _flush_folder(path.parent)

    def write_tree(self, prefix: str, contents: dict[str, bytes]) -> None:
        """See `Objects.write_tree`."""
        path, draft = self.root / prefix, self._draft()
        for key, content in contents.items():
            _write_durably(draft / key, content)
        for folder in sorted((each for each in draft.rglob("*") if each.is_dir()), reverse=True):
            _flush_folder(folder)
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            os.rename(draft, path)
        except OSError:  # A folder of that name is there: put it aside, then take its place.
            aside = self._draft()
            os.rename(path, aside)
            os.rename(draft, path)
            shutil.rmtree(aside)
        _flush_folder(path.parent)

    def names(self, prefix: str) -> list[str]:
        """See `Objects.names`."""
        try:
            return sorted(os.listdir(self.root / prefix))
        except FileNotFoundError:
            return []

    def delete(self, prefix: str) -> None:
        """See `Objects.delete`."""
        path = self.root / prefix
        if path.is_dir():
            aside = self._draft()
            os.rename(path, aside)
            shutil.rmtree(aside)
        else:
            path.unlink(missing_ok=True)

    def zarr_store(self, prefix: str) -> Any:
        """See `Objects.zarr_store`."""
        from zarr.storage import LocalStore

        return LocalStore(self.root / prefix, read_only=True)

    def sweep(self) -> None:
        """Remove the drafts of writers on this machine that are no longer alive."""
        for draft in (self.root / INCOMPLETE).glob(f"{socket.gethostname()}-*"):
            if not _is_alive(int(draft.name.rsplit("-", 2)[1])):
                shutil.rmtree(draft) if draft.is_dir() else draft.unlink(missing_ok=True)

    def _draft(self) -> Path:
        folder = self.root / INCOMPLETE
        folder.mkdir(parents=True, exist_ok=True)
        return folder / f"{socket.gethostname()}-{os.getpid()}-{uuid.uuid4().hex}"


class RemoteObjects:
    """Objects behind a URL, through fsspec."""

    def __init__(self, address: str) -> None:
        import fsspec

        self.address = address.rstrip("/")
        self.files, self.root = fsspec.core.url_to_fs(self.address)

    def read(self, key: str) -> bytes | None:
        """See `Objects.read`."""
        try:
            return self.files.cat_file(f"{self.root}/{key}")
        except FileNotFoundError:
            return None

    def write(self, key: str, content: bytes) -> None:
        """See `Objects.write`."""
        self.files.pipe_file(f"{self.root}/{key}", content)

    def write_tree(self, prefix: str, contents: dict[str, bytes]) -> None:
        """See `Objects.write_tree`."""
        self.delete(prefix)
        for key, content in contents.items():
            self.write(f"{prefix}/{key}", content)

    def names(self, prefix: str) -> list[str]:
        """See `Objects.names`."""
        try:
            listed = self.files.ls(f"{self.root}/{prefix}", detail=False, refresh=True)
        except FileNotFoundError:
            return []
        return sorted(path.rstrip("/").rsplit("/", 1)[-1] for path in listed)

    def delete(self, prefix: str) -> None:
        """See `Objects.delete`: what makes a tree visible goes first."""
        path = f"{self.root}/{prefix}"
        if self.files.exists(f"{path}/zarr.json"):
            self.files.rm_file(f"{path}/zarr.json")
        if self.files.exists(path):
            self.files.rm(path, recursive=True)

    def zarr_store(self, prefix: str) -> Any:
        """See `Objects.zarr_store`."""
        from zarr.storage import FsspecStore

        return FsspecStore.from_url(f"{self.address}/{prefix}", read_only=True)

    def sweep(self) -> None:
        """Nothing lies about: a tree without its last object is not seen, and is written again."""


def _write_durably(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _flush_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
