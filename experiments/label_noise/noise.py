"""Label noise: jittered notes, and the targets that are drawn from labels."""

from __future__ import annotations

import zlib

import numpy as np

from experiments.label_noise.excerpts import PARAMS
from experiments.label_noise.plan import REACHES
from mir_models.notes import piano_roll, regressed_onsets
from mir_models.notes.annotations import Notes
from mir_models.tasks import piano_transcription


def jittered(notes: Notes, jitter: float, *, seed: int, track: str) -> Notes:
    """Notes whose onsets and offsets are each moved by a uniform draw from [-jitter, jitter] seconds.

    The draws depend on seed and track only: another `jitter` scales them. A note ends no sooner than it begins.
    """
    draws = np.random.default_rng([seed, zlib.crc32(track.encode())]).uniform(-1, 1, size=(len(notes), 2))
    moved = notes.intervals + jitter * draws
    moved[:, 1] = np.maximum(moved[:, 0], moved[:, 1])
    return Notes(moved, notes.pitches, notes.velocities)


def targets(notes: Notes, n_frames: int) -> dict[str, np.ndarray]:
    """The target of each head: (n_frames, 88) uint8 of 255 steps, by kind."""
    rolls = piano_roll.draw(notes, PARAMS.grid, n_frames)
    softened = piano_transcription.targets({"onset": rolls.onset}, ["onset"])["onset"]
    drawn = {"frame": rolls.frame, "onset": rolls.onset, "softened": softened}
    drawn |= {kind: regressed_onsets.draw(notes, PARAMS.grid, n_frames, reach=reach) for kind, reach in REACHES.items()}
    return {kind: regressed_onsets.quantize(np.asarray(roll, dtype=np.float32)) for kind, roll in drawn.items()}
