"""Certainty: the mean height of the peaks that begin notes, whatever the blocks; none where there is no such peak."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mir_models.inference.certainty import N_SURE, OnsetCertainty
from mir_models.notes.annotations import N_KEYS
from mir_models.notes.decoding import Decoding, decode
from mir_models.notes.frames import FrameGrid

DECODING = Decoding(frame_threshold=0.5, onset_threshold=0.45)
Array = np.ndarray


def roll(*events: tuple[int, int, float], n_frames: int = 30) -> Array:
    """Activations that are 0 but at (frame, key, height)."""
    values = np.zeros((n_frames, N_KEYS), dtype=np.float32)
    for frame, key, height in events:
        values[frame, key] = height
    return values


def certainty(activations: dict[str, Array], *splits: int, decoding: Decoding = DECODING) -> float | None:
    """The certainty of activations that arrive in blocks, which end at `splits`."""
    summed = OnsetCertainty(decoding)
    blocks = {head: np.split(values, splits) for head, values in activations.items()}
    for n in range(len(splits) + 1):
        summed.push({head: parts[n] for head, parts in blocks.items()})
    return summed.finish()


def test_it_is_the_mean_of_the_peaks_at_the_threshold_or_above_and_of_two_that_are_sure() -> None:
    onset = roll((3, 40, 0.9), (4, 40, 0.8), (10, 40, 0.5), (10, 50, 0.44), (20, 60, 0.7))
    assert certainty({"frame": onset, "onset": onset}) == pytest.approx((0.9 + 0.5 + 0.7 + N_SURE) / (3 + N_SURE))


def test_peaks_in_the_first_and_the_last_frame_count() -> None:
    onset = roll((0, 1, 0.5), (29, 2, 0.75))
    assert certainty({"frame": onset, "onset": onset}) == (0.5 + 0.75 + N_SURE) / (2 + N_SURE)


def test_the_head_that_begins_notes_counts() -> None:
    heads = {"frame": roll(), "onset": roll((3, 3, 0.5)), "onset_regressed": roll((3, 3, 1.0))}
    assert certainty(heads) == 1
    assert certainty({name: heads[name] for name in ("frame", "onset")}) == (0.5 + N_SURE) / (1 + N_SURE)


@pytest.mark.parametrize(
    "activations",
    [{"frame": roll((3, 3, 1.0))}, {"frame": roll((3, 3, 1.0)), "onset": roll((3, 3, 0.4))}, {}],
    ids=["no onset head", "no onset", "nothing"],
)
def test_there_is_none_where_nothing_can_be_sure(activations: dict[str, Array]) -> None:
    assert certainty(activations) is None


def test_of_no_frame_there_is_none() -> None:
    assert OnsetCertainty(DECODING).finish() is None
    assert certainty({"onset": roll(n_frames=0)}) is None


@given(st.integers(0, 99), st.lists(st.integers(0, 60), max_size=6), st.integers(1, 4))
@settings(max_examples=60, deadline=None)
def test_blocks_change_nothing_and_the_peaks_are_those_that_begin_notes(
    seed: int, splits: list[int], radius: int
) -> None:
    decoding = Decoding(frame_threshold=0.5, onset_threshold=0.9, min_frames=1, onset_radius=radius)
    onset = np.random.default_rng(seed).random((60, N_KEYS), dtype=np.float32)
    activations = {"frame": onset, "onset": onset}
    found = certainty(activations, *sorted(splits), decoding=decoding)
    assert found == certainty(activations, decoding=decoding)
    notes = decode(activations, FrameGrid(sr=22050, hop_length=512), decoding)
    frames = np.rint(notes.onset_times * 22050 / 512).astype(int)
    heights = [
        onset[max(0, frame - 1) : frame + 2, pitch - 21].max()
        for frame, pitch in zip(frames, notes.pitches, strict=True)
    ]
    assert found == pytest.approx((np.sum(heights) + N_SURE) / (len(notes) + N_SURE))
