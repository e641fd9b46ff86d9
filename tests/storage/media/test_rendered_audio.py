"""A performance is rendered up to a length that fits memory, and refused by its length beyond."""

from __future__ import annotations

import numpy as np
import pytest

from mir_models.errors import TrackError
from mir_models.notes.annotations import Notes
from storage.media.rendered_audio import MAX_SECONDS, midi_file

NOTES = Notes([[0.5, 1.0]], [60], [64])


def test_a_performance_of_three_hours_is_rendered_and_no_longer_one() -> None:
    assert midi_file(NOTES, np.zeros((0, 2)), until=MAX_SECONDS)
    with pytest.raises(TrackError, match=r"at most 10,800 s.*Received: 14,400 s.*option seconds"):
        midi_file(NOTES, np.zeros((0, 2)), until=4 * 3600.0)
