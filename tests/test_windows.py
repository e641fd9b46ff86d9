"""Windows: every frame of a track is heard, none of another, and references crop as they did."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mir_models.errors import MirlitonError
from mir_models.windows import Window


@given(st.integers(1, 300), st.integers(1, 60), st.integers(1, 60))
def test_windows_lie_inside_the_track_and_hear_all_of_it(n_frames: int, frames: int, hop: int) -> None:
    hop = min(hop, frames)
    starts = Window(frames, hop).starts(n_frames)
    assert starts[0] == 0
    assert (np.diff(starts) > 0).all()
    assert (np.diff(starts) <= hop).all()
    assert starts[-1] + frames == max(n_frames, frames)


@given(st.integers(1, 300), st.integers(1, 60), st.integers(1, 60))
def test_what_is_cut_is_what_the_track_holds(n_frames: int, frames: int, hop: int) -> None:
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


def test_a_window_of_nothing_is_refused() -> None:
    with pytest.raises(MirlitonError, match="windows of 1 frame or more"):
        Window(frames=0)
