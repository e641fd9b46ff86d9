"""Batches: every epoch is a function of the seed, visits what its weights say, and cuts segments out of shards."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
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


def track(n_frames: int, first: int = 0) -> list[dict[str, Any]]:
    """The shards of a track whose features count its frames from `first`; -1 is padding."""
    n_shards = -(-n_frames // 512)
    frames = np.full(512 * n_shards, -1.0, np.float32)
    frames[:n_frames] = first + np.arange(n_frames)
    sounding = (np.arange(512 * n_shards) < n_frames).astype(np.uint8)
    shard = [slice(512 * k, 512 * k + 512) for k in range(n_shards)]
    return [
        {"features": frames[rows, None], "mask": sounding[rows], "frame": frames[rows, None], "start": rows.start}
        for rows in shard
    ]


def heard(batches: Batches) -> tuple[np.ndarray, np.ndarray]:
    """Features and masks of all segments of an epoch: (n_segments, n_frames)."""
    found = [batches[i] for i in range(len(batches))]
    return np.concatenate([x[..., 0] for x, _, _ in found]), np.concatenate([w["frame"] for _, _, w in found])


TRACKS = [track(n, 10_000 * k) for k, n in enumerate((129, 300, 512, 700, 1540, 2048))]
"""Tracks of one shard and of several, the last one full, half full, and hardly begun."""
LENGTHS = {10_000 * k: n for k, n in enumerate((129, 300, 512, 700, 1540, 2048))}


@pytest.mark.parametrize("segment_frames", [128, 256])
def test_segments_are_frames_in_a_row_of_one_track_with_silence_around_it(segment_frames: int) -> None:
    examples = [shard for each in TRACKS for shard in each]
    batches = Batches(examples, told, batch_size=2, seed=4, segment_frames=segment_frames, silence=-1.0)
    settings = training.Params(batch_size=2, segment_frames=segment_frames)
    assert len(batches) == training.steps_per_epoch(len(examples), settings)
    starts = []
    for _ in range(4):
        rows, masks = heard(batches)
        for row, mask in zip(rows, masks, strict=True):
            np.testing.assert_array_equal(mask, row >= 0)
            sounding = row[row >= 0]
            assert len(sounding) >= min(segment_frames // 2, 129)
            np.testing.assert_array_equal(np.diff(sounding), 1)
            np.testing.assert_array_equal(np.diff(np.flatnonzero(row >= 0)), 1)
            if row[0] < 0 and row[-1] >= 0:
                assert sounding[0] in LENGTHS, "silence before the first frame only"
            if row[-1] < 0:
                piece = sounding[-1] // 10_000 * 10_000
                assert sounding[-1] == piece + LENGTHS[piece] - 1, "silence after the last frame only"
        starts.append(rows[:, 0].tolist())
        batches.on_epoch_end()
    assert starts[0] != starts[1]
    again = Batches(examples, told, batch_size=2, seed=4, segment_frames=segment_frames, silence=-1.0)
    assert heard(again)[0][:, 0].tolist() == starts[0]


@pytest.mark.parametrize("segment_frames", [64, 128, 256])
def test_every_frame_is_heard_about_as_often_as_any_other(segment_frames: int) -> None:
    n_frames, n_epochs = 4 * 512, 300
    batches = Batches(track(n_frames), told, batch_size=8, seed=0, segment_frames=segment_frames, silence=-1.0)
    counts = np.zeros(n_frames)
    for _ in range(n_epochs):
        rows, _ = heard(batches)
        counts += np.bincount(rows[rows >= 0].astype(int), minlength=n_frames)
        batches.on_epoch_end()
    often = counts / n_epochs
    inner = often[segment_frames:-segment_frames]
    assert inner.mean() == pytest.approx(1, abs=0.1)
    assert inner.min() > 0.6
    assert inner.max() < 1.5
    assert often.min() > 0.25, "the ends of a track are heard half as often"


def test_whole_shards_pass_as_they_are() -> None:
    examples = track(700)
    batches = Batches(examples, told, batch_size=2, seed=0)
    rows, masks = heard(batches)
    np.testing.assert_array_equal(np.sort(rows[:, 0]), [0, 512])
    assert masks.sum() == 700


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
