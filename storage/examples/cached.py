"""Training examples cached in memory while there is room."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from storage.examples.indexed import Example


@dataclass(frozen=True)
class CachedExamples(Sequence[Example]):
    """Examples that stay in memory once they were read, as long as there is room.

    Reading one takes about as long as training on it, and every epoch visits all of them.

    Attributes
    ----------
    examples : sequence of Example
    room : int
        Bytes that may be kept.
    kept : dict of int to Example
        The cache, by index.
    """

    examples: Sequence[Example]
    room: int
    kept: dict[int, Example] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.examples)

    def __getitem__(self, index: Any) -> Any:
        if index in self.kept:
            return self.kept[index]
        example = self.examples[index]
        size = sum(array.nbytes for array in example.values())
        if (len(self.kept) + 1) * size <= self.room:
            self.kept[index] = example
        return example
