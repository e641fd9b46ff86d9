"""Windows as examples: the frames of their own track, across the borders of its shards, with its class."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mir_models.examples.windows import Window
from storage.examples.track_shards import TrackShards
from storage.examples.windows import WindowExamples

SHARD = 512
SILENCE = -80.0


class Arrays:
    """Instead of a track store: frames counted from 10,000 x the track's number; padding reads -1."""

    def __init__(self, lengths: list[int]) -> None:
        self.lengths = lengths

    def arrays(self, track: str, fingerprint: str) -> dict[str, Any]:
        number = int(track)
        n_frames = self.lengths[number]
        n_shards = -(-n_frames // SHARD)
        frames = np.full((n_shards * SHARD, 2), -1, np.float32)
        frames[:n_frames] = (10_000 * number + np.arange(n_frames))[:, None] + [0, 0.5]
        return {"features": frames.reshape(n_shards, SHARD, 2)}


def windows(lengths: list[int], window: Window, labels: list[int] | None = None, n_classes: int = 3) -> WindowExamples:
    """Windows of tracks of so many frames."""
    store: Any = Arrays(lengths)
    tracks = [
        TrackShards("d", str(i), "w", "train", "f", n, -(-n // SHARD), (), {}, "a", store)
        for i, n in enumerate(lengths)
    ]
    return WindowExamples(tracks, labels or [i % n_classes for i in range(len(lengths))], n_classes, window, SILENCE)


def frames_of(track: int, n_frames: int, start: int, length: int) -> np.ndarray:
    """Frames of a track from `start` on, followed by silence."""
    numbers = start + np.arange(length)
    values = (10_000 * track + numbers)[:, None] + np.array([0, 0.5])
    return np.where((numbers < n_frames)[:, None], values, SILENCE).astype(np.float32)


@pytest.mark.parametrize(
    ("n_frames", "window", "starts"),
    [
        (512, Window(512, 512), [0]),
        (1024, Window(512, 512), [0, 512]),
        (1025, Window(512, 512), [0, 512, 513]),
        (1025, Window(512, 512, rest=False), [0, 512]),
        (1100, Window(100, 500), [0, 500, 1000]),
        (1300, Window(1100, 150), [0, 150, 200]),
        (40, Window(100, 10), [0]),
    ],
)
def test_windows_hold_the_frames_of_their_track(n_frames: int, window: Window, starts: list[int]) -> None:
    examples = windows([n_frames], window)
    assert len(examples) == len(starts)
    for index, start in enumerate(starts):
        features = examples[index]["features"]
        np.testing.assert_array_equal(features, frames_of(0, n_frames, start, window.frames))
        assert features.dtype == np.float32


@given(
    st.lists(st.integers(1, 1600), min_size=1, max_size=4), st.integers(1, 1200), st.integers(50, 900), st.booleans()
)
@settings(max_examples=60, deadline=None)
def test_every_index_gives_its_own_track_and_start(lengths: list[int], frames: int, hop: int, rest: bool) -> None:
    window = Window(frames, hop, rest)
    examples = windows(lengths, window)
    starts = [(track, int(start)) for track, n in enumerate(lengths) for start in window.starts(n)]
    assert len(examples) == len(starts)
    for index, (track, start) in enumerate(starts):
        example = examples[index]
        np.testing.assert_array_equal(example["features"], frames_of(track, lengths[track], start, frames))
        assert example["label"].tolist() == [float(each == track % 3) for each in range(3)]


def test_only_the_shards_below_a_window_are_read() -> None:
    class Rows:
        """An array of zarr that can be cut into rows only."""

        def __init__(self, array: np.ndarray) -> None:
            self.array = array

        def __getitem__(self, rows: slice) -> np.ndarray:
            read.append((rows.start, rows.stop))
            return self.array[rows]

    read: list[tuple[int, int]] = []
    examples = windows([2000], Window(512, 256))
    examples.tracks[0].arrays["features"] = Rows(examples.tracks[0].arrays["features"])
    for index in range(len(examples)):
        examples[index]
    assert read == [(0, 1), (0, 2), (1, 2), (1, 3), (2, 3), (2, 4), (2, 4)]


def test_the_class_of_a_track_is_one_hot() -> None:
    examples = windows([600, 40, 512], Window(512, 512), labels=[1, 3, 0], n_classes=4)
    labels = [examples[index]["label"] for index in range(len(examples))]
    assert np.array(labels).tolist() == [[0, 1, 0, 0], [0, 1, 0, 0], [0, 0, 0, 1], [1, 0, 0, 0]]
    assert {label.dtype for label in labels} == {np.dtype(np.float32)}
    assert set(examples[0]) == {"features", "label"}


def test_windows_of_each_track_and_in_all() -> None:
    examples = windows([600, 40, 1536], Window(512, 512))
    assert examples.per_track == [2, 1, 3]
    assert len(examples) == 6
    assert type(len(examples)) is int
    assert len(windows([], Window())) == 0
    assert windows([], Window()).per_track == []


@pytest.mark.parametrize("index", [-1, 6, 7])
def test_an_index_out_of_range_is_refused(index: int) -> None:
    examples = windows([600, 40, 1536], Window(512, 512))
    with pytest.raises(IndexError, match=rf"^an example from 0 to 5. Received: {index}$"):
        examples[index]


def test_window_examples_do_not_change() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        windows([600], Window()).silence = 0.0  # type: ignore[misc]
