"""Batches: every epoch is a function of the seed, visits what its weights say, and cuts segments out of shards."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from mir_models import training
from mir_models.batches import Batches, visited


def shards(n: int) -> list[dict[str, Any]]:
    """Shards whose features count frames: shard * 1000 + frame."""
    frames = np.arange(512, dtype=np.float32)[:, None]
    return [{"features": 1000 * i + frames, "mask": np.ones(512, np.uint8), "frame": frames} for i in range(n)]


def told(example: Any) -> dict[str, Any]:
    return {"frame": example["frame"]}


@given(st.lists(st.floats(0.1, 4), min_size=1, max_size=40), st.integers(0, 9), st.integers(0, 9))
@settings(max_examples=60, deadline=None)
def test_visits_follow_the_weights_to_less_than_one(weights: list[float], epoch: int, seed: int) -> None:
    indices = visited(np.array(weights), epoch, seed)
    assert len(indices) == max(1, round(sum(weights)))
    counts = np.bincount(indices, minlength=len(weights))
    scale = len(indices) / sum(weights)
    assert (np.abs(counts - scale * np.array(weights)) < 1 + 1e-9).all()


def test_without_weights_every_shard_is_visited_once_in_an_order_of_the_epoch() -> None:
    batches = Batches(shards(7), told, batch_size=3, seed=1)
    first = batches.order.copy()
    assert sorted(first) == list(range(7))
    batches.on_epoch_end()
    assert sorted(batches.order) == list(range(7))
    assert (batches.order != first).any()
    np.testing.assert_array_equal(Batches(shards(7), told, batch_size=3, seed=1, epoch=1).order, batches.order)
    assert [len(batches[i][0]) for i in range(len(batches))] == [3, 3, 1]


def test_a_dataset_of_weight_two_is_heard_twice_and_one_of_weight_zero_never() -> None:
    batches = Batches(shards(6), told, batch_size=1, seed=0, weights=np.array([0, 0, 1, 1, 2, 2]))
    assert np.bincount(batches.order, minlength=6).tolist() == [0, 0, 1, 1, 2, 2]


def test_segments_lie_inside_their_shard_and_elsewhere_in_every_epoch() -> None:
    batches = Batches(shards(3), told, batch_size=2, seed=4, segment_frames=128)
    assert len(batches) == 6 == training.steps_per_epoch(3, training.Params(batch_size=2, segment_frames=128))
    starts = []
    for _ in range(2):
        heard = [batches[i] for i in range(len(batches))]
        rows = np.concatenate([features for features, _, _ in heard])[..., 0]
        targets = np.concatenate([each["frame"] for _, each, _ in heard])[..., 0]
        np.testing.assert_array_equal(np.diff(rows, axis=1), 1)
        np.testing.assert_array_equal(rows % 1000, targets)
        assert (rows[:, -1] % 1000 < 512).all()
        starts.append(sorted(rows[:, 0].tolist()))
        batches.on_epoch_end()
    assert starts[0] != starts[1]
    again = Batches(shards(3), told, batch_size=2, seed=4, segment_frames=128)
    np.testing.assert_array_equal(again[0][0], Batches(shards(3), told, batch_size=2, seed=4, segment_frames=128)[0][0])


def test_augmentation_may_ask_for_another_example_of_those_that_the_epoch_visits() -> None:
    asked = []

    def told_of(example: Any, another: Any, rng: Any) -> Any:
        asked.append(int(another()["features"][0, 0]) // 1000)
        return {**example, "features": example["features"] + 10_000}

    weights = np.array([0, 1, 1, 1])
    batches = Batches(shards(4), told, batch_size=3, seed=0, augment=told_of, weights=weights)
    for _ in range(12):
        features, _, _ = batches[0]
        assert (features >= 10_000).all()
        batches.on_epoch_end()
    assert set(asked) == {1, 2, 3}
