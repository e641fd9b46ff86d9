"""Windows as examples: the frames of their own track, across the borders of its shards, with its class."""

from __future__ import annotations

import dataclasses
import uuid
from collections.abc import Iterator, Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mir_models.examples.windows import Window
from storage.examples.windows import WindowExamples
from storage.objects.objects import RemoteObjects
from storage.objects.ranges import Range
from tests.storage.examples import shard_stores as stores
from tests.storage.examples.shard_stores import written_tracks

SILENCE = -80.0


def windows(lengths: list[int], window: Window, labels: list[int] | None = None, n_classes: int = 3) -> WindowExamples:
    """Windows of tracks of so many frames."""
    tracks = written_tracks(f"memory://{uuid.uuid4().hex}", lengths)
    return WindowExamples(tracks, labels or [i % n_classes for i in range(len(lengths))], n_classes, window, SILENCE)


def frames_of(track: int, n_frames: int, start: int, length: int) -> np.ndarray:
    """Frames of a track from `start` on, followed by silence."""
    frames = stores.frames_of(track, start + length)["features"][start:]
    return np.where((start + np.arange(length) < n_frames)[:, None], frames, np.float32(SILENCE))


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


def test_only_the_shards_below_a_window_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    examples = windows([2000], Window(512, 256))
    chunk = 512 * stores.N_BINS * 4 + 4
    assert examples.stored.names == ["features"]
    read: list[list[int]] = []
    below = RemoteObjects.read_ranges

    def watched(self: RemoteObjects, ranges: Sequence[Range]) -> Iterator[bytes | None]:
        read.append([each.start // chunk for each in ranges])
        return below(self, ranges)

    monkeypatch.setattr(RemoteObjects, "read_ranges", watched)
    for index in range(len(examples)):
        examples[index]
    assert read == [[0], [0, 1], [1], [1, 2], [2], [2, 3], [2, 3]]


@given(st.lists(st.integers(1, 1600), min_size=1, max_size=3), st.data())
@settings(max_examples=20, deadline=None)
def test_windows_are_gathered_in_any_order(lengths: list[int], data: st.DataObject) -> None:
    examples = windows(lengths, Window(300, 200))
    chosen = data.draw(st.lists(st.integers(0, len(examples) - 1), max_size=6))
    gathered = examples.gather(np.array(chosen, dtype=np.int64))
    assert gathered["features"].shape == (len(chosen), 300, stores.N_BINS)
    for at, index in enumerate(chosen):
        for name, array in examples[index].items():
            np.testing.assert_array_equal(gathered[name][at], array)


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
