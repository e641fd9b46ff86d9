"""Scores of a system's transcriptions, the same for all systems."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypedDict

import numpy as np
from numpy.typing import NDArray

from experiments.peers.recordings import Recording, cut
from experiments.peers.systems import System
from mir_models.evaluation.metrics.bootstrap import as_json, interval
from mir_models.evaluation.metrics.frame_level import scores
from mir_models.evaluation.metrics.tally import SystemScores, Tally
from mir_models.notes import piano_roll, sustain_pedal
from mir_models.notes.annotations import LOWEST_PITCH, N_KEYS, Notes
from mir_models.notes.frames import FrameGrid

GRID = FrameGrid(sr=22050, hop_length=512)
DEFAULT_VELOCITY = 64
"""Of notes whose system has none; never scored."""


class Transcription(TypedDict):
    """A result file of :mod:`experiments.peers.serve`.

    Attributes
    ----------
    notes : rows of onset, offset, MIDI pitch and velocity
        In seconds and 0 to 127; None for what the system does not estimate.
    pedal : rows of start and end
        With the sustain pedal down, in seconds; empty where offsets contain it.
    cpu, wall : float
        Seconds that the transcription took.
    """

    notes: list[list[float | None]]
    pedal: list[list[float]]
    cpu: float
    wall: float


@dataclass(frozen=True)
class Scores:
    """The scores of a system.

    Attributes
    ----------
    frame : tuple of float, list of float or None
        Frame F1 as a mean over recordings, and its interval.
    notes : SystemScores
        All others.
    real_time : float
        Seconds of audio per second of CPU.
    """

    frame: tuple[float, list[float] | None]
    notes: SystemScores
    real_time: float


def evaluate(system: System, recordings: Sequence[Recording], transcriptions: Mapping[str, Transcription]) -> Scores:
    """Scores of the transcriptions of a system, by track, of all recordings."""
    tally = Tally(velocities=system.velocities)
    for each in recordings:
        est = notes_of(transcriptions[each.track], each)
        tally.add(roll(each.notes, each), roll(est, each), each.notes, est)
    frame = scores(*np.stack(tally.frames).T).f1
    audio = sum(each.seconds for each in recordings)
    cpu = sum(transcriptions[each.track]["cpu"] for each in recordings)
    return Scores((float(frame.mean()), as_json(interval(frame))), tally.scores({}), audio / cpu)


def notes_of(transcription: Transcription, recording: Recording) -> Notes:
    """The notes of the 88 keys in a system's rows, cut at the end of the recording, its pedal applied if it has one."""
    rows = np.array(transcription["notes"], dtype=np.float64).reshape(-1, 4)
    rows = rows[(rows[:, 2] >= LOWEST_PITCH) & (rows[:, 2] < LOWEST_PITCH + N_KEYS)]
    offsets = np.where(np.isnan(rows[:, 1]), rows[:, 0], rows[:, 1])
    velocities = np.clip(np.nan_to_num(rows[:, 3], nan=DEFAULT_VELOCITY).round(), 1, 127)
    notes = Notes(np.column_stack([rows[:, 0], offsets]), rows[:, 2].astype(np.int64), velocities.astype(np.int64))
    pedal = np.array(transcription["pedal"], dtype=np.float64).reshape(-1, 2)
    if len(pedal):
        notes, _ = sustain_pedal.sounding_notes(notes, pedal, sustain_pedal.Params())
    return cut(notes, end=recording.seconds)


def roll(notes: Notes, recording: Recording) -> NDArray[np.bool_]:
    """(n_frames, 88) whether each key sounds."""
    n_frames = GRID.n_frames(round(recording.seconds * GRID.sr))
    return piano_roll.draw(notes, GRID, n_frames).frame.astype(bool)
