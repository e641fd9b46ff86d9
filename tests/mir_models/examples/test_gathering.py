"""Gathering: stacked examples and frames of shards from a list, and which classes of storage gather by themselves."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from mir_models.examples.gathering import FramesGathered, Gathered, Listed, frames_gathered, gathered
from mir_models.examples.windows import Window
from storage.examples.cached import CachedExamples, CachedShards
from storage.examples.indexed import ShardExamples
from storage.examples.windows import WindowExamples

SHARDS = [
    {
        "features": 100 * i + np.arange(6, dtype=np.float32)[:, None],
        "mask": (np.arange(6) < 6 - i).astype(np.uint8),
        "start": np.int64(512 * (i % 2)),
    }
    for i in range(4)
]
"""Four shards of six frames, two of each track."""


@given(st.lists(st.integers(0, 3), min_size=1, max_size=6))
@settings(max_examples=30, deadline=None)
def test_examples_are_stacked_in_the_order_of_their_indices(indices: list[int]) -> None:
    found = Listed(SHARDS).gather(np.array(indices))
    assert found["features"][:, 0, 0].tolist() == [100 * i for i in indices]
    assert found["start"].tolist() == [512 * (i % 2) for i in indices]
    found["features"][:] = -1
    assert SHARDS[0]["features"][1, 0] == 1, "in memory of its own"


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 6), st.integers(0, 6)), min_size=1, max_size=6))
@settings(max_examples=30, deadline=None)
def test_rows_are_the_frames_asked_for_one_after_the_other(pieces: list[tuple[int, int, int]]) -> None:
    pieces = [(index, min(a, b), max(a, b)) for index, a, b in pieces]
    found = Listed(SHARDS).rows(*np.array(pieces).T)
    expected = [100 * index + frame for index, a, b in pieces for frame in range(a, b)]
    assert set(found) == {"features", "mask"}
    assert found["features"][:, 0].tolist() == expected
    assert found["mask"].tolist() == [int(number % 100 < 6 - number // 100) for number in expected]


def test_starts_and_lengths_are_those_of_the_shards() -> None:
    assert Listed(SHARDS).starts.tolist() == [0, 512, 0, 512]
    assert Listed(SHARDS).lengths.tolist() == [6, 5, 4, 3]
    without = [{name: array for name, array in shard.items() if name != "start"} for shard in SHARDS]
    assert Listed(without).starts.tolist() == [0, 0, 0, 0]


def test_what_gathers_by_itself_is_not_wrapped() -> None:
    shards, windows = ShardExamples([], ("features",)), WindowExamples([], [], 2, Window(), 0.0)
    stored: list[Any] = [shards, CachedShards(shards, 0)]
    for examples in stored:
        assert isinstance(examples, FramesGathered)
        assert frames_gathered(examples) is gathered(examples) is examples
    for examples in (windows, CachedExamples(windows, 0)):
        assert isinstance(examples, Gathered)
        assert gathered(examples) is examples
    assert isinstance(gathered(SHARDS), Listed)
