"""Velocity metrics: notes whose velocity agrees as well, as `mir_eval.transcription_velocity` (Hawthorne et al. 2018).

Of the pairs that agree in pitch, onset and offset, the estimated velocities are brought onto the scale of the
reference by the line of least squares, the reference's own range is made 0 to 1, and a pair counts if it is less than
0.1 apart. The score is therefore of louder and softer notes, not of the loudness of the recording. The rule is
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


def has_velocities(ref: Notes) -> bool:
    """Whether notes have velocities: where all are equal, the labels give none, and any estimate would match."""
    return bool(len(ref)) and bool(np.ptp(ref.velocities) > 0)


def velocity_counts(ref: Notes, est: Notes) -> NDArray[np.int64]:
    """(3,) tp, fp, fn of notes that agree in pitch, onset, offset and velocity.

    Parameters
    ----------
    ref, est : Notes
        Reference and estimate, whose velocities must be estimated: a network without a velocity head gives none.
    """
    pairs = matches(ref, est, offset_ratio=OFFSET_RATIO)
    return tp_fp_fn(int(velocities_match(ref, est, pairs).sum()), ref, est)


def velocities_match(ref: Notes, est: Notes, pairs: NDArray[np.int64]) -> NDArray[np.bool_]:
    """(n,) whether the notes of each pair, (n, 2) indices into `ref` and `est`, agree in velocity after scaling."""
    if not len(pairs):
        return np.zeros(0, dtype=bool)
    softest = ref.velocities.min()
    scaled = (ref.velocities - softest) / max(1, ref.velocities.max() - softest)
    ref_velocities, est_velocities = scaled[pairs[:, 0]], est.velocities[pairs[:, 1]]
    line = np.column_stack([est_velocities, np.ones(len(est_velocities))])
    (slope, intercept), *_ = np.linalg.lstsq(line, ref_velocities, rcond=None)
    return np.abs(slope * est_velocities + intercept - ref_velocities) < VELOCITY_TOLERANCE
