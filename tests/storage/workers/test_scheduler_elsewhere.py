"""Workers of a scheduler elsewhere: the same results, and one sentence where scheduler or workers cannot be used."""

from __future__ import annotations

import os
import re
import signal
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from experiments.cluster.processes import DaskProcesses, dask_processes
from mir_models.errors import MirlitonError
from storage.objects.objects import open_objects
from storage.workers import cluster as cluster_module
from storage.workers.dask_workers import Workers

OLDER_NUMPY = """
import sys
import importlib.metadata as metadata
known = metadata.version

def version(name):
    its_own = sys._getframe(1).f_globals["__name__"] == "storage.workers.environment"
    return "1.0" if name == "numpy" and its_own else known(name)

metadata.version = version
"""
"""Start of a worker that finds another version by itself, and none when Dask asks."""
NO_MIRLITON = """
import sys
import importlib.metadata as metadata
known = metadata.version

def version(name):
    if name == "mirliton":
        raise metadata.PackageNotFoundError(name)
    return known(name)

metadata.version = version
sys.modules.update(storage=None, mir_models=None, tests=None)
"""
LIBRARY_THREADS = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "4")


def trace(items: Sequence[tuple[int, str]]) -> list[tuple[int, set[int]]]:
    """The process of each item, written to a folder as well, and the numbers of threads of its numerical libraries."""
    import numpy  # noqa: F401 (loads a numerical library)
    import threadpoolctl

    threads = {pool["num_threads"] for pool in threadpoolctl.threadpool_info()}
    for number, folder in items:
        time.sleep(0.05)
        Path(folder, f"{number}-{os.getpid()}").touch()
    return [(os.getpid(), threads)] * len(items)


def fill(numbers: Sequence[int]) -> Sequence[int]:
    """The numbers; of 5, memory is taken until the process is killed."""
    taken = []
    while 5 in numbers:
        taken.append(b"x" * 20_000_000)
        time.sleep(0.02)
    time.sleep(0.05 * len(numbers))
    return numbers


def _items(folder: Path, n: int = 12) -> dict[str, tuple[int, str]]:
    return {f"track {number}": (number, str(folder)) for number in range(n)}


@pytest.fixture(scope="module")
def dask(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DaskProcesses]:
    with dask_processes(tmp_path_factory.mktemp("dask")) as processes:
        processes.worker(environment=LIBRARY_THREADS)
        processes.worker("--no-nanny", environment=LIBRARY_THREADS)
        yield processes


@pytest.fixture
def workers(dask: DaskProcesses) -> Iterator[Workers]:
    workers = Workers(address=dask.address, patience=30)
    yield workers
    workers.close()


def _wait_for(workers: Workers, n: int) -> None:
    """Wait until the scheduler has at least `n` workers."""
    assert workers._cluster is not None
    workers._cluster.client.wait_for_workers(n, timeout=30)


def test_items_come_back_once_from_processes_whose_libraries_have_one_thread(workers: Workers, tmp_path: Path) -> None:
    done = list(workers.map(trace, _items(tmp_path, 1)))
    _wait_for(workers, 2)
    done += list(workers.map(trace, _items(tmp_path)))
    assert sorted({key for key, _, _ in done}) == sorted(_items(tmp_path))
    assert [error for _, _, error in done if error is not None] == []
    found = [result for _, result, _ in done if result is not None]
    assert len({process for process, _ in found} - {os.getpid()}) == 2
    assert set().union(*(threads for _, threads in found)) == {1}


def test_a_worker_that_is_killed_loses_nothing(dask: DaskProcesses, workers: Workers, tmp_path: Path) -> None:
    lost = dask.worker("--no-nanny")
    items = workers.map(trace, _items(tmp_path, 60))
    done = [next(items)]
    _wait_for(workers, 3)
    done += [next(items) for _ in range(10)]
    dask.end([lost])
    done += list(items)
    assert sorted(key for key, _, error in done if error is None) == sorted(_items(tmp_path, 60))


def test_workers_that_see_another_store_are_one_sentence(workers: Workers, tmp_path: Path) -> None:
    store = open_objects("memory://of-this-process")
    with pytest.raises(MirlitonError, match=r"Received: another one under this address on tcp://.*Remedy: mount"):
        list(workers.map(trace, _items(tmp_path), store=store))
    assert store.names(".incomplete") == []
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize(
    ("name", "received"),
    [("recording.flac", "No such file or directory on"), ("setup.py", r"\d+ bytes instead of 4 on")],
)
def test_workers_that_see_another_corpus_are_one_sentence(
    workers: Workers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, received: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path(name).write_bytes(b"fLaC")
    path = f"/proc/self/cwd/{name}"  # Another folder in a worker.
    with pytest.raises(MirlitonError, match=f"sees the corpus, {path} of it. Received: {received} tcp://"):
        list(workers.map(trace, _items(tmp_path), reads=["/proc/self/cwd/gone.flac", path]))
    assert os.listdir(tmp_path) == [name]


def test_late_workers_of_several_threads_or_other_versions_get_no_work_and_are_named(
    dask: DaskProcesses, workers: Workers, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "sitecustomize.py").write_text(OLDER_NUMPY)
    (folder := tmp_path / "done").mkdir()
    items = workers.map(trace, _items(folder, 80))
    done = [next(items)]
    older = dask.worker("--no-nanny", environment={"PYTHONPATH": str(tmp_path)})
    late = [older, dask.worker("--no-nanny", "--nthreads", "3")]
    try:
        _wait_for(workers, 4)
        done += list(items)
    finally:
        dask.end(late)
    assert sorted(key for key, _, error in done if error is None) == sorted(_items(folder, 80))
    named = sorted(record.getMessage() for record in caplog.records)
    assert len(named) == 2
    assert re.search(r"numpy 1\.0 instead of \d[\d.]+ on tcp://127\.0\.0\.1:\d+ \(", named[0])
    assert re.search(r"3 threads on tcp://127\.0\.0\.1:\d+ \(.*--nworkers 3 --nthreads 1", named[1])


def test_a_worker_without_mirliton_gets_no_work_and_is_named(
    dask: DaskProcesses, workers: Workers, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "sitecustomize.py").write_text(NO_MIRLITON)
    (folder := tmp_path / "done").mkdir()
    list(workers.map(trace, _items(folder, 1)))
    without = dask.worker("--no-nanny", environment={"PYTHONPATH": str(tmp_path)})
    try:
        _wait_for(workers, 3)
        workers.close()
        done = list(workers.map(trace, _items(folder)))
        assert without.poll() is None, "it was given work, on which it ends"
    finally:
        dask.end([without])
    assert sorted(key for key, _, error in done if error is None) == sorted(_items(folder))
    (named,) = [record.getMessage() for record in caplog.records]
    assert re.search(r"Received: mirliton none instead of [\d.]+ on tcp://", named)


@pytest.mark.slow
def test_an_item_that_exceeds_the_memory_of_every_worker_is_an_error_and_the_others_finish(tmp_path: Path) -> None:
    with dask_processes(tmp_path / "dask", ["400MiB"] * 3) as dask:
        workers = Workers(address=dask.address, patience=60)
        done = list(workers.map(fill, {str(number): number for number in range(40)}))
        workers.close()
    assert {key: type(error).__name__ for key, _, error in done if error is not None} == {"5": "KilledWorker"}
    assert sorted(result for _, result, error in done if error is None) == sorted({*range(40)} - {5})


def test_a_scheduler_that_is_started_again_gets_what_was_under_way_and_a_frozen_one_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder := tmp_path / "done").mkdir()
    with dask_processes(tmp_path / "dask", ["2GiB"]) as dask:
        workers = Workers(address=dask.address, patience=30)
        items = workers.map(trace, _items(folder, 80))
        done = [next(items) for _ in range(3)]
        dask.end()
        again = dask.scheduler()
        dask.worker()
        done += [next(items) for _ in range(9)]
        assert [error for _, _, error in done if error is not None] == []
        assert len({key for key, _, _ in done}) == 12
        again.send_signal(signal.SIGSTOP)
        for name in ("RESPONSE", "RECONNECT"):
            monkeypatch.setattr(cluster_module, name, 0.5)
        with pytest.raises(MirlitonError, match=r"a Dask scheduler at tcp://.*no answer within \d s.*are kept"):
            list(items)
        workers.close()


def test_no_scheduler_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster_module, "RESPONSE", 0.5)
    with pytest.raises(MirlitonError, match=r"Expected a Dask scheduler at tcp://127\.0\.0\.1:9"):
        list(Workers(address="tcp://127.0.0.1:9").map(trace, _items(tmp_path)))
