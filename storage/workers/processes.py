"""A function called in processes of its own, on this machine and for a while."""

from __future__ import annotations

import multiprocessing
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from typing import TypeVar

from mir_models.errors import MirlitonError

Item = TypeVar("Item")
Result = TypeVar("Result")


def map_unordered(function: Callable[[Item], Result], items: Sequence[Item], n_processes: int) -> Iterator[Result]:
    """Results of items, each as soon as it is there, computed in `n_processes` new processes.

    Parameters
    ----------
    function : callable
        Importable by its name, as for `multiprocessing`; what it raises is raised here, and no further item begun.
    items : sequence
    n_processes : int >= 1

    Raises
    ------
    MirlitonError
        When a process ends before its item is done.
    """
    # Not forked: locks of other threads, those of numerical libraries among them, would stay locked in the copy.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(n_processes, context, _end_with_parent) as pool:
        try:
            for future in as_completed([pool.submit(function, item) for item in items]):
                yield future.result()
        except BrokenProcessPool as error:
            remedy = "give fewer processes, which need less memory"
            raise MirlitonError("processes that work to their end", received=error, remedy=remedy) from error
        finally:
            pool.shutdown(cancel_futures=True)


def _end_with_parent() -> None:
    """End this process as soon as the one that started it has ended, even where that was killed."""
    threading.Thread(target=_exit_after_parent, daemon=True).start()


def _exit_after_parent() -> None:
    if parent := multiprocessing.parent_process():
        parent.join()
        os._exit(1)
