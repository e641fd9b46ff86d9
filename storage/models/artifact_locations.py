"""Where MLflow keeps the files of its runs, and what becomes of that in a home that was copied or moved.

MLflow writes the absolute address of every run's files into its database. In a copy of a home these are the files of
the original, so that a training in the copy would write there.
"""

from __future__ import annotations

import sqlite3
import tempfile
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from mir_models.errors import MirlitonError
from storage import home as locations
from storage.objects.bucket_objects import INCOMPLETE
from storage.objects.locks import draft_name
from storage.servers.tracking_server import is_remote

FOLDER = "mlflow/artifacts"
"""Below ``MIRLITON_HOME``, and ``mlflow`` below a store in a bucket."""
DATABASE = "mlflow/mlflow.db"
BUCKETS = ("s3://", "gs://")
"""Stores in which MLflow can keep files as well."""


@dataclass(frozen=True)
class Relocation:
    """A home whose MLflow runs pointed to the files of another home.

    Attributes
    ----------
    former : Path
        The home in which the runs were made.
    is_copy : bool
        Whether that home is still there.
    """

    former: Path
    is_copy: bool


def artifact_root(home: Path, uri: str) -> str | None:
    """Where new experiments keep the files of their runs; None: a tracking server decides.

    Parameters
    ----------
    home : Path
        ``MIRLITON_HOME``.
    uri : str
        The tracking URI. Behind a database that other machines use as well, files lie in the store, where that is a
        bucket; MLflow itself would take the working directory.
    """
    if is_remote(uri):
        return None
    store = locations.store_address()
    if not uri.startswith("sqlite") and store.startswith(BUCKETS):
        return f"{store.rstrip('/')}/mlflow"
    return (home / FOLDER).as_uri()


def former_home(home: Path) -> Path | None:
    """The home in which the runs of a home's own database keep their files, where it is another one."""
    path = home / DATABASE
    if not path.exists():
        return None
    with closing(sqlite3.connect(path.as_uri() + "?mode=ro", uri=True)) as database:
        roots = _former_roots(database, (home / FOLDER).as_uri())
    return _home_of(roots[-1]) if roots else None


def relocate(home: Path) -> Relocation | None:
    """Let the runs in a home's own database point to the files of this home, where they point to another one's.

    Returns
    -------
    Relocation or None
        None where there was nothing to do.
    """
    path = home / DATABASE
    if not path.exists():
        return None
    ours, former = (home / FOLDER).as_uri(), ""
    with closing(sqlite3.connect(path, timeout=30)) as database, database:
        for former in _former_roots(database, ours):
            for table, column in _text_columns(database):
                _replace(database, table, column, former, ours)
    if not former:
        return None
    return Relocation(_home_of(former), _home_of(former).exists())


def write_and_delete(root: str) -> str:
    """Write a file where MLflow keeps those of runs, by MLflow's own client, and delete it; returns what was done.

    Raises
    ------
    MirlitonError
        When the client is not installed, or the place does not answer or lets nobody in.
    """
    from mlflow.store.artifact.artifact_repository_registry import get_artifact_repository

    name = draft_name()
    try:
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / name).write_bytes(b"")
            place = get_artifact_repository(f"{root}/{INCOMPLETE}")
            place.log_artifact(str(Path(folder) / name))
            place.delete_artifacts(name)
    except Exception as error:  # Of each of MLflow's clients another one.
        received, remedy = f"{type(error).__name__}: {str(error).splitlines()[0]}", "see docs/team.md, section Files"
        raise MirlitonError(f"a place that MLflow can write, {root}", received=received, remedy=remedy) from error
    return "can be written"


def _home_of(root: str) -> Path:
    """The home whose runs keep their files in a folder."""
    return Path(unquote(urlsplit(root).path)).parents[1]


def _former_roots(database: sqlite3.Connection, ours: str) -> list[str]:
    """The folders of other homes in which the runs of a database keep their files; that of the latest comes last."""
    try:
        rows = database.execute("SELECT artifact_location FROM experiments ORDER BY creation_time").fetchall()
    except sqlite3.OperationalError:  # A server that was never asked has made no tables yet.
        return []
    parts = (str(location).partition(f"/{FOLDER}") for (location,) in rows)
    roots = [before + found for before, found, _ in parts if found and before.startswith("file:")]
    return list(dict.fromkeys(root for root in roots if root != ours))


def _replace(database: sqlite3.Connection, table: str, column: str, former: str, ours: str) -> None:
    """Let addresses below a folder be below another one."""
    below, rest = f"substr({column}, 1, {len(former)}) = ?", f"substr({column}, {len(former) + 1})"
    is_whole = f"substr({column}, {len(former) + 1}, 1) IN ('', '/')"
    database.execute(f"UPDATE {table} SET {column} = ? || {rest} WHERE {below} AND {is_whole}", (ours, former))


def _text_columns(database: sqlite3.Connection) -> list[tuple[str, str]]:
    """Table and name of every column that can hold an address, quoted."""
    tables = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    columns = [(table, row) for table in tables for row in database.execute(f'PRAGMA table_info("{table}")')]
    texts = [(table, row[1]) for table, row in columns if row[2].upper().startswith(("VARCHAR", "TEXT"))]
    return [(f'"{table}"', f'"{name}"') for table, name in texts]
