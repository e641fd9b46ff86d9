"""Objects: bytes by key in a folder or behind a URL (fsspec), written atomically.

A *tree* is several objects that belong together, such as a zarr group. In a folder it is written as a draft, flushed to
the disk and renamed, which is atomic. Behind a URL there is no renaming: the object that makes the tree visible, its
``zarr.json`` or whichever key is last, is written last.
"""

from __future__ import annotations

import errno
import os
import shutil
import socket
import uuid
from contextlib import suppress
from pathlib import Path
from typing import Any, Protocol

from storage.objects.atomic import flush_folder, write_durable

INCOMPLETE = ".incomplete"
VISIBLE = "zarr.json"
"""The object that makes a tree of arrays visible."""


class Objects(Protocol):
    """A store of objects; keys are relative paths with ``/``."""

    address: str

    def read(self, key: str) -> bytes | None:
        """The object's bytes, or None where there is none."""

    def write(self, key: str, content: bytes) -> None:
        """Write one object, replacing it atomically."""

    def write_tree(self, prefix: str, contents: dict[str, bytes]) -> None:
        """Write objects below `prefix`, the last of them last; replaces what was there."""

    def names(self, prefix: str) -> list[str]:
        """Names directly below `prefix`, sorted."""

    def trees(self, prefix: str) -> list[str]:
        """Names of the complete trees of arrays directly below `prefix`, sorted."""

    def delete(self, prefix: str) -> None:
        """Delete everything below `prefix`, and the object itself."""

    def zarr_store(self, prefix: str) -> Any:
        """A zarr store to read below `prefix`."""

    def sweep(self) -> None:
        """Remove the drafts of killed writers."""


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
        write_durable(draft, content)
        path.parent.mkdir(parents=True, exist_ok=True)
        os.replace(draft, path)
        flush_folder(path.parent)

    def write_tree(self, prefix: str, contents: dict[str, bytes]) -> None:
        """See `Objects.write_tree`."""
        path, draft = self.root / prefix, self._draft()
        for key, content in contents.items():
            write_durable(draft / key, content)
        for folder in [*sorted((each for each in draft.rglob("*") if each.is_dir()), reverse=True), draft]:
            flush_folder(folder)
        path.parent.mkdir(parents=True, exist_ok=True)
        self._move_into_place(draft, path)
        flush_folder(path.parent)

    def names(self, prefix: str) -> list[str]:
        """See `Objects.names`."""
        try:
            return sorted(os.listdir(self.root / prefix))
        except FileNotFoundError:
            return []

    def trees(self, prefix: str) -> list[str]:
        """See `Objects.trees`."""
        folder = str(self.root / prefix)  # Text, not paths: ten thousand tracks are looked at many times in a run.
        return [name for name in self.names(prefix) if os.path.isfile(f"{folder}/{name}/{VISIBLE}")]

    def delete(self, prefix: str) -> None:
        """See `Objects.delete`."""
        _remove(self._move_aside(self.root / prefix))

    def zarr_store(self, prefix: str) -> Any:
        """See `Objects.zarr_store`."""
        from zarr.storage import LocalStore

        return LocalStore(self.root / prefix, read_only=True)

    def sweep(self) -> None:
        """Remove the drafts of writers on this machine that are no longer alive."""
        for draft in (self.root / INCOMPLETE).glob("*-*-*"):
            machine, pid, _ = draft.name.rsplit("-", 2)
            if machine == socket.gethostname() and not _is_alive(int(pid)):
                _remove(draft)

    def _move_into_place(self, draft: Path, path: Path) -> None:
        """Rename a draft to its path, moving aside a folder that exists; another run may be doing the same."""
        asides = []
        while True:
            try:
                os.rename(draft, path)
                break
            except OSError as error:
                if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
                    raise
                asides.append(self._move_aside(path))
        for aside in asides:
            _remove(aside)

    def _move_aside(self, path: Path) -> Path:
        """Move `path` to a draft, atomically; no error where another run did so before."""
        aside = self._draft()
        with suppress(FileNotFoundError):
            os.rename(path, aside)
        return aside

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

    def trees(self, prefix: str) -> list[str]:
        """See `Objects.trees`: a killed writer leaves a tree without its last object."""
        names = self.names(prefix)
        if not names:
            return []
        found = self.files.cat([f"{self.root}/{prefix}/{name}/{VISIBLE}" for name in names], on_error="omit")
        return sorted(path.rsplit("/", 2)[-2] for path in found)

    def delete(self, prefix: str) -> None:
        """See `Objects.delete`: the object that makes a tree visible is deleted first."""
        path = f"{self.root}/{prefix}"
        if self.files.exists(f"{path}/{VISIBLE}"):
            self.files.rm_file(f"{path}/{VISIBLE}")
        if self.files.exists(path):
            self.files.rm(path, recursive=True)

    def zarr_store(self, prefix: str) -> Any:
        """See `Objects.zarr_store`."""
        from zarr.storage import FsspecStore

        return FsspecStore.from_url(f"{self.address}/{prefix}", read_only=True)

    def sweep(self) -> None:
        """Nothing to remove: a tree without its last object is not listed, and is written again."""


def _remove(path: Path) -> None:
    shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
