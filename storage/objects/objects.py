"""Objects: bytes by key in a folder or behind a URL, written atomically.

A URL of a bucket is opened by `storage.objects.bucket_objects`, any other one by fsspec.

A *tree* is several objects that belong together, such as a zarr group. In a folder it is written as a draft, flushed to
the disk and renamed, which is atomic. Behind a URL there is no renaming: the object that makes the tree visible, its
``zarr.json`` or whichever key is last, is written last.
"""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from stat import S_ISREG
from typing import Any, Protocol
from urllib.request import url2pathname

from mir_models.errors import MirlitonError
from storage.objects.atomic import flush, flush_all, write_durable, write_files
from storage.objects.bucket import SCHEMES
from storage.objects.bucket_objects import INCOMPLETE, BucketObjects
from storage.objects.locks import draft_name, is_left_behind
from storage.objects.ranges import Range
from storage.objects.trees import VISIBLE, replace_tree


class Objects(Protocol):
    """A store of objects; keys are relative paths with ``/``."""

    address: str

    def read(self, key: str) -> bytes | None:
        """The object's bytes, or None where there is none."""

    def read_ranges(self, ranges: Sequence[Range]) -> Iterator[bytes | None]:
        """The bytes of each range in turn, fewer where its object ends before; None where there is no such object."""

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


@dataclass(frozen=True)
class Tree:
    """A tree to be written.

    Attributes
    ----------
    prefix : str
        Where it is to be.
    contents : mapping of str to bytes
        Objects by key below `prefix`.
    instead_of : sequence of str
        Prefixes of what is deleted before the tree is there.
    """

    prefix: str
    contents: Mapping[str, bytes]
    instead_of: Sequence[str] = ()


def write_trees(objects: Objects, trees: Iterable[Tree]) -> None:
    """Write trees, each whole or not at all; those of a folder are flushed to the disk together.

    `trees` may be a generator: each is written out before the next is asked for.
    """
    if isinstance(objects, FolderObjects):
        objects.write_trees(trees)
        return
    for tree in trees:
        for each in tree.instead_of:
            objects.delete(each)
        objects.write_tree(tree.prefix, dict(tree.contents))


def open_objects(address: str) -> Objects:
    """The objects at a folder or a URL.

    Raises
    ------
    MirlitonError
        When the libraries for such a URL are not installed, or there are none.
    """
    scheme, separator, path = address.partition("://")
    if not separator:
        return FolderObjects(address)
    if scheme == "file":
        return FolderObjects(url2pathname(path))
    return BucketObjects(address) if scheme in SCHEMES else RemoteObjects(address)


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

    def read_ranges(self, ranges: Sequence[Range]) -> Iterator[bytes | None]:
        """See `Objects.read_ranges`: a file is opened, read and closed when its range is asked for."""
        root = str(self.root)
        for key, start, stop in ranges:
            try:
                file = os.open(f"{root}/{key}", os.O_RDONLY)
            except FileNotFoundError:
                yield None
                continue
            try:
                size = os.fstat(file).st_size if start < 0 or stop is None else 0
                begin = max(0, size + start) if start < 0 else start
                yield os.pread(file, max(0, (size if stop is None else stop) - begin), begin)
            finally:
                os.close(file)

    def write(self, key: str, content: bytes) -> None:
        """See `Objects.write`."""
        path, draft = self.root / key, self._draft()
        write_durable(draft, content)
        path.parent.mkdir(parents=True, exist_ok=True)
        os.replace(draft, path)
        flush(path.parent)

    def write_tree(self, prefix: str, contents: Mapping[str, bytes]) -> None:
        """See `Objects.write_tree`."""
        self.write_trees([Tree(prefix, contents)])

    def write_trees(self, trees: Iterable[Tree]) -> None:
        """See `write_trees`: all are drafts before the first is renamed; where one cannot be made, none is."""
        drafts: list[tuple[Tree, Path]] = []
        try:
            for tree in trees:
                drafts.append((replace(tree, contents={}), self._draft()))
                write_files(drafts[-1][1], tree.contents)
            flush_all([path for _, draft in drafts for path in (draft, *draft.rglob("*"))])
        except BaseException:
            for _, draft in drafts:
                _remove(draft)
            raise
        for tree, draft in drafts:
            for each in tree.instead_of:
                self.delete(each)
            self._place(draft, self.root / tree.prefix)
        flush_all(sorted({(self.root / tree.prefix).parent for tree, _ in drafts}))

    def names(self, prefix: str) -> list[str]:
        """See `Objects.names`."""
        try:
            return sorted(os.listdir(self.root / prefix))
        except FileNotFoundError:
            return []

    def trees(self, prefix: str) -> list[str]:
        """See `Objects.trees`."""
        names = self.names(prefix)
        if not names:
            return []
        folder = os.open(self.root / prefix, os.O_RDONLY)  # Ten thousand tracks are looked at many times in a run.
        try:
            return [name for name in names if _is_file(f"{name}/{VISIBLE}", folder)]
        finally:
            os.close(folder)

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
            if is_left_behind(draft.name):
                _remove(draft)

    def _place(self, draft: Path, path: Path) -> None:
        """Rename a draft to its path, moving aside a folder that exists; another run may be doing the same."""
        path.parent.mkdir(parents=True, exist_ok=True)
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
        return folder / draft_name()


class RemoteObjects:
    """Objects behind the URL of a file system that fsspec knows, such as ``memory://``."""

    def __init__(self, address: str) -> None:
        import fsspec

        self.address = address.rstrip("/")
        try:
            self.files, self.root = fsspec.core.url_to_fs(self.address)
        except (ImportError, ValueError) as error:
            remedy = f"a folder, a bucket ({', '.join(sorted(SCHEMES))}), or install what is missing"
            raise MirlitonError("the URL of a store", received=f"{address}: {error}", remedy=remedy) from error

    def read(self, key: str) -> bytes | None:
        """See `Objects.read`."""
        try:
            return self.files.cat_file(f"{self.root}/{key}")
        except FileNotFoundError:
            return None

    def read_ranges(self, ranges: Sequence[Range]) -> Iterator[bytes | None]:
        """See `Objects.read_ranges`: all at once where the file system can."""
        paths = [f"{self.root}/{each.key}" for each in ranges]
        starts, stops = [each.start for each in ranges], [each.stop for each in ranges]
        for found in self.files.cat_ranges(paths, starts, stops, on_error="return"):
            if isinstance(found, Exception) and not isinstance(found, FileNotFoundError):
                raise found
            yield None if isinstance(found, Exception) else bytes(found)

    def write(self, key: str, content: bytes) -> None:
        """See `Objects.write`."""
        self.files.pipe_file(f"{self.root}/{key}", content)

    def write_tree(self, prefix: str, contents: dict[str, bytes]) -> None:
        """See `Objects.write_tree`."""
        folder = f"{self.root}/{prefix}/"
        there = self.files.find(folder.rstrip("/"), refresh=True)
        replace_tree(self, prefix, contents, {path.partition(folder)[2] for path in there if folder in path})

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

    def size(self, prefix: str) -> int:
        """Bytes of the objects below `prefix`."""
        return self.files.du(f"{self.root}/{prefix}") if self.names(prefix) else 0

    def zarr_store(self, prefix: str) -> Any:
        """See `Objects.zarr_store`."""
        from zarr.storage import FsspecStore

        return FsspecStore.from_url(f"{self.address}/{prefix}", read_only=True)

    def sweep(self) -> None:
        """Nothing to remove: a tree without its last object is not listed, and is written again."""


def _is_file(path: str, folder: int) -> bool:
    """Whether there is a file at a path relative to an open folder."""
    try:
        return S_ISREG(os.stat(path, dir_fd=folder).st_mode)
    except (FileNotFoundError, NotADirectoryError):
        return False


def _remove(path: Path) -> None:
    shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)
