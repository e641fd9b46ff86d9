"""Output files, where the user wants them: a file that mirliton did not write is replaced only on request.

A folder with output files has a hidden list of them, `LIST`: the SHA-256 and the name of every file that was written, a
line each, as ``sha256sum`` prints them. A file is mirliton's own while its content is one that is listed under its
name. So the user's files are protected, and so is an output file that was corrected by hand. A mark inside the files
would not show that: CSV has no place for one, and an edited file keeps it.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mir_models.errors import MirlitonError
from storage.corpora.files import nfc_name
from storage.fingerprints import content_hash
from storage.objects.atomic import check_replaceable, draft_beside, rename_new

LIST = ".mirliton.sha256"
"""Name of the list of a folder."""
REMEDY = "choose another folder with -o, or replace it with --overwrite"


def check_output(path: Path, *, overwrite: bool = False) -> bool:
    """Check that a file may be written; returns whether one is there to be replaced.

    Parameters
    ----------
    path : Path
    overwrite : bool
        Let any file be replaced. A link is replaced itself; what it leads to stays as it is.

    Raises
    ------
    MirlitonError
        Where a file is there that mirliton did not write, or that was changed since; where a folder, a device or a pipe
        has the name; where the name is too long, or the folder cannot be written.
    """
    try:
        mode = os.lstat(path).st_mode
    except FileNotFoundError:
        check_folder(path.parent)
        return False
    except OSError as error:
        raise _unwritable(path, error) from error
    if stat.S_ISDIR(mode):
        remedy = "rename or move the folder, or choose another one with -o"
        raise MirlitonError(f"a file {nfc_name(str(path))}", received="a folder of that name", remedy=remedy)
    check_replaceable(path)
    if not overwrite and not (stat.S_ISREG(mode) and _is_listed(path)):
        raise _occupied(path)
    check_folder(path.parent)
    return True


def check_folder(folder: Path) -> None:
    """Check that there is a folder in which files can be made, or that it can be made.

    Raises
    ------
    MirlitonError
        Where it, or what it should lie in, is no folder or cannot be written.
    """
    found = next(each for each in (folder, *folder.parents) if os.path.lexists(each))
    if not found.is_dir():
        raise _no_folder(folder, f"{nfc_name(str(found))}, which is no folder")
    _list_content(folder)
    if not os.access(found, os.W_OK | os.X_OK, effective_ids=os.access in os.supports_effective_ids):
        raise _no_folder(folder, f"{nfc_name(str(found))}, which cannot be written")


@contextmanager
def draft_of_output(path: Path, *, overwrite: bool = False) -> Iterator[Path]:
    """A draft of an output file, as `draft_of`: it is listed, and then gets its place.

    A file that appears meanwhile where there was none is never replaced. A file of mirliton's own is compared with the
    list once more just before it is replaced.

    Raises
    ------
    MirlitonError
        As `check_output`, before the block and after it.
    """
    check_output(path, overwrite=overwrite)
    with draft_beside(path) as draft:
        yield draft
        _append(path, content_hash(draft))
        if check_output(path, overwrite=overwrite):
            os.replace(draft, path)
            return
        try:
            rename_new(draft, path)
        except FileExistsError as error:
            raise _occupied(path) from error


def write_output(path: Path, content: bytes, *, overwrite: bool = False) -> None:
    """Write an output file; parameters and errors as of `check_output`."""
    with draft_of_output(path, overwrite=overwrite) as draft:
        draft.write_bytes(content)


def _is_listed(path: Path) -> bool:
    """Whether a file has a content that mirliton wrote under its name."""
    return _line(path, content_hash(path)) in _list_content(path.parent).splitlines()


def _append(path: Path, digest: str) -> None:
    """Add a file to the list, before it gets its place: one that is interrupted there is known all the same."""
    content = _list_content(path.parent)
    if (line := _line(path, digest)) not in content.splitlines():
        with open(path.parent / LIST, "ab") as file:
            file.write(b"\n" * (content[-1:] not in (b"", b"\n")) + line + b"\n")


def _list_content(folder: Path) -> bytes:
    """The list of a folder; raises MirlitonError where something else has its name."""
    path = folder / LIST
    try:
        if stat.S_ISREG(os.lstat(path).st_mode):
            return path.read_bytes()
    except FileNotFoundError:
        return b""
    received, remedy = (
        f"another thing of that name: {nfc_name(str(path))}",
        "remove it, or choose another folder with -o",
    )
    raise MirlitonError("a list of mirliton's output files, or none", received=received, remedy=remedy)


def _line(path: Path, digest: str) -> bytes:
    r"""A line of the list; as in those of ``sha256sum``, one that begins with ``\`` has escapes in its name."""
    name = os.fsencode(path.name)
    escaped = name.replace(b"\\", rb"\\").replace(b"\n", rb"\n").replace(b"\r", rb"\r")
    return b"\\" * (escaped != name) + digest.encode() + b"  " + escaped


def _occupied(path: Path) -> MirlitonError:
    received = f"{nfc_name(str(path))}, which mirliton did not write or which was changed since"
    return MirlitonError("a file of mirliton's own, or none", received=received, remedy=REMEDY)


def _unwritable(path: Path, error: OSError) -> MirlitonError:
    if error.errno == errno.ENAMETOOLONG:
        received = f"{len(os.fsencode(path.name))} bytes in {nfc_name(path.name)}"
        return MirlitonError("a file name that the disk takes", received=received, remedy="rename the recording")
    return _no_folder(path.parent, error)


def _no_folder(folder: Path, received: object) -> MirlitonError:
    expected = f"a folder {nfc_name(str(folder))} for the files"
    return MirlitonError(expected, received=received, remedy="choose another one with -o")
