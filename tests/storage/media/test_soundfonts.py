"""Notes as sound, block by block."""

from __future__ import annotations

import numpy as np
import pytest

from mir_models.errors import TrackError
from mir_models.notes.annotations import NO_NOTES, Notes
from storage.media.midi import encode
from storage.media.soundfonts import SECTION, SR, TAIL, default_soundfont, play, play_notes, play_stereo

NOTES = Notes(
    np.array([[0.5, 1.0], [29.2, 30.0], [29.8, 31.0], [95.0, 95.5]]), np.array([60, 70, 64, 67]), np.full(4, 80)
)
"""Some begin in one section and sound in the next; then a section is silent."""


def test_blocks_are_what_is_played_at_once() -> None:
    soundfont = default_soundfont().read_bytes()
    blocks = list(play_notes(NOTES, soundfont))
    at_once, sr = play(encode(NOTES, until=NOTES.duration + TAIL), soundfont)
    assert sr == SR
    assert {len(block) for block in blocks[:3]} == {SECTION * SR}
    joined = np.concatenate(blocks)
    n_same = round(60 * SR)
    np.testing.assert_allclose(joined[:n_same], at_once[:n_same], atol=1e-7)
    # The renderer begins notes at multiples of 64 samples, which rounding can move by one.
    assert len(joined) == len(at_once)
    onsets = [int(np.argmax(np.abs(y[90 * SR :]) > 1e-3)) for y in (joined, at_once)]
    assert abs(onsets[0] - onsets[1]) <= 64
    assert np.abs(blocks[3][5 * SR : 6 * SR]).max() > 0.01
    assert np.abs(blocks[2][20 * SR :]).max() < 1e-4


def test_of_no_notes_there_is_no_sound() -> None:
    assert sum(map(len, play_notes(NO_NOTES, b""))) == 0


def test_what_is_no_soundfont_is_refused() -> None:
    with pytest.raises(TrackError, match=r"Remedy: give a SoundFont in the format \.sf2"):
        play_stereo(encode(NOTES), b"none")
