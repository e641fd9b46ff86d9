"""A Dask cluster: local processes, or the workers of a scheduler elsewhere, which may be gone and come back.

Every question to a scheduler has a time limit: one that is frozen, or behind a broken network, is as good as gone.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import CancelledError
from contextlib import suppress
from typing import Any
from weakref import WeakKeyDictionary

from mir_models.errors import MirlitonError
from storage.workers.environment import MISSING, PACKAGES, SOURCE, differences, environment, source_digest
from storage.workers.requirements import ONE_THREAD, UnfitWorkerError, versions_error

RESPONSE = 30.0
"""Seconds in which a scheduler answers, or a result arrives."""
RECONNECT = 60.0
"""Seconds in which a scheduler that is gone comes back."""
RENEW = 1.0
"""Seconds after which the list of workers is asked for again."""
SCHEDULER = ("python", "mirliton", "cloudpickle", "dask", "distributed")
"""What a scheduler must have in the same version: it reads the work before it passes it on."""
_log = logging.getLogger(__name__)


class SchedulerLostError(Exception):
    """The scheduler does not answer, or has forgotten the work that it was given."""


class Cluster:
    """The workers of a scheduler.

    Parameters
    ----------
    client : distributed.Client
    address : str
        Of a scheduler that runs elsewhere; empty: `client` has a local cluster of its own.
    """

    def __init__(self, client: Any, address: str = "") -> None:
        self.client, self.address = client, address
        self.unfit: dict[str, UnfitWorkerError] = {}
        self._only: WeakKeyDictionary[Any, frozenset[str]] = WeakKeyDictionary()
        self._workers: frozenset[str] = frozenset()
        self._renewed = float("-inf")

    @classmethod
    def start(cls, n_workers: int | None, memory_limit: str) -> Cluster:
        """Start local processes, by default one per core, each with one thread and a limit of memory."""
        import dask
        from dask.system import CPU_COUNT
        from distributed import Client, LocalCluster

        dask.config.set({"distributed.scheduler.allowed-failures": 0})
        dask.config.set({"distributed.nanny.pre-spawn-environ": ONE_THREAD})
        cluster = LocalCluster(
            n_workers=n_workers or CPU_COUNT,
            threads_per_worker=1,
            memory_limit=memory_limit,
            dashboard_address=None,
            scheduler_kwargs={"dashboard_address": "127.0.0.1:0"},  # Its server of metrics: on any free port.
            silence_logs=40,
        )
        return cls(Client(cluster))

    @classmethod
    def connect(cls, address: str, *, within: float = RESPONSE) -> Cluster:
        """Connect to a running scheduler that answers within some seconds.

        Raises
        ------
        MirlitonError
            Where none answers, or it has other versions than this process.
        """
        cluster = cls(_client(address, within), address)
        try:
            cluster._check_scheduler()
        except BaseException:
            cluster.close()
            raise
        return cluster

    def workers(self) -> frozenset[str]:
        """Addresses of the workers that are there and not known to be unfit.

        Raises
        ------
        SchedulerLostError
        MirlitonError
            Where all that are there are unfit.
        """
        if time.monotonic() - self._renewed > RENEW:
            self._renew()
        fit = self._workers - self.unfit.keys()
        if self._workers and not fit:
            raise self.unfit[min(self._workers)]
        return fit

    def _renew(self) -> None:
        """Ask which workers there are."""
        before, self._workers = self._workers, frozenset(self._ask(self.client.scheduler.ncores))
        self._renewed = time.monotonic()
        new = self._workers - before
        if self.address and new:
            self._check_workers(new)

    def submit(self, work: Callable[[Any], Any], argument: Any) -> Any:
        """The future of work on an argument; where workers are unfit, only the others get it."""
        only = self.workers() if self.unfit else None
        allowed = None if only is None else sorted(only)
        future = self._guarded(lambda: self.client.submit(work, argument, pure=False, retries=0, workers=allowed))
        if only is not None:
            self._only[future] = only
        return future

    def is_stranded(self, future: Any) -> bool:
        """Whether all workers that may run a future are gone: it would wait for them for ever."""
        return future in self._only and not self._only[future] & self.workers()

    def done(self, futures: list[Any], timeout: float) -> set[Any]:
        """The futures that are done within some seconds; none where no one is."""
        from distributed import wait

        def first() -> set[Any]:
            try:
                return set(wait(futures, timeout=timeout, return_when="FIRST_COMPLETED").done)
            except TimeoutError:
                return set()

        return self._guarded(first)

    def outcome(self, future: Any) -> tuple[Any, BaseException | None] | None:
        """Result and error of a future that was done; None where its worker is gone with the result."""
        try:
            return future.result(timeout=RESPONSE), None
        except TimeoutError as error:
            return (None, error) if future.status == "error" else None
        except Exception as error:
            if future.status != "error":
                raise SchedulerLostError(type(error).__name__) from error
            return None, error

    def exclude(self, error: UnfitWorkerError) -> None:
        """Give a worker no more work, and say so once."""
        if error.worker not in self.unfit:
            self.unfit[error.worker] = error
            _log.warning("A worker gets no work. %s", error)

    def cancel(self, futures: Iterable[Any]) -> None:
        """Forget futures."""
        every = list(futures)
        if every and self.client.status == "running":
            self.client.cancel(every)

    def reconnect(self, error: SchedulerLostError) -> None:
        """Connect once more to a scheduler that was lost, and was started again meanwhile.

        Raises
        ------
        MirlitonError
            Where it was not, or it was one of this process.
        """
        _log.warning("The scheduler %s is lost (%s): waiting for it.", self.address, error)
        self.close()
        if not self.address:
            remedy = "look at the free memory of this machine, then run again: finished tracks are kept"
            raise MirlitonError("a local Dask cluster that answers", received=error, remedy=remedy) from error
        self.client = _client(self.address, RECONNECT)
        self.unfit.clear()
        self._workers, self._renewed = frozenset(), float("-inf")
        self._check_scheduler()

    def close(self) -> None:
        """Close the connection, and end the cluster if it is this process' own."""
        own = self.client.cluster
        with suppress(TimeoutError):
            self.client.close(timeout=RESPONSE)
        if own is not None:
            own.close()

    def _check_scheduler(self) -> None:
        """Refuse a scheduler that cannot read the work: it would answer each track with an error."""
        here = environment()
        there = _versions(self._ask(self.client.scheduler.versions, packages=list(PACKAGES)))
        differing = differences({name: here[name] for name in SCHEDULER}, there)
        if not differing:  # It answered just now: no time limit.
            source = self._guarded(lambda: self.client.run_on_scheduler(source_digest))
            differing = differences({SOURCE: here[SOURCE]}, {SOURCE: source})
        if differing:
            raise versions_error(f"the scheduler {self.address}", differing)

    def _check_workers(self, new: Iterable[str]) -> None:
        """Exclude workers that do not read the work: they would end on receiving it. Others check themselves."""
        question, here = {"op": "versions", "packages": list(PACKAGES)}, dict(environment())
        del here[SOURCE]
        try:
            found = self._ask(self.client.scheduler.broadcast, msg=question, workers=sorted(new), on_error="ignore")
        except SchedulerLostError:  # Or one of them is busy; a scheduler that is gone is noticed at the next question.
            return
        for worker, its in found.items():
            if differing := differences(here, _versions(its)):
                self.exclude(versions_error(worker, differing))

    def _ask(self, question: Callable[..., Any], **arguments: Any) -> Any:
        """The scheduler's answer."""
        return self._guarded(lambda: self.client.sync(question, callback_timeout=RESPONSE, **arguments))

    def _guarded(self, call: Callable[[], Any]) -> Any:
        """The result of `call`; SchedulerLostError where the connection is lost, or was lost meanwhile."""
        from distributed.client import ClosedClientError

        if self.client.status != "running":
            raise SchedulerLostError(f"the connection is {self.client.status}")
        try:
            return call()
        except (OSError, CancelledError, ClosedClientError) as error:
            raise SchedulerLostError(type(error).__name__) from error


def _client(address: str, within: float) -> Any:
    """A connection to a scheduler that answers within some seconds."""
    from distributed import Client

    logging.getLogger("distributed.client").setLevel(logging.CRITICAL)  # What it reports is reported here.
    try:
        asyncio.run(_greet(address, within))
        return Client(address, timeout=within)
    except OSError as error:
        remedy = "start it again or correct MIRLITON_DASK_ADDRESS, then run again: finished tracks are kept"
        received = f"no answer within {within:.0f} s ({str(error) or type(error).__name__})"
        raise MirlitonError(f"a Dask scheduler at {address}", received=received, remedy=remedy) from error


async def _greet(address: str, within: float) -> None:
    """Connect and disconnect; TimeoutError where nobody answers: a `Client` would wait for ever for a frozen one."""
    from distributed.comm import connect
    from distributed.security import Security

    arguments = Security().get_connection_args("client")
    connection = await asyncio.wait_for(connect(address, timeout=within, **arguments), within)
    await connection.close()


def _versions(found: Mapping[str, Any]) -> dict[str, str]:
    """Versions by name of what a Dask server answers, of Python as in `environment`."""
    packages = {name: str(each or MISSING) for name, each in found["packages"].items()}
    return packages | {"python": ".".join(packages["python"].split(".")[:2])}
