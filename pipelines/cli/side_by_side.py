"""Items that are processed side by side, each of which may compute its parts on the same cores."""

from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from typing import TypeVar

from mir_models.inference.threads import OrderedMap, Threads, one_by_one

Item = TypeVar("Item")
Result = TypeVar("Result")
MOST_AT_ONCE = 4
"""Items that are processed at once: what one does by itself, such as decoding, takes a tenth of the time."""


@contextmanager
def on_cores(n: int) -> Iterator[OrderedMap]:
    """A function like `map` that uses `n` cores while the block lasts; see `mir_models.inference.threads`."""
    if n == 1:
        yield one_by_one
        return
    threads = Threads(n)
    try:
        yield threads.map
    finally:
        threads.stop()


def in_any_order(
    function: Callable[[Item, OrderedMap], Result], items: Sequence[Item], n_cores: int
) -> Generator[Result, None, None]:
    """Results of items, each as soon as it is there.

    An exception, or the generator's `close`, lets each thread end the part that it is at, and no other.

    Parameters
    ----------
    function : callable (item, over) -> result
        Computes parts of an item by `over`; see `mir_models.inference.threads`.
    items : sequence
    n_cores : int >= 1
        1: items and their parts are computed one after the other, in this thread.
    """
    n_at_once = min(len(items), n_cores, MOST_AT_ONCE)
    if n_at_once == 1:
        with on_cores(n_cores) as over:
            yield from (function(item, over) for item in items)
        return
    threads = Threads(n_cores)
    pool = ThreadPoolExecutor(n_at_once, thread_name_prefix="items")
    try:
        for future in as_completed([pool.submit(function, item, threads.map) for item in items]):
            yield future.result()
    finally:
        threads.stop()  # First, so that no item waits for parts that are not computed any more.
        pool.shutdown(cancel_futures=True)
