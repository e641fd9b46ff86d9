"""Examples in memory: read once while there is room, and the same either way."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from storage.examples.cached import CachedExamples


class Counted(list[Any]):
    """Examples that count how often they are read."""

    reads = 0

    def __getitem__(self, index: Any) -> Any:
        self.reads += 1
        return {"features": np.full(100, index, dtype=np.float32)}


@pytest.mark.parametrize(("room", "reads"), [(10_000, 4), (800, 6), (0, 8)])
def test_an_example_is_read_once_while_there_is_room(room: int, reads: int) -> None:
    examples = Counted(range(4))
    cached = CachedExamples(examples, room)  # type: ignore[arg-type]
    for _ in range(2):
        for index in range(4):
            assert (cached[index]["features"] == index).all()
    assert examples.reads == reads
