"""Batches: shuffled batches of examples for Keras (a ``PyDataset``), drawn by seed, epoch and weights."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from mir_models.examples.segments import Segments
from mir_models.examples.shards import SHARD_FRAMES

Example = Mapping[str, NDArray[Any]]
Augment = Callable[[Example, Callable[[], Example], np.random.Generator], Example]


class Batches(keras.utils.PyDataset):
    """Shuffled batches: an epoch is a function of the seed and the epoch's number, so a run can resume.

    Parameters
    ----------
    examples : sequence of mappings
        ``features`` (512, n_bins), ``mask`` (512,) and the piano rolls, see `mir_models.examples.segments.Segments`; or
        windows of any length with a ``label``. Read when indexed, never all at once.
    targets : callable
        Example to targets ``{head: (n_frames, n_targets)}``.
    batch_size, seed, epoch : int
        `epoch` is the first epoch.
    segment_frames : int
        Frames of each example; an epoch has ``512 // segment_frames`` segments of each shard.
    silence : float
        Value of the features before and after a track.
    augment : callable (example, another, rng) -> example, or None
        Augments a segment; `another()` gives a further one, to be mixed with it.
    weights : (n_examples,) or None
        Mean number of times that an epoch visits each example; None: once.
    """

    def __init__(
        self,
        examples: Sequence[Example],
        targets: Callable[[Example], dict[str, NDArray[Any]]],
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
        positions = range(index * self.batch_size, min((index + 1) * self.batch_size, len(self.order)))
        examples = [self.segment(position) for position in positions]
        by_example = [self.targets(example) for example in examples]
        features = np.stack([example["features"] for example in examples])
        targets = {head: np.stack([each[head] for each in by_example]) for head in by_example[0]}
        if "mask" not in examples[0]:
            return features, targets
        mask = np.stack([example["mask"] for example in examples]).astype(np.float32)
        return features, targets, dict.fromkeys(by_example[0], mask)

    def segment(self, position: int) -> Example:
        """The segment at a position of this epoch's order, augmented."""
        rng = np.random.default_rng([self.seed, self.epoch, position])
        per_shard = SHARD_FRAMES // self.segments.n_frames
        example = self.segments.cut(int(self.order[position]) // per_shard, rng)
        if self.augment is None:
            return example
        return self.augment(example, lambda: self.segments.cut(int(rng.choice(self.order)) // per_shard, rng), rng)

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
