"""Dask workers: processes that work on the tracks of a dataset one by one.

The cluster starts when the first track needs it and lives as long as the run, because a worker's first librosa call
costs seconds of imports and compilation. Each local worker has one thread, and its numerical libraries have one,
so that workers do not fight over cores. At most twice as many tracks as workers are submitted at a time: memory is
bounded by workers times one track, whatever the size of the corpus.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from typing import Any, TypeVar

from mir_models.errors import MirlitonError

ONE_THREAD = dict.fromkeys(
    ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"), "1"
)

Item = TypeVar("Item")
Result = TypeVar("Result")


@dataclass
class Workers:
    """A Dask cluster, local unless `address` names a scheduler.

    Attributes
    ----------
    n_workers : int or None
        Local processes; None: one per core; 0: no cluster, tracks are processed in this process.
    address : str or None
        Address of a running Dask scheduler, whose workers need access to the corpus and the store.
    memory_limit : str
        Memory of one local worker, as Dask writes it; a track that exceeds it goes to quarantine.
    patience : float
        Seconds without any finished track after which `map` raises.
    """

    n_workers: int | None = None
    address: str | None = None
    memory_limit: str = "4GiB"
    patience: float = 1800.0
    _client: Any = field(default=None, init=False, repr=False)

    def map(
        self, work: Callable[[Item], Result], items: Mapping[str, Item]
    ) -> Iterator[tuple[str, Result | None, BaseException | None]]:
        """Call `work` with every item.

        Parameters
        ----------
        work : function of a module
            Must be idempotent: the items of a lost worker are processed again.
        items : mapping
            By track id.

        Yields
        ------
        (track id, result or None, error or None)
            As they finish.
        """
        if not items:
            return
        yield from self._in_process(work, items) if self.n_workers == 0 else self._on_cluster(work, items)

    def close(self) -> None:
        """End the cluster, if one was started."""
        if self._client is not None:
            cluster = self._client.cluster
            self._client.close()
            if cluster is not None:
                cluster.close()
            self._client = None

    def _in_process(
        self, work: Callable[[Item], Result], items: Mapping[str, Item]
    ) -> Iterator[tuple[str, Result | None, Exception | None]]:
        for key, item in items.items():
            yield key, *_outcome(partial(work, item))

    def _on_cluster(
        self, work: Callable[[Item], Result], items: Mapping[str, Item]
    ) -> Iterator[tuple[str, Result | None, Exception | None]]:
        """The items on the cluster; those that were on a worker that died are tried once more, one at a time."""
        suspects = {}
        for key, result, error in self._at_once(work, items):
            if type(error).__name__ == "KilledWorker":
                suspects[key] = items[key]
            else:
                yield key, result, error
        yield from self._at_once(work, suspects, limit=1)

    def _at_once(
        self, work: Callable[[Item], Result], items: Mapping[str, Item], *, limit: int | None = None
    ) -> Iterator[tuple[str, Result | None, Exception | None]]:
        """The items on the cluster, at most `limit` at once; by default twice the workers."""
        client = self._connected()
        queue = iter(items.items())
        running: dict[Any, str] = {}
        try:
            while True:
                free = (limit or 2 * max(1, len(client.nthreads()))) - len(running)
                for key, item in islice(queue, max(0, free)):  # Below 0 when a worker has just died.
                    running[client.submit(work, item, pure=False, retries=0)] = key
                if not running:
                    return
                for future in self._next_done(list(running)):
                    yield running.pop(future), *_outcome(partial(future.result, timeout=self.patience))
        finally:
            client.cancel(list(running))

    def _next_done(self, futures: list[Any]) -> set[Any]:
        from distributed import wait

        try:
            return wait(futures, timeout=self.patience, return_when="FIRST_COMPLETED").done
        except TimeoutError as error:
            received = f"none of {len(futures)} tracks in work"
            remedy = "look at the workers' memory and the scheduler, then run again: finished tracks are kept"
            raise MirlitonError(
                f"a finished track every {self.patience:.0f} s", received=received, remedy=remedy
            ) from error

    def _connected(self) -> Any:
        if self._client is None:
            import dask
            from dask.system import CPU_COUNT
            from distributed import Client, LocalCluster

            dask.config.set({"distributed.scheduler.allowed-failures": 0})
            if self.address:
                self._client = Client(self.address, timeout=30)
            else:
                dask.config.set({"distributed.nanny.pre-spawn-environ": ONE_THREAD})
                cluster = LocalCluster(
                    n_workers=self.n_workers or CPU_COUNT,
                    threads_per_worker=1,
                    memory_limit=self.memory_limit,
                    dashboard_address=None,
                    scheduler_kwargs={"dashboard_address": "127.0.0.1:0"},  # Its server of metrics: on any free port.
                    silence_logs=40,
                )
                self._client = Client(cluster)
        return self._client


def _outcome(work: Callable[[], Result]) -> tuple[Result | None, Exception | None]:
    """The result of `work` and None, or None and the exception."""
    try:
        return work(), None
    except Exception as error:  # noqa: BLE001 (handed to the caller, who knows the track)
        return None, error
