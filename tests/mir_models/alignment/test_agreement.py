"""Agreement of measured rises with those expected of notes, as they are and transposed."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from mir_models.alignment._agreement import (
    agreement_by_transposition,
    agreement_with_means_of_track,
    expected_rises,
)

N_FRAMES = 60
MIDDLE = st.tuples(st.integers(0, N_FRAMES - 1), st.integers(24, 40))
"""Frame and key of an onset that stays on the keyboard with its harmonics when it is moved by up to two octaves."""


def columns(onsets: list[tuple[int, int]]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Frames and keys of onsets."""
    frames, keys = np.array(onsets, dtype=np.int64).reshape(-1, 2).T
    return frames, keys


def agreement(rises: NDArray[np.float32], onsets: list[tuple[int, int]], transposition: int = 0) -> float:
    return float(agreement_by_transposition(rises, *columns(onsets), np.array([transposition]))[0])


def measured(onsets: list[tuple[int, int]], n_frames: int = N_FRAMES) -> NDArray[np.float32]:
    """Rises on the keyboard exactly as they are expected."""
    return expected_rises(*columns(onsets), n_frames)[:, :88].astype(np.float32)


def test_an_onset_raises_its_key_and_its_harmonics_in_three_frames() -> None:
    rises = measured([(10, 20)])
    np.testing.assert_allclose(rises[9:12, 20], [0.7, 1.0, 0.7], rtol=1e-6)
    np.testing.assert_allclose(rises[10, [32, 39, 44, 48, 51]], [0.7, 0.5, 0.4, 0.3, 0.3], rtol=1e-6)
    assert rises.sum() == pytest.approx(2.4 * 3.2, rel=1e-6)


def test_repeated_notes_add_up() -> None:
    np.testing.assert_allclose(measured([(10, 20), (11, 20)])[9:13, 20], [0.7, 1.7, 1.7, 0.7], rtol=1e-6)


@given(st.lists(MIDDLE, min_size=1), st.floats(0.01, 100), st.integers(0, 2**32 - 1))
def test_what_is_as_expected_agrees_whatever_its_level(onsets: list[tuple[int, int]], factor: float, seed: int) -> None:
    """Neither loudness nor a floor in each key counts: both are those of other music in the same recording."""
    floors = np.random.default_rng(seed).uniform(0, 1, 88)
    assert agreement((factor * measured(onsets) + floors).astype(np.float32), onsets) == pytest.approx(1, abs=1e-3)


@given(st.lists(MIDDLE, min_size=1), st.integers(-24, 16), st.integers(0, 2**32 - 1))
def test_the_agreement_is_the_correlation_with_the_transposed_notes(
    onsets: list[tuple[int, int]], semitones: int, seed: int
) -> None:
    rises = np.random.default_rng(seed).exponential(size=(N_FRAMES, 88)).astype(np.float32)
    expected = measured([(frame, key + semitones) for frame, key in onsets])
    x, y = ((each - each.mean(axis=0)).ravel() for each in (rises.astype(np.float64), expected.astype(np.float64)))
    assert agreement(rises, onsets, semitones) == pytest.approx(np.corrcoef(x, y)[0, 1], abs=1e-6)


@pytest.mark.parametrize(("key", "semitones", "agrees"), [(87, 0, 1), (80, 7, 1), (80, 8, 0), (3, -3, 1), (3, -35, 0)])
def test_what_leaves_the_keyboard_does_not_count(key: int, semitones: int, agrees: float) -> None:
    there = min(max(key + semitones, 0), 87)
    assert agreement(measured([(10, there)]), [(10, key)], semitones) == pytest.approx(agrees, abs=1e-6)


def test_onsets_beside_a_stretch_count_by_the_frame_that_they_reach_into() -> None:
    rises = measured([(-1, 30), (N_FRAMES, 40)])
    assert (rises[0, 30], rises[-1, 40]) == (np.float32(0.7), np.float32(0.7))
    assert agreement(rises, [(-1, 30), (N_FRAMES, 40), (-2, 50), (N_FRAMES + 1, 60)]) == pytest.approx(1)


@pytest.mark.parametrize("onsets", [[], [(10, 20)]], ids=["no notes", "no rises"])
def test_nothing_agrees_with_nothing(onsets: list[tuple[int, int]]) -> None:
    rises = np.zeros((N_FRAMES, 88), np.float32) if onsets else measured([(10, 20)])
    assert agreement(rises, onsets) == 0


@given(st.lists(MIDDLE, min_size=1))
def test_beside_the_whole_track_a_stretch_as_expected_agrees_and_one_below_its_means_does_not(
    onsets: list[tuple[int, int]],
) -> None:
    rises = measured(onsets)
    assert agreement_with_means_of_track(rises, *columns(onsets)) == pytest.approx(1, abs=1e-5)
    assert agreement_with_means_of_track(rises - rises.max() - 1, *columns(onsets)) < 0, "soft beside the track"
    assert agreement_with_means_of_track(np.zeros_like(rises), *columns(onsets)) == 0
