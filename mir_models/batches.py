"""Batches of examples for Keras: the successor of ``keras.utils.Sequence`` over any indexable of shards."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

Example = Mapping[str, NDArray[Any]]


class Batches(keras.utils.PyDataset):
    """Shuffled batches: the order of an epoch is a function of the seed and the epoch's number, so a run can resume.

    Parameters
    ----------
    examples : sequence of mappings
        ``features`` (512, n_bins), ``mask`` (512,) and the rolls; read when asked for, never all at once.
    targets : callable
        Example to ``{head: (512, n_targets)}``.
    batch_size, seed, epoch : int
        `epoch` is the first epoch that will be asked for.
    """

    def __init__(
        self,
        examples: Sequence[Example],
        targets: Callable[[Example], dict[str, NDArray[Any]]],
        *,
        batch_size: int,
        seed: int,
        epoch: int = 0,
    ) -> None:
        super().__init__()
        self.examples, self.targets, self.batch_size, self.seed = examples, targets, batch_size, seed
        self.epoch = epoch
        self.order = self.order_of(epoch)

    def order_of(self, epoch: int) -> NDArray[np.int64]:
        """(n_examples,) the order in which `epoch` visits the examples."""
        return np.random.default_rng([self.seed, epoch]).permutation(len(self.examples))

    def __len__(self) -> int:
        return -(-len(self.examples) // self.batch_size)

    def __getitem__(self, index: int) -> tuple[NDArray[Any], dict[str, NDArray[Any]], dict[str, NDArray[Any]]]:
        chosen = self.order[index * self.batch_size : (index + 1) * self.batch_size]
        examples = [self.examples[int(i)] for i in chosen]
        wanted = [self.targets(example) for example in examples]
        features = np.stack([example["features"] for example in examples])
        mask = np.stack([example["mask"] for example in examples]).astype(np.float32)
        return (
            features,
            {head: np.stack([each[head] for each in wanted]) for head in wanted[0]},
            dict.fromkeys(wanted[0], mask),
        )

    def on_epoch_end(self) -> None:
        """Shuffle for the next epoch."""
        self.epoch += 1
        self.order = self.order_of(self.epoch)
