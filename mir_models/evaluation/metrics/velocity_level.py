"""Notes whose velocity is right as well, by the rule of `mir_eval.transcription_velocity` (Hawthorne et al. 2018).

Of the pairs that agree in pitch, onset and offset, the estimated velocities are brought onto the scale of the
reference by the line of least squares, the reference's own range is made 0 to 1, and a pair counts if it is less than
0.1 apart. A network is therefore judged for louder and softer, not for the loudness of the recording. The rule is
mir_eval's; it is written out here because mir_eval's function matches all notes at once, in (n_ref, n_est) matrices.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mir_models.evaluation.metrics.note_level import OFFSET_RATIO, matches, tp_fp_fn
from mir_models.notes.annotations import Notes

KIND = "onset_offset_velocity"
"""What must agree, beside the pitch."""
VELOCITY_TOLERANCE = 0.1
"""Part of the reference's range of velocities below which the velocities of a pair differ."""


def told_by(ref: Notes) -> bool:
    """Whether labels tell velocities: where all are the same, they stand for none, and any estimate would fit."""
    return bool(len(ref)) and bool(np.ptp(ref.velocities) > 0)


def velocity_counts(ref: Notes, est: Notes) -> NDArray[np.int64]:
    """(3,) tp, fp, fn of notes that agree in pitch, onset, offset and velocity.

    Parameters
    ----------
    ref, est : Notes
        The truth and the estimate, whose velocities are estimated ones: a network without a head for them has none.
    """
    pairs = matches(ref, est, offset_ratio=OFFSET_RATIO)
    return tp_fp_fn(int(as_loud(ref, est, pairs).sum()), ref, est)


def as_loud(ref: Notes, est: Notes, pairs: NDArray[np.int64]) -> NDArray[np.bool_]:
    """(n,) whether the notes of each pair, (n, 2) indices into `ref` and `est`, have the same velocity."""
    if not len(pairs):
        return np.zeros(0, dtype=bool)
    softest = ref.velocities.min()
    played = (ref.velocities - softest) / max(1, ref.velocities.max() - softest)
    wanted, heard = played[pairs[:, 0]], est.velocities[pairs[:, 1]]
    (slope, intercept), *_ = np.linalg.lstsq(np.column_stack([heard, np.ones(len(heard))]), wanted, rcond=None)
    return np.abs(slope * heard + intercept - wanted) < VELOCITY_TOLERANCE
