"""Piano rolls and notes by hand and at random, for tests of metrics."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from mir_models.evaluation.metrics.note_level import hertz
from mir_models.notes.annotations import N_KEYS, Notes

rolls = arrays(bool, (6, N_KEYS), elements=st.booleans(), fill=st.just(False))


def roll(n_frames, *cells):
    out = np.zeros((n_frames, N_KEYS), dtype=bool)
    for frame, key in cells:
        out[frame, key] = True
    return out


def notes(*rows):
    """Notes of rows (onset, offset, pitch)."""
    values = np.array(rows, dtype=float).reshape(-1, 3)
    return Notes(values[:, :2], values[:, 2], np.full(len(values), 64))


SCALE = notes(*[(0.5 * n, 0.5 * n + 0.4, 60 + n) for n in range(12)])


note_lists = st.lists(
    st.tuples(st.integers(0, 20), st.integers(1, 12), st.integers(60, 63)).map(
        lambda row: (row[0] * 0.03, (row[0] + row[1]) * 0.03, row[2])
    ),
    min_size=1,
    max_size=15,
).map(lambda rows: notes(*rows))


def sides(ref, est):
    """Arguments of `mir_eval.transcription`."""
    return ref.intervals, hertz(ref.pitches), est.intervals, hertz(est.pitches)
