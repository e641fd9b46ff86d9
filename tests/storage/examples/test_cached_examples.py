"""Examples in memory: read once while there is room, and the same either way; only of stores that are far away."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mir_models.examples.windows import Window
from storage.examples.cached import CachedExamples, CachedShards, cached_if_remote
from storage.examples.indexed import ShardExamples
from storage.examples.windows import WindowExamples
from tests.storage.examples.shard_stores import written_tracks

FIELDS = ("features", "onset", "mask", "start")


class Counted:
    """Examples of 400 bytes, and which were read."""

    def __init__(self, n: int) -> None:
        self.n = n
        self.read: list[int] = []

    def __len__(self) -> int:
        return self.n

    def gather(self, indices: np.ndarray) -> dict[str, np.ndarray]:
        self.read += indices.tolist()
        return {
            "features": np.repeat(indices[:, None], 75, axis=1).astype(np.float32),
            "mask": np.repeat(indices[:, None], 100, axis=1).astype(np.uint8),
        }


@pytest.mark.parametrize(("room", "kept"), [(1200, [0, 1, 2]), (1199, [0, 1]), (400, [0]), (399, []), (0, [])])
def test_examples_are_kept_while_all_their_arrays_have_room(room: int, kept: list[int]) -> None:
    examples: Any = Counted(3)
    cached = CachedExamples(examples, room)
    assert len(cached) == 3
    for _ in range(2):
        for index in range(3):
            example = cached[index]
            assert (example["features"] == index).all()
            assert (example["mask"] == index).all()
    assert sorted(cached.kept) == kept
    assert examples.read == [0, 1, 2, *(index for index in range(3) if index not in kept)]


def test_a_batch_is_read_once_at_a_time_and_in_its_order() -> None:
    examples: Any = Counted(5)
    cached = CachedExamples(examples, 10_000)
    assert cached.gather(np.array([3, 1, 3]))["mask"][:, 0].tolist() == [3, 1, 3]
    assert cached.gather(np.array([4, 3, 1, 0]))["mask"][:, 0].tolist() == [4, 3, 1, 0]
    assert examples.read == [3, 1, 4, 0]


def test_what_is_kept_belongs_to_one_sequence_and_cannot_be_changed_through_a_batch() -> None:
    one, other = (CachedExamples(Counted(2), 1000) for _ in range(2))  # type: ignore[arg-type]
    one.gather(np.array([1]))["mask"][...] = 7
    assert (one[1]["mask"] == 1).all()
    assert (list(one.kept), list(other.kept)) == ([1], [])


def test_only_what_is_far_away_is_kept(tmp_path: Path) -> None:
    near = ShardExamples(written_tracks(str(tmp_path), [700]), FIELDS)
    assert cached_if_remote(near, 1000) is near
    tracks = written_tracks(f"memory://{uuid.uuid4().hex}", [700, 600])
    shards, windows = ShardExamples(tracks, FIELDS), WindowExamples(tracks, [0, 1], 2, Window(512, 512), -1.0)
    assert type(cached_if_remote(shards, 1000)) is CachedShards
    assert type(cached_if_remote(windows, 1000)) is CachedExamples


def test_shards_in_memory_are_those_on_disk() -> None:
    shards = ShardExamples(written_tracks(f"memory://{uuid.uuid4().hex}", [700, 600]), FIELDS)
    cached = CachedShards(shards, 10**6)
    indices, first, last = np.array([3, 0, 1, 3]), np.array([0, 100, 0, 5]), np.array([512, 200, 0, 6])
    np.testing.assert_array_equal(cached.starts, shards.starts)
    np.testing.assert_array_equal(cached.lengths, shards.lengths)
    for _ in range(2):
        rows, gathered = cached.rows(indices, first, last), cached.gather(indices)
        for name, array in shards.rows(indices, first, last).items():
            np.testing.assert_array_equal(rows[name], array)
        for name, array in shards.gather(indices).items():
            np.testing.assert_array_equal(gathered[name], array)
