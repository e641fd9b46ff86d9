"""Requirements of a worker on another machine: the versions of this process, one thread, the store and the corpus.

A worker checks them itself before it works on a track, so that one that joins late is checked as well. One that does
not meet them would make other bytes, or put every track it is given in quarantine.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache

from mir_models.errors import MirlitonError
from storage.objects.locks import draft_name
from storage.objects.objects import INCOMPLETE, Objects, open_objects
from storage.workers.environment import differences, environment

ONE_THREAD = dict.fromkeys(
    ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"), "1"
)
"""Environment of a process whose numerical libraries have one thread each."""
N_FILES = 3
"""Files of the corpus that a worker looks for."""


class UnfitWorkerError(MirlitonError):
    """A worker does not meet the requirements; the track at hand is given to another.

    Attributes
    ----------
    worker : str
        Its Dask address.
    """

    worker: str = ""

    def __reduce__(self) -> tuple[object, ...]:
        return (*super().__reduce__(), {"worker": self.worker})


@dataclass(frozen=True)
class SizedFile:
    """A file and its number of bytes."""

    path: str
    size: int


@dataclass(frozen=True)
class Requirements:
    """What a worker must have, and see as this process sees it.

    Attributes
    ----------
    versions : tuple of (str, str)
        The items of `environment.environment`.
    store : str
        Folder or URL of the store; empty: none is needed.
    mark : str
        Key of an object in it.
    files : tuple of SizedFile
        Of the corpus.
    """

    versions: tuple[tuple[str, str], ...]
    store: str = ""
    mark: str = ""
    files: tuple[SizedFile, ...] = ()


@contextmanager
def requirements_of(store: Objects | None, reads: Sequence[str]) -> Iterator[Requirements]:
    """The requirements of work on a store that reads some files of a corpus; the store is marked meanwhile.

    Parameters
    ----------
    store : Objects or None
    reads : sequence of str
        Paths, of which `N_FILES` that exist, spread over the sequence, are required.
    """
    versions = tuple(environment().items())
    spread = list(dict.fromkeys(reads))[:: max(1, len(reads) // N_FILES)]
    files = tuple(SizedFile(each, os.stat(each).st_size) for each in spread if os.path.isfile(each))[:N_FILES]
    if store is None:
        yield Requirements(versions, files=files)
        return
    mark = mark_key()
    store.write(mark, b"")
    try:
        yield Requirements(versions, store.address, mark, files)
    finally:
        store.delete(mark)


def check_worker(requirements: Requirements) -> None:
    """Give this worker one thread, and check that it meets the requirements.

    Raises
    ------
    UnfitWorkerError
        Where it does not.
    """
    _check_threads()
    _pin_threads()
    _check_versions(requirements.versions)
    if requirements.store:
        _check_store(requirements.store, requirements.mark)
    for file in requirements.files:  # Before every task: a disk may be unplugged meanwhile.
        _check_file(file)


def versions_error(worker: str, found: Sequence[str]) -> UnfitWorkerError:
    """The error about versions of a worker, or of the scheduler, that are not those of this process."""
    expected = "the versions of the process that started the run"
    remedy = "install the same ones there (pip install -c constraints.txt), or end it"
    return _error(worker, expected, ", ".join(found), remedy)


def _error(worker: str, expected: str, received: str, remedy: str) -> UnfitWorkerError:
    error = UnfitWorkerError(expected, received=f"{received} on {worker}", remedy=remedy)
    error.worker = worker.split(" ")[0]
    return error


def _this_worker() -> str:
    """Address and host of the worker that this process is."""
    from distributed import get_worker

    return f"{get_worker().address} ({socket.gethostname()})"


def _check_threads() -> None:
    """Refuse several threads: libsndfile's errors and the settings of numerical libraries are those of a process."""
    from distributed import get_worker

    n_threads = get_worker().state.nthreads
    if n_threads > 1:
        expected, remedy = "workers of one thread each", f"start it with --nworkers {n_threads} --nthreads 1"
        raise _error(_this_worker(), expected, f"{n_threads} threads", remedy)


@cache
def _pin_threads() -> None:
    """Give the numerical libraries of this process one thread, those loaded and those to come."""
    import threadpoolctl

    os.environ.update(ONE_THREAD)
    threadpoolctl.threadpool_limits(1)


@cache
def _check_versions(versions: tuple[tuple[str, str], ...]) -> None:
    found = differences(dict(versions), environment())
    if found:
        raise versions_error(_this_worker(), found)


@cache
def _check_store(address: str, mark: str) -> None:
    """Read what the process that started the run has written to the store, and write there."""
    objects, own = open_objects(address), mark_key()
    try:
        if objects.read(mark) is None:
            fault = "another one under this address"
        else:
            objects.write(own, b"")
            objects.delete(own)
            return
    except Exception as error:  # noqa: BLE001 (whatever a file system or a library of a store raises)
        fault = f"{type(error).__name__}: {error}"
    remedy = "mount the same folder there or give it the same access (of a URL: credentials, endpoint), or end it"
    raise _error(_this_worker(), f"a worker that reads and writes the store {address}", fault, remedy)


def _check_file(file: SizedFile) -> None:
    try:
        size = os.stat(file.path).st_size
    except OSError as error:
        fault = str(error.strerror or error)
    else:
        if size == file.size:
            return
        fault = f"{size} bytes instead of {file.size}"
    expected, remedy = f"a worker that sees the corpus, {file.path} of it", "mount it there at the same path, or end it"
    raise _error(_this_worker(), expected, fault, remedy)


def mark_key() -> str:
    """A key beside the tracks, named as a draft of this process: what a killed one leaves is swept."""
    return f"{INCOMPLETE}/{draft_name()}"
