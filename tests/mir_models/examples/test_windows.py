"""Windows: they cover every frame of a track and none of another, and crop as the references did."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mir_models.errors import MirlitonError
from mir_models.examples.windows import Window


@given(st.integers(1, 300), st.integers(1, 60), st.integers(1, 60))
def test_windows_lie_inside_the_track_and_cover_it(n_frames: int, frames: int, hop: int) -> None:
    hop = min(hop, frames)
    starts = Window(frames, hop).starts(n_frames)
    assert starts[0] == 0
    assert (np.diff(starts) > 0).all()
    assert (np.diff(starts) <= hop).all()
    assert starts[-1] + frames == max(n_frames, frames)


@given(st.integers(1, 300), st.integers(1, 60), st.integers(1, 60))
def test_windows_hold_the_frames_of_the_track(n_frames: int, frames: int, hop: int) -> None:
    track = np.arange(n_frames)[:, None]
    window = Window(frames, hop)
    cut = window.cut(track, fill=-1)
    assert cut.shape == (len(window.starts(n_frames)), frames, 1)
    for start, each in zip(window.starts(n_frames), cut[..., 0], strict=True):
        np.testing.assert_array_equal(each[each >= 0], np.arange(start, min(start + frames, n_frames)))
        assert (each[n_frames - start :] == -1).all()


def test_the_reference_system_crops_646_frames_to_640() -> None:
    assert Window(640, 640, rest=False).starts(646).tolist() == [0]
    assert Window(640, 640).starts(646).tolist() == [0, 6]
    assert Window(512, 256).starts(1292).tolist() == [0, 256, 512, 768, 780]


@pytest.mark.parametrize(
    ("n_frames", "window", "starts"),
    [
        (1, Window(4, 2), [0]),
        (4, Window(4, 2), [0]),
        (5, Window(4, 2), [0, 1]),
        (5, Window(4, 2, rest=False), [0]),
        (6, Window(4, 2), [0, 2]),
        (6, Window(4, 2, rest=False), [0, 2]),
        (9, Window(4, 4), [0, 4, 5]),
        (9, Window(4, 4, rest=False), [0, 4]),
        (9, Window(2, 5), [0, 5, 7]),
        (3, Window(1, 1), [0, 1, 2]),
        (0, Window(4, 2), [0]),
    ],
)
def test_the_first_frames_of_windows(n_frames: int, window: Window, starts: list[int]) -> None:
    found = window.starts(n_frames)
    assert found.tolist() == starts
    assert found.dtype == np.int64


def test_a_track_is_cut_into_windows_along_its_first_axis() -> None:
    track = np.arange(10, dtype=np.float32).reshape(5, 2)
    assert Window(4, 2).cut(track, fill=-1).tolist() == [
        [[0, 1], [2, 3], [4, 5], [6, 7]],
        [[2, 3], [4, 5], [6, 7], [8, 9]],
    ]
    assert Window(3, 3).cut(np.array([7, 8]), fill=-1).tolist() == [[7, 8, -1]]
    assert Window(3, 3).cut(np.array([7, 8, 9]), fill=-1).tolist() == [[7, 8, 9]]
    assert Window(7, 7).cut(track, fill=0.5)[0, 4:].tolist() == [[8, 9], [0.5, 0.5], [0.5, 0.5]]
    assert Window(3, 1).cut(np.zeros((4, 2, 5)), fill=0).shape == (2, 3, 2, 5)
    assert Window(3, 1).cut(np.zeros((0, 1)), fill=7).tolist() == [[[7], [7], [7]]]


def test_a_window_of_512_frames_with_the_rest_by_default() -> None:
    assert (Window().frames, Window().hop, Window().rest) == (512, 512, True)


@pytest.mark.parametrize(("frames", "hop"), [(0, 1), (1, 0), (-1, 5), (5, -2)])
def test_a_window_of_no_frames_is_an_error(frames: int, hop: int) -> None:
    name, value = ("frames", frames) if frames < 1 else ("hop", hop)
    with pytest.raises(MirlitonError) as error:
        Window(frames, hop)
    assert str(error.value) == (
        f"Expected {name} at least 1. Received: {name}={value}. Remedy: give, e.g., {name}=512."
    )


def test_windows_of_one_frame_are_allowed() -> None:
    assert Window(1, 1).starts(2).tolist() == [0, 1]


def test_a_window_does_not_change() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        Window().hop = 1  # type: ignore[misc]
