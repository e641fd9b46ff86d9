"""SQLite databases of Dagster: flushed at checkpoints, whole after them, and without a log when all is closed."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy
from sqlalchemy import event
from sqlalchemy.engine import Engine
from sqlalchemy.pool import NullPool

from pipelines import sqlite_flushes
from tests.unflushed import CONNECT

NORMAL, FULL = 1, 2


@pytest.fixture
def flushing_rarely(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(sqlite3.dbapi2, "connect", CONNECT)
    before = event.contains(Engine, "connect", sqlite_flushes._set_up)
    sqlite_flushes.flush_rarely()
    sqlite_flushes.flush_rarely()
    yield
    sqlite_flushes.close_all()
    if not before:
        event.remove(Engine, "connect", sqlite_flushes._set_up)


def _database(path: Path, mode: str) -> sqlalchemy.Engine:
    with sqlite3.connect(path) as connection:
        connection.execute(f"PRAGMA journal_mode={mode}")
        connection.execute("CREATE TABLE numbers (n INTEGER)")
    connection.close()
    return sqlalchemy.create_engine(f"sqlite:///{path}", poolclass=NullPool)


def _level(engine: sqlalchemy.Engine) -> int:
    with engine.connect() as connection:
        return int(connection.exec_driver_sql("PRAGMA synchronous").scalar_one())


@pytest.mark.usefixtures("flushing_rarely")
def test_a_database_with_a_write_ahead_log_is_flushed_at_checkpoints_any_other_as_before(tmp_path: Path) -> None:
    assert _level(_database(tmp_path / "wal.db", "wal")) == NORMAL
    assert _level(_database(tmp_path / "other.db", "delete")) == FULL


@pytest.mark.usefixtures("flushing_rarely")
def test_the_log_is_kept_between_connections_and_brought_in_at_the_end(tmp_path: Path) -> None:
    engine = _database(tmp_path / "wal.db", "wal")
    for number in range(3):
        with engine.begin() as connection:
            connection.exec_driver_sql(f"INSERT INTO numbers VALUES ({number})")
    assert (tmp_path / "wal.db-wal").stat().st_size > 0, "the last connection that closed emptied it otherwise"
    sqlite_flushes.close_all()
    assert [path.name for path in tmp_path.iterdir()] == ["wal.db"]
    with sqlite3.connect(tmp_path / "wal.db") as alone:
        assert alone.execute("SELECT n FROM numbers").fetchall() == [(0,), (1,), (2,)]
    alone.close()
