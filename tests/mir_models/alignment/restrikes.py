"""Repeated soft chords, and an instrument on which the notes of restruck keys sound early."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from mir_models.alignment import OnsetFeatures, RestrikeLeads, RestrikeParams, as_sounding, extract_onsets, is_restruck
from mir_models.alignment._restrikes import VELOCITIES
from mir_models.notes.annotations import Notes
from tests.synthetic_piano import ONSET_PARAMS, SECONDS, play

LEADS = RestrikeLeads(np.interp(VELOCITIES, [20, 40, 60], [0.06, 0.02, 0.0]), gain=0.0)
"""Of the instrument: 60 ms at velocity 20, 20 ms at 40, none from 60 on."""


def repeated_chords(velocity: int = 25) -> Notes:
    """A melody of keys at rest, every 0.4 s; from 6 s to 16 s every 3.2 s, and soft chords are repeated beneath it."""
    melody = np.r_[np.arange(0.4, 6, 0.4), 6.4:16:3.2, np.arange(16.4, SECONDS - 1, 0.4)]
    chords = np.arange(6.0, 16, 0.4)
    onsets = np.r_[melody, np.repeat(chords, 3)]
    durations = np.r_[np.full(len(melody), 0.35), np.full(3 * len(chords), 0.39)]
    pitches = np.r_[72 + np.arange(len(melody)) * 5 % 12, np.tile([48, 52, 55], len(chords))]
    velocities = np.r_[np.full(len(melody), 50), np.full(3 * len(chords), velocity)]
    return Notes(np.c_[onsets, onsets + durations], pitches, velocities)


def recording(velocity: int = 25) -> NDArray[np.float32]:
    """`repeated_chords` on the instrument."""
    notes = repeated_chords(velocity)
    return play(as_sounding(notes, is_restruck(notes, RestrikeParams()), LEADS))


@cache
def onset_features(velocity: int = 25) -> OnsetFeatures:
    """Onset features of `recording`, computed once a session."""
    return extract_onsets(recording(velocity), ONSET_PARAMS)
