"""Precision, recall and F1 of notes, by `mir_eval.transcription`.

A note is found if an estimated note has its pitch (within 50 cents), its onset within 50 ms and, where offsets count,
its offset within 20 % of the reference note's duration or 50 ms, whichever is more. Bounds are inclusive and distances
are rounded to 0.1 ms, as mir_eval does. Offsets mean little without the pedal rule of the reference: say it with the
score. If there are no reference or no estimated notes, all three scores are 0, as in mir_eval.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from mir_models.annotations import Notes
from mir_models.metrics.frame_level import scores

ONSET_TOLERANCE = 0.05
"""Seconds between the onsets of matching notes."""
PITCH_TOLERANCE = 50.0
"""Cents between the pitches of matching notes."""
OFFSET_RATIO = 0.2
"""Part of the reference note's duration between the offsets of matching notes."""
OFFSET_MIN_TOLERANCE = 0.05
"""Seconds that are always tolerated between the offsets of matching notes."""
MIN_DURATION = 1e-3
"""Seconds to which shorter notes (of a label file, say, with offset = onset) are lengthened before matching."""


def hertz(pitches: NDArray[np.int64]) -> NDArray[np.float64]:
    """Frequency of MIDI numbers in equal temperament with A4 (69) = 440 Hz."""
    return 440.0 * 2.0 ** ((np.asarray(pitches) - 69) / 12)


def note_scores(ref: Notes, est: Notes) -> dict[str, dict[str, float]]:
    """Scores of estimated notes against the reference.

    Parameters
    ----------
    ref, est : Notes
        The truth and the estimate.

    Returns
    -------
    dict
        ``"onset"`` and ``"onset_offset"``, each with ``"precision"``, ``"recall"`` and ``"f1"``.

    Notes
    -----
    Notes are matched pitch by pitch. MIDI pitches are 100 cents apart, so notes of different pitch never match within
    50 and the result is that of one matching over all notes, without its (n_ref, n_est) matrices.
    """
    return {
        "onset": _scores(ref, est, offset_ratio=None),
        "onset_offset": _scores(ref, est, offset_ratio=OFFSET_RATIO),
    }


def _scores(ref: Notes, est: Notes, *, offset_ratio: float | None) -> dict[str, float]:
    pitches = np.intersect1d(ref.pitches, est.pitches)
    matched = sum(_matches(ref, est, pitch, offset_ratio) for pitch in pitches)
    return scores(matched, len(est) - matched, len(ref) - matched).as_dict()


def _matches(ref: Notes, est: Notes, pitch: np.int64, offset_ratio: float | None) -> int:
    """Notes of one pitch that find a partner."""
    from mir_eval.transcription import match_notes

    tolerances: dict[str, Any] = {
        "onset_tolerance": ONSET_TOLERANCE,
        "pitch_tolerance": PITCH_TOLERANCE,
        "offset_ratio": offset_ratio,
        "offset_min_tolerance": OFFSET_MIN_TOLERANCE,
    }
    ref_key, est_key = ref.where(ref.pitches == pitch), est.where(est.pitches == pitch)
    sides = (_positive(ref_key), hertz(ref_key.pitches), _positive(est_key), hertz(est_key.pitches))
    return len(match_notes(*sides, **tolerances))


def _positive(notes: Notes) -> NDArray[np.float64]:
    """Intervals of at least `MIN_DURATION`: mir_eval admits no empty notes."""
    onsets, offsets = notes.onset_times, notes.offset_times
    return np.stack([onsets, np.maximum(offsets, onsets + MIN_DURATION)], axis=1)
