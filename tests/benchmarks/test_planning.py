"""Planning: the corpus of the arguments, and the table of planned and measured quantities."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import planning

MIB = 2**20


def test_a_tiny_corpus_is_written_and_another_is_taken_as_it_is(tmp_path: Path) -> None:
    assert planning.corpus(["tiny=2"], tmp_path) == ["folder", str(tmp_path), "labels_exact=true"]
    names = ["000/00000.mid", "000/00000.wav", "000/00001.mid", "000/00001.wav"]
    assert sorted(path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.*")) == names
    assert planning.corpus(["maps", "root", "labels=txt"], tmp_path) == ["maps", "root", "labels=txt"]


def test_rows_compare_seconds_bytes_and_memory(tmp_path: Path) -> None:
    """Two assets that take 4 MiB and 1 MiB in the store, the table of records of the first one included."""
    (tmp_path / "labels").mkdir()
    (tmp_path / "labels" / "a").write_bytes(bytes(3 * MIB))
    (tmp_path / "labels.records.json").write_bytes(bytes(MIB))
    (tmp_path / "shards" / "cqt").mkdir(parents=True)
    (tmp_path / "shards" / "cqt" / "a").write_bytes(bytes(MIB))
    planned = {
        "seconds": 30.0,
        "assets": [
            {"asset": "labels", "seconds": 8.0, "start": 2.0, "size": {"bytes": 2 * MIB}, "peak": 100 * MIB},
            {"asset": "shards/cqt", "seconds": 3.0, "start": 0.0, "size": {"bytes": MIB}, "peak": 200 * MIB},
        ],
    }
    rows = planning.rows(planned, {"labels": 5.0, "shards/cqt": 6.0}, tmp_path, 20.0, 400)
    assert [name for name, *_ in rows] == [
        "labels, s",
        "shards/cqt, s",
        "in all, s",
        "labels, MiB",
        "shards/cqt, MiB",
        "in all, MiB",
        "peak memory, MiB",
    ]
    values = [(10, 5, 2), (3, 6, 0.5), (30, 20, 1.5), (2, 4, 0.5), (1, 1, 1), (3, 5, 0.6), (200, 400, 0.5)]
    assert [row[1:] for row in rows] == [pytest.approx(each) for each in values]
