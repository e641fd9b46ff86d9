"""Segments: where they may begin, and exactly which frames they hold across the borders of shards and tracks."""

from __future__ import annotations

import dataclasses
from functools import cached_property
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mir_models.examples.gathering import START, Listed
from mir_models.examples.segments import Segments

SHARD = 512
SILENCE = -80.0


def cut_at(segments: Segments, index: int, start: int) -> dict[str, Any]:
    """The segment that begins at a frame of a shard."""
    return {name: each[0] for name, each in segments.begin_at(np.array([index]), np.array([start])).items()}


def starts_of(segments: Segments, index: int) -> tuple[int, int]:
    low, high = segments.starts(np.array([index]))
    return int(low[0]), int(high[0])


def track(n_frames: int, first: int = 0) -> list[dict[str, Any]]:
    """The shards of a track whose frames are numbered from `first`; its padding is silence, its rolls 0."""
    n_shards = -(-n_frames // SHARD)
    features = np.full((n_shards * SHARD, 2), SILENCE, np.float32)
    features[:n_frames] = (first + np.arange(n_frames))[:, None] + [0, 0.5]
    roll = np.zeros((n_shards * SHARD, 1), np.uint8)
    roll[:n_frames, 0] = (first + np.arange(n_frames)) % 251 + 1
    mask = (np.arange(n_shards * SHARD) < n_frames).astype(np.uint8)
    rows = [slice(start, start + SHARD) for start in range(0, n_shards * SHARD, SHARD)]
    return [
        {"features": features[row], "mask": mask[row], "frame": roll[row], START: np.int64(row.start)} for row in rows
    ]


def shards_of(lengths: list[int]) -> list[dict[str, Any]]:
    return [shard for i, n_frames in enumerate(lengths) for shard in track(n_frames, 10_000 * i)]


@pytest.mark.parametrize(
    ("lengths", "index", "n_frames", "starts"),
    [
        # The first, an inner and the last shard of a long track.
        ([2048], 0, 128, (-64, 512)),
        ([2048], 1, 128, (0, 512)),
        ([2048], 2, 128, (0, 512)),
        ([2048], 3, 128, (0, 448)),
        # A last shard that is short: half a segment of silence at most after the track.
        ([1024 + 200], 2, 128, (0, 136)),
        ([1024 + 65], 2, 128, (0, 1)),
        ([1024 + 64], 2, 128, (-64, -63)),
        ([1024 + 1], 2, 128, (-127, -126)),
        # The shard before continues in it, in full or for less than half a segment.
        ([1024 + 64], 1, 128, (0, 512)),
        ([1024 + 63], 1, 128, (0, 511)),
        ([1024 + 1], 1, 128, (0, 449)),
        ([1024 + 200], 1, 128, (0, 512)),
        # A track of one shard.
        ([512], 0, 128, (-64, 448)),
        ([300], 0, 128, (-64, 236)),
        ([129], 0, 128, (-64, 65)),
        ([128], 0, 128, (0, 1)),
        ([127], 0, 128, (-1, 1)),
        ([40], 0, 128, (-88, 1)),
        # A track of one shard is no beginning of the next one, nor its end.
        ([512, 512], 0, 128, (-64, 448)),
        ([512, 512], 1, 128, (-64, 448)),
        ([300, 2048, 300], 1, 256, (-128, 512)),
        ([300, 2048, 300], 4, 256, (0, 384)),
        # An odd number of frames.
        ([2048], 0, 101, (-50, 512)),
        ([2048], 3, 101, (0, 462)),
        ([1024 + 50], 2, 101, (-51, -50)),
        ([1024 + 51], 2, 101, (0, 1)),
        ([600], 0, 511, (-255, 345)),
    ],
)
def test_the_first_frames_a_segment_may_have(
    lengths: list[int], index: int, n_frames: int, starts: tuple[int, int]
) -> None:
    segments = Segments(shards_of(lengths), n_frames, SILENCE)
    assert starts_of(segments, index) == starts
    rng, ref = np.random.default_rng(5), np.random.default_rng(5)
    drawn = segments.cut(np.full(20, index), rng)
    at = segments.begin_at(np.full(20, index), ref.integers(*starts, 20))
    np.testing.assert_array_equal(drawn["features"], at["features"])


def expected(lengths: list[int], index: int, start: int, n_frames: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Features, mask and roll of the frames from `start` in the shard on: numbers of the track, silence around it."""
    places = [(i, shard) for i, length in enumerate(lengths) for shard in range(-(-length // SHARD))]
    which, shard = places[index]
    frames = shard * SHARD + start + np.arange(n_frames)
    inside = (frames >= 0) & (frames < lengths[which])
    numbers = 10_000 * which + frames
    features = np.where(inside[:, None], numbers[:, None] + np.array([0, 0.5]), SILENCE).astype(np.float32)
    return features, inside.astype(np.uint8), (inside * (numbers % 251 + 1)).astype(np.uint8)[:, None]


@given(st.lists(st.integers(1, 1700), min_size=1, max_size=4), st.integers(1, 511), st.floats(0, 1), st.floats(0, 1))
@settings(max_examples=150, deadline=None)
def test_a_segment_holds_the_frames_of_its_track_from_its_start_on(
    lengths: list[int], n_frames: int, which: float, where: float
) -> None:
    examples = shards_of(lengths)
    segments = Segments(examples, n_frames, SILENCE)
    index = round(which * (len(examples) - 1))
    low, high = starts_of(segments, index)
    assert low < high
    start = low + round(where * (high - 1 - low))
    segment = cut_at(segments, index, start)
    features, mask, roll = expected(lengths, index, start, n_frames)
    assert set(segment) == {"features", "mask", "frame"}
    np.testing.assert_array_equal(segment["features"], features)
    np.testing.assert_array_equal(segment["mask"], mask)
    np.testing.assert_array_equal(segment["frame"], roll)
    assert [segment[name].dtype for name in ("features", "mask", "frame")] == [np.float32, np.uint8, np.uint8]
    assert mask.sum() >= min(n_frames // 2, *lengths), "half a segment of a track, or the track"


def test_a_segment_across_a_border() -> None:
    segment = cut_at(Segments(shards_of([1100]), 4, SILENCE), 0, 510)
    assert segment["features"][:, 0].tolist() == [510, 511, 512, 513]
    segment = cut_at(Segments(shards_of([1026]), 8, SILENCE), 2, -6)
    assert segment["features"][:, 0].tolist() == [1018, 1019, 1020, 1021, 1022, 1023, 1024, 1025]


def test_before_and_after_a_track_is_silence_and_not_its_neighbour() -> None:
    segments = Segments(shards_of([512, 512]), 4, SILENCE)
    before = cut_at(segments, 1, -2)
    assert before["features"][:, 0].tolist() == [SILENCE, SILENCE, 10_000, 10_001]
    assert before["mask"].tolist() == [0, 0, 1, 1]
    assert before["frame"][:, 0].tolist() == [0, 0, 10_000 % 251 + 1, 10_001 % 251 + 1]
    after = cut_at(segments, 0, 510)
    assert after["features"][:, 0].tolist() == [510, 511, SILENCE, SILENCE]
    assert after["mask"].tolist() == [1, 1, 0, 0]


def test_a_segment_is_drawn_evenly_from_its_starts() -> None:
    segments = Segments(shards_of([133]), 128, SILENCE)
    rng = np.random.default_rng(0)
    firsts = segments.cut(np.zeros(500, np.int64), rng)["mask"].argmax(axis=1)
    # Starts from -64 to 68: those below 0 begin with silence.
    assert firsts.max() == 64
    assert np.mean(firsts > 0) == pytest.approx(64 / 133, abs=0.08)


@given(st.lists(st.integers(1, 1700), min_size=1, max_size=4), st.integers(1, 511), st.integers(0, 2**32))
@settings(max_examples=60, deadline=None)
def test_segments_cut_together_are_those_cut_one_by_one(lengths: list[int], n_frames: int, seed: int) -> None:
    segments, rng = Segments(shards_of(lengths), n_frames, SILENCE), np.random.default_rng(seed)
    indices = rng.integers(0, len(segments.examples), 7)
    starts = rng.integers(*segments.starts(indices))
    together = segments.begin_at(indices, starts)
    for row, (index, start) in enumerate(zip(indices, starts, strict=True)):
        alone = cut_at(segments, int(index), int(start))
        for name, array in together.items():
            np.testing.assert_array_equal(array[row], alone[name])


def test_segments_of_512_frames_are_the_shards_whatever_their_length() -> None:
    shards = [{"features": np.arange(6.0).reshape(3, 2) + i, "label": np.eye(2)[i], START: 0} for i in range(2)]
    segments = Segments(shards, 512, SILENCE).cut(np.array([1, 0, 1]), np.random.default_rng(0))
    assert list(segments) == ["features", "label"]
    np.testing.assert_array_equal(segments["features"], np.stack([shards[i]["features"] for i in (1, 0, 1)]))
    np.testing.assert_array_equal(segments["label"], np.eye(2)[[1, 0, 1]])


def test_without_a_start_every_example_is_a_track() -> None:
    shards = [{name: array for name, array in shard.items() if name != START} for shard in shards_of([1024])]
    segments = Segments(shards, 128, SILENCE)
    assert [starts_of(segments, index) for index in (0, 1)] == [(-64, 448), (-64, 448)]


class Frames(Listed):
    """Shards that keep which frames of them were read."""

    def rows(self, indices: Any, first: Any, last: Any) -> Any:
        self.read.extend(zip(indices.tolist(), first.tolist(), last.tolist(), strict=True))
        return super().rows(indices, first, last)

    @cached_property
    def read(self) -> list[tuple[int, int, int]]:
        return []


def test_no_frame_is_read_that_is_not_in_a_segment() -> None:
    frames = Frames(shards_of([1025, 600]))
    segments = Segments(frames, 128, SILENCE)
    starts = {2: 0, 1: 500, 0: -64, 4: 30}
    segments.begin_at(np.array(list(starts)), np.array(list(starts.values())))
    assert frames.read == [(2, 0, 128), (1, 500, 512), (2, 0, 116), (0, 0, 64), (4, 30, 158)]
    frames.read.clear()
    segments.begin_at(np.array([2]), np.array([-127]))
    assert frames.read == [(1, 385, 512), (2, 0, 1)]


def test_segments_do_not_change() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        Segments([], 128, SILENCE).n_frames = 64  # type: ignore[misc]
