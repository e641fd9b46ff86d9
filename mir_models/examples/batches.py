"""Batches: shuffled batches of examples for Keras (a ``PyDataset``), drawn by seed, epoch and weights."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from mir_models.examples.gathering import Arrays, Example, Gathered
from mir_models.examples.segments import Segments
from mir_models.examples.shards import SHARD_FRAMES

Targets = Callable[[Arrays], dict[str, NDArray[Any]]]
Augment = Callable[[Arrays, Callable[[int], Arrays], np.random.Generator], Arrays]
DRAWN_IN_BATCHES = 2
"""Third word of the seed of what is drawn for a batch. The order of an epoch has none, its sample 1."""


class Batches(keras.utils.PyDataset):
    """Shuffled batches: an epoch is a function of the seed and the epoch's number, so a run can resume.

    A batch is a function of seed, epoch and its index in the epoch: batches can be made in any order, by several
    threads.

    Parameters
    ----------
    examples : Gathered or sequence of mappings
        ``features`` (512, n_bins), ``mask`` (512,) and the piano rolls, see `mir_models.examples.segments.Segments`; or
        windows of any length with a ``label``. Read for each batch, never all at once.
    targets : callable
        Stacked examples to targets ``{head: (n, n_frames, n_targets)}``.
    batch_size, seed, epoch : int
        `epoch` is the first epoch.
    segment_frames : int
        Frames of each example; an epoch has ``512 // segment_frames`` segments of each shard.
    silence : float
        Value of the features before and after a track.
    augment : callable (examples, another, rng) -> examples, or None
        Augments the segments of a batch; ``another(n)`` gives n further ones, to be mixed with them.
    weights : (n_examples,) or None
        Mean number of times that an epoch visits each example; None: once.
    """

    def __init__(
        self,
        examples: Gathered | Sequence[Example],
        targets: Targets,
        *,
        batch_size: int,
        seed: int,
        epoch: int = 0,
        segment_frames: int = SHARD_FRAMES,
        silence: float = 0.0,
        augment: Augment | None = None,
        weights: NDArray[np.float64] | None = None,
    ) -> None:
        super().__init__()
        self.examples, self.targets, self.batch_size, self.seed = examples, targets, batch_size, seed
        self.segments, self.augment = Segments(examples, segment_frames, silence), augment
        self.visits = np.repeat(np.ones(len(examples)) if weights is None else weights, SHARD_FRAMES // segment_frames)
        self.epoch = epoch
        self.order = self.epoch_order(epoch)

    def epoch_order(self, epoch: int) -> NDArray[np.int64]:
        """(n_visits,) the order in which `epoch` visits the segments; segment i is of example ``i // segments``."""
        rng = np.random.default_rng([self.seed, epoch])
        return rng.permutation(systematic_sample(self.visits, epoch, self.seed))

    def __len__(self) -> int:
        return -(-len(self.order) // self.batch_size)

    def __getitem__(self, index: int) -> tuple[Any, ...]:
        """Features, targets by head and, where examples have a mask, sample weights (batch, n_frames) by head."""
        arrays = self.arrays(index)
        targets = self.targets(arrays)
        if "mask" not in arrays:
            return arrays["features"], targets
        return arrays["features"], targets, dict.fromkeys(targets, arrays["mask"].astype(np.float32))

    def arrays(self, index: int) -> Arrays:
        """The segments of a batch of this epoch, augmented: every field (batch, n_frames, ...)."""
        rng = np.random.default_rng([self.seed, self.epoch, DRAWN_IN_BATCHES, index])
        order, per_shard = self.order, SHARD_FRAMES // self.segments.n_frames
        visited = order[index * self.batch_size : (index + 1) * self.batch_size]
        arrays = self.segments.cut(visited // per_shard, rng)
        if self.augment is None:
            return arrays
        return self.augment(arrays, lambda n: self.segments.cut(rng.choice(order, n) // per_shard, rng), rng)

    def on_epoch_end(self) -> None:
        """Shuffle for the next epoch."""
        self.epoch += 1
        self.order = self.epoch_order(self.epoch)


def systematic_sample(weights: NDArray[np.float64], epoch: int, seed: int) -> NDArray[np.int64]:
    """Indices in order, each as often as its weight in the mean, and always ``round(sum(weights))`` in all.

    Systematic sampling (W. G. Madow, "On the theory of systematic sampling, II", Ann. Math. Stat. 20, 1949): a comb of
    equal steps laid over the weights in a row. Weights of 1 give every index once.
    """
    ends = np.cumsum(weights)
    n_visits = max(1, round(float(ends[-1])))
    teeth = (np.arange(n_visits) + np.random.default_rng([seed, epoch, 1]).random()) * (ends[-1] / n_visits)
    return np.minimum(np.searchsorted(ends, teeth, side="right"), len(weights) - 1)
