"""Even batches: each has a multiple of some number of examples, and the loss that it had before."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray


class EvenBatches(keras.utils.PyDataset):
    """Batches with copies of examples added, which weigh nothing; the others weigh more by as much.

    The mean over all examples, by which Keras reduces a loss, stays the same. What a network computes over a batch,
    such as the statistics of batch normalisation, includes the copies: those are of the first examples, and there are
    none but in the last batch of an epoch where the devices divide the batches.

    Parameters
    ----------
    batches : keras.utils.PyDataset
        Of features, targets by head, and perhaps weights (n, ...) by head.
    multiple : int
    """

    def __init__(self, batches: Any, multiple: int) -> None:
        super().__init__()
        self.batches, self.multiple = batches, multiple

    def __len__(self) -> int:
        return len(self.batches)

    def __getitem__(self, index: int) -> tuple[Any, ...]:
        """Features, targets by head, weights by head; weights are there for every batch."""
        features, targets, *weights = self.batches[index]
        n = len(features)
        n_even = -(-n // self.multiple) * self.multiple
        taken, weight = np.arange(n_even) % n, np.zeros(n_even, np.float32)
        weight[:n] = n_even / n
        by_head = weights[0] if weights else dict.fromkeys(targets, np.ones(n, np.float32))
        even = {head: _scaled(values[taken], weight) for head, values in by_head.items()}
        return features[taken], {head: values[taken] for head, values in targets.items()}, even

    def on_epoch_end(self) -> None:
        """Shuffle for the next epoch."""
        self.batches.on_epoch_end()


def _scaled(values: NDArray[Any], weight: NDArray[np.float32]) -> NDArray[Any]:
    """Values (n, ...), each times the weight of its example."""
    return values * weight.reshape(-1, *[1] * (values.ndim - 1))
