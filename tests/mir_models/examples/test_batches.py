"""Batches: every epoch is a function of the seed, visits examples by their weights, and cuts segments out of shards."""

from __future__ import annotations

import warnings
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mir_models.examples.batches import DRAWN_IN_BATCHES, Batches, systematic_sample
from mir_models.examples.gathering import Listed
from mir_models.training import fit
from mir_models.training.params import Params as TrainingParams


def shards(n: int) -> list[dict[str, Any]]:
    """Shards whose features count frames: shard * 1000 + frame."""
    frames = np.arange(512, dtype=np.float32)[:, None]
    return [{"features": 1000 * i + frames, "mask": np.ones(512, np.uint8), "frame": frames} for i in range(n)]


def frame_targets(example: Any) -> dict[str, Any]:
    return {"frame": example["frame"]}


@given(st.lists(st.floats(0.1, 4), min_size=1, max_size=40), st.integers(0, 9), st.integers(0, 9))
@settings(max_examples=60, deadline=None)
def test_visits_follow_the_weights_to_less_than_one(weights: list[float], epoch: int, seed: int) -> None:
    indices = systematic_sample(np.array(weights), epoch, seed)
    assert len(indices) == max(1, round(sum(weights)))
    counts = np.bincount(indices, minlength=len(weights))
    scale = len(indices) / sum(weights)
    assert (np.abs(counts - scale * np.array(weights)) < 1 + 1e-9).all()


def test_without_weights_every_shard_is_visited_once_in_an_order_of_the_epoch() -> None:
    batches = Batches(shards(7), frame_targets, batch_size=3, seed=1)
    first = batches.order.copy()
    assert sorted(first) == list(range(7))
    batches.on_epoch_end()
    assert sorted(batches.order) == list(range(7))
    assert (batches.order != first).any()
    np.testing.assert_array_equal(Batches(shards(7), frame_targets, batch_size=3, seed=1, epoch=1).order, batches.order)
    assert [len(batches[i][0]) for i in range(len(batches))] == [3, 3, 1]


def test_examples_of_weight_two_are_visited_twice_and_of_weight_zero_never() -> None:
    batches = Batches(shards(6), frame_targets, batch_size=1, seed=0, weights=np.array([0, 0, 1, 1, 2, 2]))
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


def epoch_segments(batches: Batches) -> tuple[np.ndarray, np.ndarray]:
    """Features and masks of all segments of an epoch: (n_segments, n_frames)."""
    found = [batches[i] for i in range(len(batches))]
    return np.concatenate([x[..., 0] for x, _, _ in found]), np.concatenate([w["frame"] for _, _, w in found])


TRACKS = [track(n, 10_000 * k) for k, n in enumerate((129, 300, 512, 700, 1540, 2048))]
"""Tracks of one shard and of several, the last one full, half full, and hardly begun."""
LENGTHS = {10_000 * k: n for k, n in enumerate((129, 300, 512, 700, 1540, 2048))}


@pytest.mark.parametrize("segment_frames", [128, 256])
def test_segments_are_frames_in_a_row_of_one_track_with_silence_around_it(segment_frames: int) -> None:
    examples = [shard for each in TRACKS for shard in each]
    batches = Batches(examples, frame_targets, batch_size=2, seed=4, segment_frames=segment_frames, silence=-1.0)
    settings = TrainingParams(batch_size=2, segment_frames=segment_frames)
    assert len(batches) == fit.steps_per_epoch(len(examples), settings)
    starts = []
    for _ in range(4):
        rows, masks = epoch_segments(batches)
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
    again = Batches(examples, frame_targets, batch_size=2, seed=4, segment_frames=segment_frames, silence=-1.0)
    assert epoch_segments(again)[0][:, 0].tolist() == starts[0]


@pytest.mark.parametrize("segment_frames", [64, 128, 256])
def test_every_frame_is_drawn_about_as_often_as_any_other(segment_frames: int) -> None:
    n_frames, n_epochs = 4 * 512, 300
    batches = Batches(track(n_frames), frame_targets, batch_size=8, seed=0, segment_frames=segment_frames, silence=-1.0)
    counts = np.zeros(n_frames)
    for _ in range(n_epochs):
        rows, _ = epoch_segments(batches)
        counts += np.bincount(rows[rows >= 0].astype(int), minlength=n_frames)
        batches.on_epoch_end()
    often = counts / n_epochs
    inner = often[segment_frames:-segment_frames]
    assert inner.mean() == pytest.approx(1, abs=0.1)
    assert inner.min() > 0.6
    assert inner.max() < 1.5
    assert often.min() > 0.25, "the ends of a track are drawn half as often"


def test_shards_are_not_changed_by_segments_of_512_frames() -> None:
    examples = track(700)
    batches = Batches(examples, frame_targets, batch_size=2, seed=0)
    rows, masks = epoch_segments(batches)
    np.testing.assert_array_equal(np.sort(rows[:, 0]), [0, 512])
    assert masks.sum() == 700


def test_other_examples_of_an_augmentation_are_ones_that_the_epoch_visits() -> None:
    drawn = []

    def augment(examples: Any, another: Any, rng: Any) -> Any:
        drawn.extend((another(2)["features"][:, 0, 0] // 1000).astype(int).tolist())
        return {**examples, "features": examples["features"] + 10_000}

    weights = np.array([0, 1, 1, 1])
    batches = Batches(shards(4), frame_targets, batch_size=3, seed=0, augment=augment, weights=weights)
    for _ in range(12):
        features, _, _ = batches[0]
        assert (features >= 10_000).all()
        batches.on_epoch_end()
    assert len(drawn) == 24
    assert set(drawn) == {1, 2, 3}


def windows(n: int) -> list[dict[str, Any]]:
    """Windows of three frames without a mask, each with a label."""
    return [{"features": np.full((3, 1), i, np.float32), "label": np.array([i], np.float32)} for i in range(n)]


def order(seed: int, epoch: int, n: int) -> list[int]:
    return np.random.default_rng([seed, epoch]).permutation(n).tolist()


def test_a_batch_holds_features_targets_by_head_and_the_mask_for_each_head() -> None:
    examples = [{**shard, "mask": np.full(512, i % 2, np.uint8)} for i, shard in enumerate(shards(5))]

    def targets(example: Any) -> dict[str, Any]:
        return {"onset": example["features"] + 7, "frame": example["frame"]}

    batches = Batches(examples, targets, batch_size=2, seed=3, epoch=4)
    expected = order(3, 4, 5)
    assert batches.order.tolist() == expected
    assert len(batches) == 3
    for index, which in enumerate([expected[:2], expected[2:4], expected[4:]]):
        features, heads, weights = batches[index]
        np.testing.assert_array_equal(features, np.stack([examples[i]["features"] for i in which]))
        assert list(heads) == list(weights) == ["onset", "frame"]
        np.testing.assert_array_equal(heads["onset"], features + 7)
        np.testing.assert_array_equal(heads["frame"], np.stack([examples[i]["frame"] for i in which]))
        for head in heads:
            assert weights[head].dtype == np.float32
            assert weights[head].shape == (len(which), 512)
            assert weights[head][:, 0].tolist() == [i % 2 for i in which]


def test_examples_without_a_mask_have_no_weights() -> None:
    batches = Batches(windows(4), lambda example: {"class": example["label"]}, batch_size=3, seed=1)
    first, second = batches[0], batches[1]
    assert [len(first), len(second)] == [2, 2]
    assert first[0][:, 0, 0].tolist() + second[0][:, 0, 0].tolist() == order(1, 0, 4)
    assert first[1]["class"].tolist() == [[i] for i in order(1, 0, 4)[:3]]


@pytest.mark.parametrize(("n", "batch_size", "n_batches"), [(6, 3, 2), (7, 3, 3), (1, 3, 1), (3, 1, 3)])
def test_the_last_batch_may_be_short(n: int, batch_size: int, n_batches: int) -> None:
    batches = Batches(windows(n), lambda example: {"class": example["label"]}, batch_size=batch_size, seed=0)
    assert len(batches) == n_batches
    sizes = [len(batches[i][0]) for i in range(n_batches)]
    assert sizes == [batch_size] * (n_batches - 1) + [n - batch_size * (n_batches - 1)]


def test_an_epoch_ends_with_the_order_of_the_next() -> None:
    batches = Batches(windows(9), frame_targets, batch_size=2, seed=5)
    assert (batches.epoch, batches.order.tolist()) == (0, order(5, 0, 9))
    for epoch in (1, 2):
        batches.on_epoch_end()
        assert (batches.epoch, batches.order.tolist()) == (epoch, order(5, epoch, 9))
    assert batches.epoch_order(0).tolist() == order(5, 0, 9)
    assert batches.epoch_order(7).tolist() == order(5, 7, 9)
    assert batches.epoch == 2
    assert Batches(windows(9), frame_targets, batch_size=2, seed=6).order.tolist() == order(6, 0, 9)


def test_each_visit_of_an_example_has_its_own_segments() -> None:
    weights = np.array([1.0, 0.0, 2.0])
    batches = Batches(shards(3), frame_targets, batch_size=4, seed=2, segment_frames=128, weights=weights)
    assert batches.visits.tolist() == [1] * 4 + [0] * 4 + [2] * 4
    assert len(batches.order) == 12
    counts = np.bincount(batches.order, minlength=12).tolist()
    assert counts == [1] * 4 + [0] * 4 + [2] * 4
    assert shards_in(batches) == [int(segment) // 4 for segment in batches.order]


def shards_in(batches: Batches) -> list[int]:
    """The shard of each segment of an epoch, in order, by the numbers of its frames."""
    found = []
    for index in range(len(batches)):
        arrays = batches.arrays(index)
        for features, mask in zip(arrays["features"], arrays["mask"], strict=True):
            (shard,) = {int(frame) // 1000 for frame in features[mask > 0, 0]}
            found.append(shard)
    return found


def test_a_batch_and_its_augmentation_depend_on_seed_epoch_and_index() -> None:
    def augment(examples: Any, another: Any, rng: np.random.Generator) -> Any:
        others = another(len(examples["features"]))["features"]
        return {**examples, "features": examples["features"] + rng.integers(10**6), "other": others}

    def batches(**changes: int) -> Batches:
        settings: Any = {"batch_size": 2, "seed": 1, "epoch": 3, **changes}
        return Batches(shards(6), frame_targets, segment_frames=256, augment=augment, **settings)

    def same(one: Any, other: Any) -> bool:
        return all(np.array_equal(one[name], other[name]) for name in ("features", "mask", "other"))

    first = batches().arrays(5)
    made = batches()
    for index in (2, 5, 0):
        made.arrays(index)
    assert same(made.arrays(5), first), "whatever was made before"
    for other in (batches().arrays(4), batches(seed=2).arrays(5), batches(epoch=4).arrays(5)):
        assert not same(other, first)
    advanced = batches(epoch=2)
    advanced.on_epoch_end()
    assert same(advanced.arrays(5), first)


def test_what_is_drawn_for_a_batch_is_not_what_the_order_was_drawn_by() -> None:
    """A seed of fewer words is that of the same words and zeros: the first batch would follow from the order."""
    drawn = []

    def augment(examples: Any, another: Any, rng: np.random.Generator) -> Any:
        drawn.append(rng.random())
        return examples

    batches = Batches(shards(4), frame_targets, batch_size=2, seed=3, epoch=0, augment=augment)
    batches[0], batches[1]
    others = [np.random.default_rng(seed).random() for seed in ([3, 0], [3, 0, 0], [3, 0, 1])]
    assert len({*drawn, *others}) == 4, "the seeds [3, 0] and [3, 0, 0] are one"
    assert drawn == [np.random.default_rng([3, 0, DRAWN_IN_BATCHES, index]).random() for index in range(2)]


def test_augmentation_gets_the_segments_of_its_batch_and_others() -> None:
    def augment(examples: Any, another: Any, rng: np.random.Generator) -> Any:
        drawn.extend((another(3)["features"][:, 0, 0] // 1000).astype(int).tolist())
        return {**examples, "features": -examples["features"]}

    drawn: list[int] = []
    batches = Batches(shards(4), frame_targets, batch_size=4, seed=3, augment=augment)
    features, heads, _ = batches[0]
    np.testing.assert_array_equal(features[:, 1, 0], [-(1000 * i + 1) for i in order(3, 0, 4)])
    assert heads["frame"][0, 1, 0] == 1, "targets are made of what augmentation left"
    assert drawn == np.random.default_rng([3, 0, DRAWN_IN_BATCHES, 0]).choice(order(3, 0, 4), 3).tolist()


def test_other_segments_are_drawn_from_the_visits_of_the_epoch_and_cut_as_any_other() -> None:
    drawn: list[float] = []

    def augment(examples: Any, another: Any, rng: np.random.Generator) -> Any:
        others = another(5)
        assert others["features"].shape == (5, 128, 1)
        drawn.extend(others["features"][:, 64, 0].tolist())
        return examples

    batches = Batches(shards(3), frame_targets, batch_size=4, seed=2, segment_frames=128, augment=augment)
    expected: list[float] = []
    for index in range(3):
        batches[index]
        rng = np.random.default_rng([2, 0, DRAWN_IN_BATCHES, index])
        rng.integers(np.full(4, -64), 448)  # where the segments of this batch begin
        which = rng.choice(order(2, 0, 12), 5) // 4
        expected += (1000.0 * which + rng.integers(np.full(5, -64), 448) + 64).tolist()
    assert drawn == expected


def test_silence_is_what_surrounds_a_track() -> None:
    for silence in (0.0, -80.0):
        arguments: dict[str, Any] = {} if silence == 0 else {"silence": silence}
        examples = [{**shard, "features": shard["features"] + 1} for shard in shards(4)]
        features, _, weights = Batches(examples, frame_targets, batch_size=8, seed=0, segment_frames=256, **arguments)[
            0
        ]
        assert set(features[weights["frame"] == 0][:, 0]) == {silence}
        assert features[weights["frame"] == 1].min() >= 1


@pytest.mark.parametrize(
    ("weights", "counts"),
    [
        ([1, 1, 1], [1, 1, 1]),
        ([2, 0, 1], [2, 0, 1]),
        ([0, 0, 3], [0, 0, 3]),
        ([1.5, 1.5], None),
        ([0.25] * 4, None),
    ],
)
def test_the_number_of_visits(weights: list[float], counts: list[int] | None) -> None:
    for seed in range(5):
        for epoch in range(5):
            indices = systematic_sample(np.array(weights, float), epoch, seed)
            assert indices.tolist() == sorted(indices)
            found = np.bincount(indices, minlength=len(weights)).tolist()
            assert sum(found) == round(sum(weights))
            if counts is not None:
                assert found == counts


def test_visits_are_where_a_comb_of_equal_steps_meets_the_weights() -> None:
    weights = np.random.default_rng(0).uniform(0.05, 0.3, 50)
    ends = np.cumsum(weights)
    n_visits = round(ends[-1])
    for epoch, seed in ((0, 0), (1, 0), (0, 1), (5, 7)):
        offset = np.random.default_rng([seed, epoch, 1]).random()
        teeth = [(k + offset) * ends[-1] / n_visits for k in range(n_visits)]
        assert systematic_sample(weights, epoch, seed).tolist() == [
            sum(tooth >= end for end in ends) for tooth in teeth
        ]


def test_over_many_epochs_visits_average_to_the_weights() -> None:
    weights = np.array([0.2, 1.3, 0.5])
    counts = sum(np.bincount(systematic_sample(weights, epoch, 0), minlength=3) for epoch in range(2000)) / 2000
    np.testing.assert_allclose(counts, weights, atol=0.05)


def test_at_least_one_example_is_visited() -> None:
    assert systematic_sample(np.array([0.0, 0.1, 0.0]), 0, 0).tolist() == [1]


@pytest.mark.parametrize(
    ("weights", "offset", "expected"),
    [
        ([1, 1, 1], 0.0, [0, 1, 2]),
        ([0, 1, 1], 0.0, [1, 2]),
        ([2, 0, 1], 0.0, [0, 0, 2]),
        ([1, 1, 1], 1 - 2**-53, [0, 2, 2]),
        ([1.5, 1.5], 0.5, [0, 1, 1]),
        ([1.5, 1.5], 0.25, [0, 0, 1]),
    ],
)
def test_a_tooth_on_a_border_is_of_the_index_behind_it_and_never_of_none(
    weights: list[float], offset: float, expected: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With weights of 1 and 2 the largest offset below 1 is rounded to 1, so that the last tooth is at the very end."""
    monkeypatch.setattr(np.random, "default_rng", lambda seed: SimpleNamespace(random=lambda: offset))
    assert systematic_sample(np.array(weights, float), 0, 0).tolist() == expected


@pytest.mark.parametrize(("segment_frames", "segments"), [(512, 1), (257, 1), (256, 2), (200, 2), (128, 4), (100, 5)])
def test_a_shard_has_as_many_segments_as_fit_into_it(segment_frames: int, segments: int) -> None:
    batches = Batches(shards(3), frame_targets, batch_size=2, seed=0, segment_frames=segment_frames)
    assert len(batches.order) == 3 * segments
    assert batches.arrays(0)["features"].shape == (2, segment_frames, 1)
    assert shards_in(batches) == [int(which) // segments for which in batches.order]


def test_keras_makes_no_batches_in_threads_of_its_own() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # Keras warns of a data set that it could not set up.
        batches = Batches(windows(2), frame_targets, batch_size=2, seed=0)
        assert (batches.workers, batches.use_multiprocessing) == (1, False)


def test_each_example_of_a_batch_is_read_once_and_in_one_go() -> None:
    class Read(Listed):
        def gather(self, indices: Any) -> Any:
            read.append(indices.tolist())
            return super().gather(indices)

    read: list[list[int]] = []
    batches = Batches(Read(shards(5)), frame_targets, batch_size=3, seed=0)
    batches[0], batches[1]
    assert read == [batches.order[:3].tolist(), batches.order[3:].tolist()]
