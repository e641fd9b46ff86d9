"""The judge: the same for all systems."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from experiments.peers.recordings import Recording, cut
from experiments.peers.systems import System
from mir_models.evaluation.metrics.bootstrap import as_json, interval
from mir_models.evaluation.metrics.frame_level import scores
from mir_models.evaluation.metrics.tally import SystemScores, Tally
from mir_models.notes import performances, piano_roll
from mir_models.notes.annotations import LOWEST_PITCH, N_KEYS, Notes
from mir_models.notes.frames import FrameGrid

GRID = FrameGrid(sr=22050, hop_length=512)
UNSAID_VELOCITY = 64
"""Of notes whose system has none; never scored."""


@dataclass(frozen=True)
class Judgement:
    """The scores of a system.

    Attributes
    ----------
    frame : tuple of float, list of float or None
        Frame F1 as a mean over recordings, and its interval.
    scores : SystemScores
        All others.
    real_time : float
        Seconds of audio per second of CPU.
    """

    frame: tuple[float, list[float] | None]
    scores: SystemScores
    real_time: float


def judge(system: System, recordings: Sequence[Recording], found: Mapping[str, Mapping[str, Any]]) -> Judgement:
    """Score what a system `found`, by track, in all of the recordings."""
    tally = Tally(velocities=system.velocities)
    for each in recordings:
        est = notes_of(found[each.track], each)
        tally.add(roll(each.notes, each), roll(est, each), each.notes, est)
    frame = scores(*np.stack(tally.frames).T).f1
    audio, cpu = sum(each.seconds for each in recordings), sum(found[each.track]["cpu"] for each in recordings)
    return Judgement((float(frame.mean()), as_json(interval(frame))), tally.scores({}), audio / cpu)


def notes_of(found: Mapping[str, Any], recording: Recording) -> Notes:
    """The notes of the 88 keys in a system's rows, cut at the end of the recording, its pedal applied if it has one."""
    rows = np.array(found["notes"], dtype=np.float64).reshape(-1, 4)
    rows = rows[(rows[:, 2] >= LOWEST_PITCH) & (rows[:, 2] < LOWEST_PITCH + N_KEYS)]
    offsets = np.where(np.isnan(rows[:, 1]), rows[:, 0], rows[:, 1])
    velocities = np.clip(np.nan_to_num(rows[:, 3], nan=UNSAID_VELOCITY).round(), 1, 127)
    notes = Notes(np.column_stack([rows[:, 0], offsets]), rows[:, 2].astype(np.int64), velocities.astype(np.int64))
    pedal = np.array(found["pedal"], dtype=np.float64).reshape(-1, 2)
    if len(pedal):
        notes, _ = performances.sounding(notes, pedal, performances.Params())
    return cut(notes, end=recording.seconds)


def roll(notes: Notes, recording: Recording) -> NDArray[np.bool_]:
    """(n_frames, 88) whether each key sounds."""
    n_frames = GRID.n_frames(round(recording.seconds * GRID.sr))
    return piano_roll.draw(notes, GRID, n_frames).frame.astype(bool)
