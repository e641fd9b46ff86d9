"""Pages that a browser opens: those of a folder as they are, copies of those behind a URL."""

from __future__ import annotations

import posixpath
import shutil
from collections.abc import Iterable
from pathlib import Path

from storage.fingerprints import slug
from storage.objects.atomic import write_atomic
from storage.objects.objects import FolderObjects, Objects
from storage.reports.report_folder import PAGE

FOLDER = "pages"
"""Folder of the copies in ``MIRLITON_HOME``."""


def local_report(objects: Objects, prefix: str, home: Path, links: Iterable[str] = ()) -> Path:
    """Path of the page of the report below `prefix`, with all that lies beside it.

    Parameters
    ----------
    objects : Objects
    prefix : str
    home : Path
        ``MIRLITON_HOME``: a report behind a URL is copied there.
    links : iterable of str
        What the page leads to; of these, other pages of the store (``../…``) are copied as well.
    """
    for link in links:
        if link.startswith("../"):
            local_page(objects, posixpath.normpath(f"{prefix}/{link}"), home)
    return local_page(objects, prefix, home) / PAGE


def local_page(objects: Objects, key: str, home: Path) -> Path:
    """Path of an object of the store, or of a folder of them; behind a URL, that of a fresh copy below `home`."""
    if isinstance(objects, FolderObjects):
        return objects.root / key
    root = home / FOLDER / slug(objects.address)
    shutil.rmtree(root / key, ignore_errors=True)
    _copy(objects, key, root)
    return root / key


def _copy(objects: Objects, key: str, root: Path) -> None:
    content = objects.read(key)
    if content is not None:
        write_atomic(root / key, content)
        return
    for name in objects.names(key):
        _copy(objects, f"{key}/{name}", root)
