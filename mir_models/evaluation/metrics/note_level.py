"""Note metrics: precision, recall and F1 of notes by onset, offset and pitch, as `mir_eval.transcription`.

A note is found if an estimated note has its pitch (within 50 cents), its onset within 50 ms and, where offsets count,
its offset within 20 % of the reference note's duration or 50 ms, whichever is more. Bounds are inclusive and distances
are rounded to 0.1 ms, as mir_eval does. Offsets mean little without the pedal rule of the reference: report it with
the score. If there are no reference or no estimated notes, all three scores are 0, as in mir_eval.

Notes are matched pitch by pitch. MIDI pitches are 100 cents apart, so notes of different pitch never match within 50
and the pairs are those of one matching over all notes, without its (n_ref, n_est) matrices. Where velocities count
(:mod:`mir_models.evaluation.metrics.velocity_level`), they do so on top of onsets and offsets.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mir_models.evaluation.metrics.frame_level import scores
from mir_models.notes.annotations import Notes

KINDS = ("onset", "onset_offset")
"""What must agree, beside the pitch."""
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
        Reference and estimate.

    Returns
    -------
    dict
        ``"onset"`` and ``"onset_offset"``, each with ``"precision"``, ``"recall"`` and ``"f1"``.
    """
    return {kind: scores(*counted).as_dict() for kind, counted in note_counts(ref, est).items()}


def note_counts(ref: Notes, est: Notes) -> dict[str, NDArray[np.int64]]:
    """(3,) tp, fp, fn by kind of `KINDS`: notes that match, of the estimate only, of the reference only."""
    ratios = dict(zip(KINDS, (None, OFFSET_RATIO), strict=True))
    return {kind: tp_fp_fn(len(matches(ref, est, offset_ratio=ratio)), ref, est) for kind, ratio in ratios.items()}


def tp_fp_fn(n_matched: int, ref: Notes, est: Notes) -> NDArray[np.int64]:
    """(3,) counts of notes, of which `n_matched` of each side are matched."""
    return np.array([n_matched, len(est) - n_matched, len(ref) - n_matched])


def matches(
    ref: Notes, est: Notes, *, onset_tolerance: float = ONSET_TOLERANCE, offset_ratio: float | None = None
) -> NDArray[np.int64]:
    """The largest set of pairs of notes that agree, each note in one pair at most.

    Parameters
    ----------
    ref, est : Notes
        Reference and estimate.
    onset_tolerance : float
        Seconds between the onsets of a pair.
    offset_ratio : float or None
        Part of the reference note's duration between the offsets of a pair; None: offsets do not count.

    Returns
    -------
    (n, 2) int64
        Index of the reference note and of the estimated note, by pitch and reference note. Of several largest sets it
        is the one that mir_eval finds, which need not be that of the nearest onsets.
    """
    tolerances = {"onset_tolerance": onset_tolerance, "offset_ratio": offset_ratio}
    pitches = np.intersect1d(ref.pitches, est.pitches)
    pairs = [_matches(ref, est, pitch, tolerances) for pitch in pitches]
    return np.concatenate([np.zeros((0, 2), dtype=np.int64), *pairs])


def _matches(ref: Notes, est: Notes, pitch: np.int64, tolerances: dict[str, float | None]) -> NDArray[np.int64]:
    """The pairs of one pitch."""
    from mir_eval.transcription import match_notes

    in_ref, in_est = ref.pitches == pitch, est.pitches == pitch
    ref_key, est_key = ref.where(in_ref), est.where(in_est)
    sides = (_positive(ref_key), hertz(ref_key.pitches), _positive(est_key), hertz(est_key.pitches))
    fixed = {"pitch_tolerance": PITCH_TOLERANCE, "offset_min_tolerance": OFFSET_MIN_TOLERANCE}
    found = np.array(match_notes(*sides, **fixed, **tolerances), dtype=np.int64).reshape(-1, 2)
    return np.column_stack([np.flatnonzero(in_ref)[found[:, 0]], np.flatnonzero(in_est)[found[:, 1]]])


def _positive(notes: Notes) -> NDArray[np.float64]:
    """Intervals of at least `MIN_DURATION`: mir_eval admits no empty notes."""
    onsets, offsets = notes.onset_times, notes.offset_times
    return np.stack([onsets, np.maximum(offsets, onsets + MIN_DURATION)], axis=1)
