"""Gathering: the arrays of many training examples at once, stacked, from whatever holds the examples.

Examples on disk gather by themselves (`storage.examples`); a list of examples in memory is wrapped.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

START = "start"
"""Field of an example: its first frame in its track. Without it every example is a track of its own."""

Example = Mapping[str, NDArray[Any]]
Arrays = dict[str, NDArray[Any]]
"""Examples stacked: by field, (n_examples, ...)."""
Indices = NDArray[np.int64]


@runtime_checkable
class Gathered(Protocol):
    """Examples of one length that are gathered by index."""

    def __len__(self) -> int:
        """Number of examples."""

    def gather(self, indices: Indices, /) -> Arrays:
        """Every field of the examples at `indices`, (n, ...) in that order, in memory of its own."""


@runtime_checkable
class FramesGathered(Gathered, Protocol):
    """Shards of tracks of which single frames are gathered; the shards of a track are consecutive."""

    @property
    def starts(self) -> Indices:
        """(n_examples,) first frame of each shard in its track."""

    @property
    def lengths(self) -> Indices:
        """(n_examples,) frames of the track in each shard; the rest is padding."""

    def rows(self, indices: Indices, first: Indices, last: Indices, /) -> Arrays:
        """Frames ``first[k]`` to before ``last[k]`` of the shard ``indices[k]``, one after the other, by field.

        Each field is (sum(last - first), ...) in memory of its own.
        """


@dataclass(frozen=True)
class Listed:
    """Examples that are read one by one, such as a list in memory.

    Attributes
    ----------
    examples : sequence of mappings
        All with the same fields.
    """

    examples: Sequence[Example]

    def __len__(self) -> int:
        return len(self.examples)

    def gather(self, indices: Indices) -> Arrays:
        """Every field of the examples at `indices`, stacked."""
        chosen = [self.examples[int(index)] for index in indices]
        return {name: np.stack([example[name] for example in chosen]) for name in chosen[0]}

    def rows(self, indices: Indices, first: Indices, last: Indices) -> Arrays:
        """Frames of the shards at `indices`, one after the other."""
        chosen = [(self.examples[int(index)], slice(a, b)) for index, a, b in zip(indices, first, last, strict=True)]
        names = [name for name in chosen[0][0] if name != START]
        return {name: np.concatenate([shard[name][frames] for shard, frames in chosen]) for name in names}

    @cached_property
    def starts(self) -> Indices:
        """(n_examples,) first frame of each example in its track."""
        return np.array([int(example.get(START, 0)) for example in self.examples], dtype=np.int64)

    @cached_property
    def lengths(self) -> Indices:
        """(n_examples,) frames of the track in each example."""
        return np.array([int(np.sum(example["mask"])) for example in self.examples], dtype=np.int64)


def gathered(examples: Gathered | Sequence[Example]) -> Gathered:
    """`examples` where they gather by themselves, else wrapped."""
    return examples if isinstance(examples, Gathered) else Listed(examples)


def frames_gathered(examples: Gathered | Sequence[Example]) -> FramesGathered:
    """The same for examples whose frames are gathered."""
    return examples if isinstance(examples, FramesGathered) else Listed(examples)  # type: ignore[arg-type]
