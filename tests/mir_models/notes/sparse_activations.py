"""Activations of a few keys on a silent piano."""

from __future__ import annotations

import numpy as np

from mir_models.notes.annotations import N_KEYS
from mir_models.notes.frames import FrameGrid

GRID = FrameGrid(22050, 512)
KEYS = (0, 40, 87)


def on_keys(columns):
    """Activations of `KEYS`, (n, 3), on a silent piano."""
    activations = np.zeros((len(columns), N_KEYS), dtype=np.float32)
    activations[:, KEYS] = columns
    return activations
