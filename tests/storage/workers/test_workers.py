"""Workers: every item comes back exactly once, whatever happens to the others."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from mir_models.errors import MirlitonError, TrackError
from storage.workers.dask_workers import Workers


def treat(items: Sequence[tuple[str, int, str]]) -> list[int]:
    """Work on items: a result, an error, or the death of its process."""
    return [_treat(*item) for item in items]


def _treat(kind: str, number: int, folder: str) -> int:
    if kind == "raises":
        raise TrackError("a good item", received=number, remedy="none")
    if kind == "dies":
        os._exit(1)
    Path(folder, f"{number}-{os.getpid()}").touch()
    time.sleep(0.02)
    return number**2


def _sleep(seconds: Sequence[float]) -> list[float]:
    time.sleep(sum(seconds))
    return list(seconds)


def _items(folder: Path, kinds: list[str]) -> dict[str, tuple[str, int, str]]:
    return {f"track {number}": (kind, number, str(folder)) for number, kind in enumerate(kinds)}


def test_in_process_every_item_comes_back_once_in_order(tmp_path: Path) -> None:
    items = _items(tmp_path, ["works", "raises", "works"])
    done = list(Workers(n_workers=0).map(treat, items))
    assert [(key, result) for key, result, _ in done] == [("track 0", 0), ("track 1", None), ("track 2", 4)]
    assert [type(error) for _, _, error in done] == [type(None), TrackError, type(None)]


def test_in_process_an_interruption_is_not_an_items_error() -> None:
    def interrupted(_: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        list(Workers(n_workers=0).map(interrupted, {"a": 1}))


def test_no_item_starts_no_cluster() -> None:
    workers = Workers(n_workers=2)
    assert list(workers.map(treat, {})) == []
    assert workers._cluster is None
    workers.close()


@pytest.fixture(scope="module")
def cluster() -> Iterator[Workers]:
    workers = Workers(n_workers=2, memory_limit="1GiB")
    yield workers
    workers.close()


def test_more_items_than_are_ever_under_way_come_back_once_each(cluster: Workers, tmp_path: Path) -> None:
    items = _items(tmp_path, ["works"] * 23)
    done = list(cluster.map(treat, items))
    assert {key: result for key, result, _ in done} == {f"track {n}": n**2 for n in range(23)}
    assert len(done) == len(os.listdir(tmp_path)) == 23
    assert len({name.split("-")[1] for name in os.listdir(tmp_path)} - {str(os.getpid())}) == 2


def test_an_item_that_raises_keeps_its_error_and_stops_no_other(cluster: Workers, tmp_path: Path) -> None:
    done = {
        key: (result, error) for key, result, error in cluster.map(treat, _items(tmp_path, ["works", "raises"] * 3))
    }
    assert [done[f"track {n}"][0] for n in range(6)] == [0, None, 4, None, 16, None]
    error = done["track 3"][1]
    assert isinstance(error, TrackError)
    assert (error.expected, error.received, error.remedy) == ("a good item", 3, "none")


def test_an_item_that_kills_its_worker_is_an_error_and_the_others_finish(cluster: Workers, tmp_path: Path) -> None:
    kinds = ["works"] * 12
    kinds[0] = kinds[5] = "dies"
    done = list(cluster.map(treat, _items(tmp_path, kinds)))
    errors = {key: type(error).__name__ for key, _, error in done if error is not None}
    assert errors == {"track 0": "KilledWorker", "track 5": "KilledWorker"}
    assert sorted(key for key, _, _ in done) == sorted(_items(tmp_path, kinds))
    assert sorted(result for _, result, error in done if error is None) == [
        number**2 for number in range(12) if number not in (0, 5)
    ]


def test_workers_that_are_stuck_are_given_up_after_a_while(cluster: Workers) -> None:
    cluster.patience = 0.3
    try:
        with pytest.raises(MirlitonError, match="finished tracks are kept"):
            list(cluster.map(_sleep, {"slow": 1.5}))
    finally:
        cluster.patience = 60
    assert list(cluster.map(_sleep, {"after": 0.0})) == [("after", 0.0, None)]
