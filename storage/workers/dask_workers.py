"""Dask workers: processes that work on the tracks of a dataset one by one.

The cluster starts when the first track needs it and lives as long as the run, because a worker's first librosa call
costs seconds of imports and compilation. Each worker has one thread, and its numerical libraries have one, so that
workers do not fight over cores. At most twice as many tracks as workers are submitted at a time: memory is bounded by
workers times one track, whatever the size of the corpus.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVar

from storage.objects.objects import Objects
from storage.workers.cluster import Cluster
from storage.workers.requirements import Requirements, requirements_of
from storage.workers.submissions import Submissions, Work, is_killed

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
    _cluster: Cluster | None = field(default=None, init=False, repr=False)

    def map(
        self,
        work: Work[Item, Result],
        items: Mapping[str, Item],
        *,
        store: Objects | None = None,
        reads: Sequence[str] = (),
    ) -> Iterator[tuple[str, Result | None, BaseException | None]]:
        """Call `work` with all items, some at a time.

        Parameters
        ----------
        work : function of a module
            From items to their results, in order. Must be idempotent: the items of a lost worker are processed again.
            Where it raises, each of its items is tried alone: the error is that of the item. A StoreError is that
            of all at once.
        items : mapping
            By track id.
        store : Objects, optional
            What `work` writes to; workers of a scheduler elsewhere that cannot do so get no items.
        reads : sequence of str
            Paths of files of the corpus that `work` reads; such workers that do not see some of them get no items.

        Yields
        ------
        (track id, result or None, error or None)
            As they finish.

        Raises
        ------
        MirlitonError
            Where no item is finished for `patience` seconds, no worker can be used, or the scheduler is gone for good.
        """
        if not items:
            return
        if self.n_workers == 0:
            yield from self._in_process(work, items, None)
            return
        with requirements_of(store, reads) if self.address else nullcontext() as requirements:
            yield from self._on_cluster(work, items, requirements)

    def close(self) -> None:
        """End the cluster, if one was started."""
        if self._cluster is not None:
            self._cluster.close()
            self._cluster = None

    def _in_process(
        self, work: Work[Item, Result], items: Mapping[str, Item], _: Requirements | None
    ) -> Iterator[tuple[str, Result | None, BaseException | None]]:
        """The items in this process, one by one."""
        for key, item in items.items():
            try:
                (result,) = work([item])
            except Exception as error:  # noqa: BLE001 (handed to the caller, who knows the track)
                yield key, None, error
            else:
                yield key, result, None

    def _on_cluster(
        self, work: Work[Item, Result], items: Mapping[str, Item], requirements: Requirements | None
    ) -> Iterator[tuple[str, Result | None, BaseException | None]]:
        """The items on the cluster; those that were on a worker that died are tried once more, one at a time."""
        if self._cluster is None:
            self._cluster = (
                Cluster.connect(self.address) if self.address else Cluster.start(self.n_workers, self.memory_limit)
            )
        submit, killed = partial(Submissions, self._cluster, work, requirements, self.patience), {}
        for key, result, error in submit(items).results():
            if is_killed(error):
                killed[key] = items[key]
            else:
                yield key, result, error
        yield from submit(killed, suspects=True).results()
