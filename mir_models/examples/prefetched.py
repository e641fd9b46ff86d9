"""Prefetched: batches made by threads while the device computes on earlier ones, in the same order.

Keras has such threads of its own (``workers``), which do not serve here: what they made ahead when Keras looks at a
first batch to build the network is handed out in the next epoch (``OrderedEnqueuer``, 3.15), so that an epoch would not
be a function of the seed and its number.
"""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from threading import Lock
from typing import Any

import keras

from mir_models.examples.batches import Batches

AHEAD = 4
"""Batches that are kept ready or being made, besides the one that is handed out."""
THREADS = 2
"""Drawing and copying in numpy run beside each other; more threads than processors are of no use."""


class Prefetched(keras.utils.PyDataset):
    """The batches of a data set, in its order, made ahead; a context manager that ends its threads.

    Batches of the next epoch are begun when an epoch ends, so that they are ready after validation.

    Parameters
    ----------
    batches : Batches
        Batches that several threads may make at the same time.
    ahead : int >= 1
        Bounds the memory: no more than so many batches are kept.
    threads : int >= 1

    Attributes
    ----------
    error : Exception or None
        What a batch could not be made for. TensorFlow hands errors on as one of its own.
    """

    def __init__(self, batches: Batches, *, ahead: int = AHEAD, threads: int = THREADS) -> None:
        super().__init__()
        self.batches, self.ahead = batches, ahead
        self.error: Exception | None = None
        self._executor = ThreadPoolExecutor(threads, thread_name_prefix="batches")
        self._made: dict[int, Future[Any]] = {}
        self._lock, self._is_open = Lock(), True

    def __len__(self) -> int:
        return len(self.batches)

    def __getitem__(self, index: int) -> tuple[Any, ...]:
        """A batch of this epoch."""
        with self._lock:
            self._request(index)
            made = self._made.pop(index, None)
        try:
            # A thread of TensorFlow may ask once more after the end.
            return self.batches[index] if made is None else made.result()
        except Exception as error:
            self.error = error
            raise

    def on_epoch_end(self) -> None:
        """Go on to the next epoch, and begin its batches."""
        with self._lock:
            self._drop()
            self.batches.on_epoch_end()
            self._request(0)

    def __enter__(self) -> Prefetched:
        return self

    def __exit__(self, *_: object) -> None:
        """End the threads, once the batches that they are making are done."""
        with self._lock:
            self._is_open = False
            self._drop()
        self._executor.shutdown()

    def _request(self, index: int) -> None:
        """Begin the batch at `index` and those after it, and drop all others."""
        if not self._is_open:
            return
        requested = range(index, min(index + 1 + self.ahead, len(self)))
        self._drop(set(self._made) - set(requested))
        for each in requested:
            if each not in self._made:
                self._made[each] = self._executor.submit(self.batches.__getitem__, each)

    def _drop(self, indices: set[int] | None = None) -> None:
        """Drop batches, all by default; waits for those that are being made."""
        for each in list(self._made) if indices is None else indices:
            made = self._made.pop(each)
            if not made.cancel():
                made.exception()
