"""Tracks with the activations of a network that finds a share of their notes, for tests of evaluation and figures."""

from __future__ import annotations

import numpy as np

from mir_models.evaluation.notes import NoteEvaluationParams, NotePrediction
from mir_models.notes.annotations import LOWEST_PITCH, N_KEYS, Notes
from mir_models.notes.decoding import Decoding
from mir_models.notes.frames import FrameGrid

GRID = FrameGrid(22050, 512)
PARAMS = NoteEvaluationParams(
    GRID, Decoding(0.5), ("synthetic",), energy_threshold_db=-30.0, first_pitch=21, n_quarantined=3, n_resamples=200
)
N_FRAMES = 400


def notes(*rows):
    """Notes of rows (onset, offset, pitch)."""
    values = np.array(rows, dtype=float).reshape(-1, 3)
    return Notes(values[:, :2], values[:, 2], np.full(len(values), 64))


def track(name="a", *, share=1.0, seed=0):
    """A track of which the network finds the part `share` of the notes, and the energy baseline all and more."""
    rng = np.random.default_rng(seed)
    first = np.arange(5, N_FRAMES - 30, 12)
    keys = rng.permutation(N_KEYS)[: len(first)]
    notes = Notes(GRID.times(np.stack([first, first + 20], axis=1)), keys + LOWEST_PITCH, np.full(len(first), 64))
    ref, est = np.zeros((2, N_FRAMES, N_KEYS), dtype=bool)
    for n, (start, key) in enumerate(zip(first, keys, strict=True)):
        ref[start : start + 20, key] = True
        est[start : start + 20, key] = n < share * len(first)
    levels = np.where(ref, -20, -60).astype(np.float32)
    levels[:, 10] = -20
    return NotePrediction(name, {"frame": est.astype(np.float32)}, levels, ref, notes, N_FRAMES * 512 / 22050)
