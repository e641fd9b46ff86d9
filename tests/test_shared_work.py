"""What tests share: files in their order, what is made once for all processes, and writes that wait for no disk."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path
from types import SimpleNamespace

import pytest
import sqlalchemy

from tests import file_order, unflushed
from tests.made_once import copied, made_once


def test_slow_files_come_first_and_are_there() -> None:
    assert [name for name in file_order.SLOWEST if not (file_order.TESTS / name).is_file()] == []
    second, first = (file_order.TESTS / name for name in file_order.SLOWEST[1::-1])
    paths = [Path("b"), second, Path("a"), first, second]
    items = [SimpleNamespace(path=path, place=place) for place, path in enumerate(paths)]
    file_order.pytest_collection_modifyitems(items)
    assert [item.place for item in items] == [3, 1, 4, 0, 2]


def test_a_folder_is_made_once_and_by_another_where_it_was_not_finished(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("PYTEST_XDIST_WORKER", raising=False)
    monkeypatch.setattr(tmp_path_factory, "_basetemp", tmp_path)
    calls: list[Path] = []

    def make(folder: Path) -> dict[str, int]:
        calls.append(folder)
        (folder / f"{len(calls)}").touch()
        if len(calls) == 1:
            raise OSError("no space")
        return {"made": len(calls)}

    with pytest.raises(OSError, match="no space"):
        made_once(tmp_path_factory, "it", make)
    for _ in range(2):
        folder, result = made_once(tmp_path_factory, "it", make)
        assert (result, [path.name for path in folder.iterdir()]) == ({"made": 2}, ["2"])
    own = copied(tmp_path_factory, folder)
    assert own != folder
    assert [path.name for path in own.iterdir()] == ["2"]


def test_processes_of_a_session_share_what_is_made_once(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    found = []
    for number in range(2):
        monkeypatch.setenv("PYTEST_XDIST_WORKER", f"gw{number}")
        monkeypatch.setattr(tmp_path_factory, "_basetemp", tmp_path / f"popen-gw{number}")
        found.append(made_once(tmp_path_factory, "it", lambda _, number=number: number))
    assert found == [(tmp_path / "it", 0)] * 2


def test_nothing_is_flushed_and_a_database_is_as_ever(tmp_path: Path) -> None:
    os.fsync(-1)
    engine = sqlalchemy.create_engine(f"sqlite:///{tmp_path / 'numbers.db'}")
    with engine.begin() as connection:
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar_one() == 0
        connection.exec_driver_sql("CREATE TABLE numbers (n INTEGER)")
        connection.exec_driver_sql("INSERT INTO numbers VALUES (3)")
    engine.dispose()
    with unflushed.CONNECT(tmp_path / "numbers.db") as again:
        assert again.execute("SELECT n FROM numbers").fetchall() == [(3,)]
    again.close()
    (tmp_path / "broken.db").write_text("no database " * 100)
    with pytest.raises(sqlite3.DatabaseError), unflushed.connect(tmp_path / "broken.db") as broken:
        broken.execute("SELECT 1 FROM sqlite_master")
